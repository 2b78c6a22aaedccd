/** The gallery's lessons, and labs made from them. */
import type { components } from '@/generated/api';
import { sendJson } from './http';
import type { Lab, LabSummary } from './labs';
import { labOf } from './labs';

export type Lesson = components['schemas']['Lesson'];

export const listLessons = (): Promise<Lesson[]> => sendJson('GET', '/api/lessons');
/** A lab of one's own at the lesson's first step. */
export const startLesson = (slug: string): Promise<Pick<LabSummary, 'id'>> => sendJson('POST', `/api/lessons/${slug}/labs`);
/** Sets a lab to a step of its lesson: that step's drawing becomes the lab's. */
export const goToStep = async (id: string, step: number): Promise<Lab> =>
  labOf(await sendJson('POST', `/api/labs/${id}/step`, { body: { step } }));
