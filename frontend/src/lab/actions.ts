/** What the buttons and keys of the lab page do, beyond editing: run, apply, stop, discard, ping, trace. */
import { ApiError } from '@/api/http';
import * as api from '@/api/labs';
import type { Doc } from '@/document/types';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { useNotices } from '@/store/notices';
import { check, saveBeforehand, useSync } from '@/store/sync';
import { useView } from '@/store/view';

/** Shows what the server refused; problems of the drawing are shown at their place as well. */
export function report(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  if (error.problems.length > 0) void check();
  const reasons = error.code === 'machine-unfit' ? error.problems : [];
  useNotices.getState().add({ tone: 'down', code: error.code, params: error.params, message: error.message, reasons });
}

export async function withSaved(action: (id: string) => Promise<unknown>): Promise<void> {
  const { id } = useLab.getState();
  if (id === null) return;
  if (!(await saveBeforehand())) {
    const { errors, saved, failure } = useSync.getState();
    if (failure) return report(failure);
    const code = errors.length > 0 ? 'errors' : saved === 'conflict' ? 'conflict' : 'offline';
    useNotices.getState().add({ tone: 'down', code: `page_${code}`, params: {}, message: '' });
    return;
  }
  try {
    await action(id);
  } catch (error) {
    report(error);
  }
}

export const run = (): Promise<void> => withSaved(api.runLab);
export const apply = (): Promise<void> => withSaved(api.applyLab);

export async function stop(): Promise<void> {
  const { id } = useLab.getState();
  if (id === null) return;
  try {
    await api.stopLab(id);
  } catch (error) {
    report(error);
  }
}

/** The drawing back to what runs; Undo brings the changes back. */
export function discard(applied: Doc): void {
  useLab.getState().replace(applied);
}

/** Runs or applies, whichever is at hand: Ctrl Enter. */
export function runOrApply(): void {
  const { run: status } = useLive.getState();
  void (status === null || status.state === 'stopped' || status.state === 'failed' ? run() : apply());
}

export async function ask(kind: 'ping' | 'trace', from: string, to: string): Promise<void> {
  const { id } = useLab.getState();
  const view = useView.getState();
  if (id === null) return;
  const answer = { kind, from, to, at: Date.now() };
  view.setAnswer({ ...answer, state: 'waiting' });
  try {
    if (kind === 'ping') view.setAnswer({ ...answer, at: Date.now(), state: 'done', ping: await api.ping(id, from, to) });
    else view.setAnswer({ ...answer, at: Date.now(), state: 'done', trace: await api.trace(id, from, to) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    view.setAnswer({ ...answer, state: 'refused', message: error.message });
  }
}
