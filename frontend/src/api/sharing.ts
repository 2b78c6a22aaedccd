/** Whom a lab is shared with, and copies by a link that was handed out. */
import type { components } from '@/generated/api';
import { sendJson } from './http';

type Schemas = components['schemas'];
export type Sharing = Schemas['Sharing'];
export type Member = Schemas['Member'];
export type HandedOut = Schemas['HandedOut'];
/** What a member can be made. */
export type MemberRole = Schemas['MemberIn']['role'];

const memberPath = (id: string, user: string): string => `/api/labs/${id}/members/${encodeURIComponent(user)}`;

export const getSharing = (id: string): Promise<Sharing> => sendJson('GET', `/api/labs/${id}/sharing`);
export const share = (id: string, user: string, role: MemberRole): Promise<Sharing> =>
  sendJson('PUT', memberPath(id, user), { body: { role } });
export const removeMember = (id: string, user: string): Promise<Sharing> => sendJson('DELETE', memberPath(id, user));
export const leave = (id: string): Promise<void> => sendJson('POST', `/api/labs/${id}/leave`);
export const transfer = (id: string, user: string): Promise<Sharing> => sendJson('POST', `/api/labs/${id}/transfer`, { body: { user } });
export const makeLink = (id: string): Promise<Sharing> => sendJson('POST', `/api/labs/${id}/link`);
export const revokeLink = (id: string): Promise<Sharing> => sendJson('DELETE', `/api/labs/${id}/link`);

export const getHandedOut = (token: string): Promise<HandedOut> => sendJson('GET', `/api/copies/${token}`);
/** A copy of one's own. */
export const copyHandedOut = (token: string): Promise<{ id: string }> => sendJson('POST', `/api/copies/${token}`);
