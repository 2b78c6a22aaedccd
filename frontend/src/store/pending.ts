/** What the running network is, and what the drawing has that it has not, as the server said last. */
import { create } from 'zustand';
import type { Doc } from '@/document/types';
import type { PlanEntry } from '@/generated/messages';

interface PendingStore {
  /** diff(observed, drawn), in order. */
  plan: readonly PlanEntry[];
  /** What was made by hand, by its summaries, that is drawn too. */
  drawn: readonly string[];
  /** The document that runs, to go back to; of a lab that failed, what it goes on to be, null where it is not there. */
  applied: Doc | null;
}

export const usePendingStore = create<PendingStore>()(() => ({ plan: [], drawn: [], applied: null }));

export const isOnMachine = (doc: Doc | null): boolean => doc?.target === 'machine';
