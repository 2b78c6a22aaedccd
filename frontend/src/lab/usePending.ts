/** What the drawing has that the running network has not. */
import { create } from 'zustand';
import type { Doc } from '@/document/types';
import type { PlanEntry } from '@/generated/messages';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { sameChecks } from './checkResults';

interface PendingStore {
  /** diff(observed, drawn), in order. */
  plan: readonly PlanEntry[];
  /** The document that runs, to go back to. */
  applied: Doc | null;
}

export const usePendingStore = create<PendingStore>()(() => ({ plan: [], applied: null }));

const NONE: readonly PlanEntry[] = [];

/** `count`: operations, and one more where other checks are drawn than are run: those are no operations. */
export function usePending(): { count: number; plan: readonly PlanEntry[]; applied: Doc | null } {
  const running = useLive((live) => live.run?.state === 'running' || live.run?.state === 'failed');
  const checks = useLab((lab) => lab.doc.checks);
  const { plan, applied } = usePendingStore();
  const otherChecks = applied !== null && !sameChecks(applied.checks, checks);
  return { count: running ? plan.length + Number(otherChecks) : 0, plan: running ? plan : NONE, applied };
}
