/** What the drawing has that the running network has not. */
import type { Doc } from '@/document/types';
import type { PlanEntry, RunStatus } from '@/generated/messages';
import { useLab } from '@/store/lab';
import { isRunning, useLive } from '@/store/live';
import { usePendingStore } from '@/store/pending';
import { useSync } from '@/store/sync';
import { sameChecks } from './checkResults';

const NONE: readonly PlanEntry[] = [];

interface Pending {
  /** There is, or will be, a network to change: also after a change that failed. Else there is one to be made. */
  alive: boolean;
  /** What was drawn, as operations. */
  count: number;
  /** Other checks are drawn than are run. */
  checks: boolean;
  /** Something was drawn that does not run yet, be it with problems, which have no plan. */
  drawn: boolean;
  /** Operations of Apply that undo what was made by hand. */
  undone: number;
  /** What was made by hand is in the drawing: there may be nothing left to do, but Apply makes it what was applied. */
  adopted: boolean;
  plan: readonly PlanEntry[];
  applied: Doc | null;
}

export const undoesDrift = (entry: PlanEntry): boolean => entry.cause === 'drift';

const isThere = (run: RunStatus | null, applied: Doc | null): boolean =>
  isRunning(run) || ((run?.state === 'failed' || run?.state === 'waiting') && applied !== null);

/** There is a network to look into: also while a change of it waits for its worker, and after one that failed. */
export const isThereNow = (): boolean => isThere(useLive.getState().run, usePendingStore.getState().applied);
export function useIsThere(): boolean {
  const applied = usePendingStore((pending) => pending.applied);
  return useLive((live) => isThere(live.run, applied));
}

const ABSENT: ReadonlySet<RunStatus['state']> = new Set(['stopped', 'failed', 'stopping']);

const shownOf = (run: RunStatus | null, applied: Doc | null): RunStatus['state'] =>
  run?.state === 'waiting' && applied !== null ? 'running' : (run?.state ?? 'stopped');

/** What is shown of the network: while a change of it waits for its worker, it runs as it did. */
export const shownState = (): RunStatus['state'] => shownOf(useLive.getState().run, usePendingStore.getState().applied);
export function useShownState(): RunStatus['state'] {
  const applied = usePendingStore((pending) => pending.applied);
  return useLive((live) => shownOf(live.run, applied));
}

/** The last change failed, and something was drawn since: what counts is what the next one would do. */
export const isDrawnSinceFailure = (run: RunStatus | null, version: number): boolean =>
  run?.state === 'failed' && run.version != null && run.version !== version;

export function usePending(): Pending {
  const state = useShownState();
  const running = state === 'running' || state === 'failed';
  const drawnChecks = useLab((lab) => lab.doc.checks);
  const drift = useLive((live) => (live.drift?.length ?? 0) > 0);
  const problems = useSync((sync) => sync.problems.length + sync.errors.length);
  const saved = useSync((sync) => (sync.saved === 'saved' ? sync.version : null));
  // What runs as it was saved may have problems all the same: on the machine itself, by what was done there.
  const runsAsSaved = useLive(({ run }) => run?.state === 'running' && run.version === saved);
  const { plan, applied } = usePendingStore();
  const otherChecks = applied !== null && !sameChecks(applied.checks, drawnChecks);
  const shown = running ? plan : NONE;
  const undone = shown.filter(undoesDrift).length;
  const count = shown.length - undone;
  return {
    alive: !ABSENT.has(state) || (state === 'failed' && applied !== null),
    count,
    checks: running && otherChecks,
    drawn: running && (count > 0 || otherChecks || (problems > 0 && !runsAsSaved)),
    undone,
    adopted: running && drift && undone === 0 && problems === 0,
    plan: shown,
    applied,
  };
}
