/** Documents as text. */
import type { LabDocument } from '@/generated/document';
import { getFile, sendJson, type TextFile } from './http';

/** Raises ApiError 422 with each error and its line. */
export async function parseYaml(text: string): Promise<LabDocument> {
  const { document } = await sendJson<{ document: LabDocument }>('POST', '/api/document/parse', { body: { text } });
  return document;
}

export const getYaml = (id: string): Promise<TextFile> => getFile(`/api/labs/${id}/document.yaml`);
