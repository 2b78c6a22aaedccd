/** What the drawing has that the running network has not. */
import { create } from 'zustand';
import type { Doc } from '@/document/types';
import type { PlanEntry } from '@/generated/messages';
import { useLive } from '@/store/live';

interface PendingStore {
  /** diff(observed, drawn), in order. */
  plan: readonly PlanEntry[];
  /** The document that runs, to go back to. */
  applied: Doc | null;
}

export const usePendingStore = create<PendingStore>()(() => ({ plan: [], applied: null }));

const NONE: readonly PlanEntry[] = [];

export function usePending(): { count: number; plan: readonly PlanEntry[]; applied: Doc | null } {
  const running = useLive((live) => live.run?.state === 'running' || live.run?.state === 'failed');
  const { plan, applied } = usePendingStore();
  return { count: running ? plan.length : 0, plan: running ? plan : NONE, applied };
}
