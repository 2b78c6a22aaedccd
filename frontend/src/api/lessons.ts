/** The gallery's lessons, and labs made from them. */
import type { components } from '@/generated/api';
import { sendJson } from './http';
import type { LabSummary } from './labs';

export type Lesson = components['schemas']['Lesson'];

export const listLessons = (): Promise<Lesson[]> => sendJson('GET', '/api/lessons');
/** A lab of one's own at the lesson's first step. */
export const startLesson = (slug: string): Promise<Pick<LabSummary, 'id'>> => sendJson('POST', `/api/lessons/${slug}/labs`);
