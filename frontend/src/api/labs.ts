/** What the page asks of the server about labs, typed by the server's own OpenAPI schema. */
import type { Doc } from '@/document/types';
import { withLists } from '@/document/types';
import type { components } from '@/generated/api';
import type { LabDocument } from '@/generated/document';
import type { CheckResult, PingResult, PlanEntry, TraceResult } from '@/generated/messages';
import type { ServerProblem, TextFile } from './http';
import { getFile, sendJson } from './http';

type Schemas = components['schemas'];
/** `applied` is what runs, or shall; of a lab whose change failed, what it goes on to be. */
export type Lab = Omit<Schemas['Lab'], 'document' | 'applied'> & { document: Doc; applied: Doc | null };
export type LabSummary = Schemas['LabSummary'];
export type Picture = Schemas['Picture'];

export interface Checked {
  problems: ServerProblem[];
  /** null where there are problems. */
  plan: PlanEntry[] | null;
  /** With names and addresses completed. */
  document: Doc;
}

export function labOf(raw: unknown): Lab {
  const lab = raw as Omit<Lab, 'document' | 'applied'> & { document: LabDocument; applied: LabDocument | null };
  return { ...lab, document: withLists(lab.document), applied: lab.applied && withLists(lab.applied) };
}

export const listLabs = (): Promise<LabSummary[]> => sendJson('GET', '/api/labs');
export const getLab = async (id: string): Promise<Lab> => labOf(await sendJson('GET', `/api/labs/${id}`));
export const createLab = async (body: { name?: string; document?: LabDocument }): Promise<Lab> =>
  labOf(await sendJson('POST', '/api/labs', { body }));
export const duplicateLab = async (id: string): Promise<Lab> => labOf(await sendJson('POST', `/api/labs/${id}/duplicate`));
export const deleteLab = (id: string): Promise<void> => sendJson('DELETE', `/api/labs/${id}`);

/** Raises ApiError 412 where `version` is not the head any more, 422 with every structural error. */
export const saveLab = async (id: string, document: Doc, version: number): Promise<Lab> =>
  labOf(await sendJson('PUT', `/api/labs/${id}`, { body: { document }, headers: { 'If-Match': `"${version}"` } }));

export const runLab = async (id: string): Promise<Lab> => labOf(await sendJson('POST', `/api/labs/${id}/run`));
export const applyLab = async (id: string): Promise<Lab> => labOf(await sendJson('POST', `/api/labs/${id}/apply`));
export const stopLab = async (id: string): Promise<Lab> => labOf(await sendJson('POST', `/api/labs/${id}/stop`));
export const runChecks = (id: string): Promise<CheckResult[]> => sendJson('POST', `/api/labs/${id}/checks`);
/** `drawn`: what was done by hand, by its summaries, that the head has too. */
export const getPlan = (id: string, signal?: AbortSignal): Promise<{ plan: PlanEntry[]; drawn: string[] }> =>
  sendJson('GET', `/api/labs/${id}/plan`, { signal });
export type NotAdopted = Schemas['NotAdopted'];
export interface Adopted {
  /** null where nothing goes into it. */
  document: Doc | null;
  refused: NotAdopted[];
}
/** The head with what was done by hand in it: these entries, or all. Nothing is saved. */
export async function adopt(id: string, entries: readonly string[] | null): Promise<Adopted> {
  const { document, refused } = await sendJson<Schemas['Adopted']>('POST', `/api/labs/${id}/adopt`, { body: { entries } });
  return { document: document && withLists(document as unknown as LabDocument), refused };
}
export const repair = (id: string, entries: readonly string[] | null): Promise<void> =>
  sendJson('POST', `/api/labs/${id}/repair`, { body: { entries } });
export const ping = (id: string, from: string, to: string): Promise<PingResult> =>
  sendJson('POST', `/api/labs/${id}/ping`, { body: { from, to } });
export const trace = (id: string, from: string, to: string): Promise<TraceResult> =>
  sendJson('POST', `/api/labs/${id}/trace`, { body: { from, to } });

export const newTerminal = (id: string, node: string): Promise<{ key: string }> =>
  sendJson('POST', `/api/labs/${id}/terminals`, { body: { node } });
export const closeTerminal = (id: string, key: string): Promise<void> => sendJson('DELETE', `/api/labs/${id}/terminals/${key}`);

export type ScriptFormat = 'iproute2' | 'brctl' | 'batch';

export async function getScript(id: string, format: ScriptFormat, host: string, teardown: boolean): Promise<TextFile> {
  const query = new URLSearchParams({ format, ...(host ? { host } : {}), ...(teardown ? { teardown: 'true' } : {}) });
  return getFile(`/api/labs/${id}/script?${query}`);
}

function checkedOf(raw: Schemas['Checked']): Checked {
  return { problems: raw.problems, plan: raw.plan as PlanEntry[] | null, document: withLists(raw.document as unknown as LabDocument) };
}

/** Raises ApiError 422 with the structural errors. */
export const checkDocument = async (document: LabDocument, signal?: AbortSignal): Promise<Checked> =>
  checkedOf(await sendJson('POST', '/api/document/check', { body: { document }, signal }));

/** The document with a link between two nodes, its interfaces named and addressed. */
export async function connect(document: Doc, a: string, b: string): Promise<Doc> {
  const out = await sendJson<{ document: unknown }>('POST', '/api/document/connect', { body: { document, a, b } });
  return withLists(out.document as LabDocument);
}
