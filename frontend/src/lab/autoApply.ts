/** "Apply as I edit": what is drawn is applied after a short pause, but never where that would undo what was made by hand. */
import { create } from 'zustand';
import { ApiError } from '@/api/http';
import { getPlan } from '@/api/labs';
import { looksOnly } from '@/store/access';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { usePendingStore } from '@/store/pending';
import { useSync } from '@/store/sync';
import { apply } from './actions';
import { sameChecks } from './checkResults';
import { isDrawnSinceFailure, undoesDrift, usePending } from './usePending';

interface AutoApplyStore {
  on: boolean;
}

export const useAutoApply = create<AutoApplyStore>()(() => ({ on: false }));

/** What is drawn waits: to apply it would undo what was made by hand. */
export function useAutoApplyPaused(): boolean {
  const on = useAutoApply((store) => store.on);
  const { count, checks, undone } = usePending();
  return on && (count > 0 || checks) && undone > 0;
}

const PAUSE = 800;
const stored = (id: string): string => `topoweb.autoApply.${id}`;

export function setAutoApply(on: boolean): void {
  const { id } = useLab.getState();
  if (id === null) return;
  if (on) localStorage.setItem(stored(id), 'on');
  else localStorage.removeItem(stored(id));
  useAutoApply.setState({ on });
}

/** Whether something is drawn that does not run yet, and may be applied as things are. */
function isDue(): boolean {
  const { plan, applied } = usePendingStore.getState();
  const { problems, errors, version } = useSync.getState();
  const live = useLive.getState();
  // What failed is not tried again until something else is drawn, be it what runs: then it has not failed any more.
  const again = isDrawnSinceFailure(live.run, version);
  const runs = live.run?.state === 'running' || again;
  const otherChecks = applied !== null && !sameChecks(applied.checks, useLab.getState().doc.checks);
  const drawn = plan.length > 0 || (live.drift?.length ?? 0) > 0 || otherChecks || again;
  const ready = useAutoApply.getState().on && !looksOnly() && runs;
  return ready && drawn && problems.length + errors.length === 0 && !plan.some(undoesDrift);
}

/** Follows a lab; returns what ends that. */
export function applyAsOneEdits(id: string): () => void {
  useAutoApply.setState({ on: localStorage.getItem(stored(id)) !== null });
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The plan may be older than the last command that somebody typed: it is asked for once more. */
  const applyNow = async () => {
    if (!isDue()) return;
    const { revision } = useLab.getState();
    try {
      const { plan } = await getPlan(id);
      if (plan.some(undoesDrift)) return usePendingStore.setState({ plan });
    } catch (error) {
      if (error instanceof ApiError) return; // it is asked for again when something changes
      throw error;
    }
    if (isDue() && useLab.getState().revision === revision) await apply();
  };

  const soon = () => {
    clearTimeout(timer);
    if (isDue()) timer = setTimeout(() => void applyNow(), PAUSE);
  };
  const ends = [
    useAutoApply.subscribe(soon),
    usePendingStore.subscribe(soon),
    useSync.subscribe((sync, before) => {
      if (sync.problems !== before.problems || sync.errors !== before.errors || sync.version !== before.version) soon();
    }),
    useLab.subscribe((lab, before) => {
      if (lab.revision !== before.revision) soon();
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const end of ends) end();
  };
}
