/** Documents as text. */
import type { LabDocument } from '@/generated/document';
import { send, sendJson } from './http';

/** Raises ApiError 422 with each error and its line. */
export async function parseYaml(text: string): Promise<LabDocument> {
  const { document } = await sendJson<{ document: LabDocument }>('POST', '/api/document/parse', { body: { text } });
  return document;
}

export const getYaml = async (id: string): Promise<string> => (await send('GET', `/api/labs/${id}/document.yaml`)).text();
