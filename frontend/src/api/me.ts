/** Who one is, and what the server allows and can do. */
import type { components } from '@/generated/api';
import { sendJson } from './http';

export type Me = components['schemas']['Me'];
export const getMe = (): Promise<Me> => sendJson('GET', '/api/me');
