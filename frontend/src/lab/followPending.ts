/** Keeps the pending plan and the marks on the canvas up to date while a lab runs. */
import { ApiError } from '@/api/http';
import { getLab, getPlan } from '@/api/labs';
import type { Doc } from '@/document/types';
import type { RunStatus } from '@/generated/messages';
import { looksOnly } from '@/store/access';
import { useLive } from '@/store/live';
import { pendingMarks, runSteps, useMarks } from '@/store/marks';
import { isOnMachine, usePendingStore } from '@/store/pending';
import { check, useSync } from '@/store/sync';
import { useView } from '@/store/view';
import { isDrawnSinceFailure, shownState, undoesDrift } from './usePending';

/** Whether there may be a network that what is drawn would change. One whose last change failed goes on as it was before. */
const isPlanned = (run: RunStatus | null): boolean => run?.state === 'running' || run?.state === 'failed';

/** What is drawn was applied, and nothing else was done: there is no need to ask for a plan to know that nothing is left of it. */
function runsAsDrawn(): boolean {
  const { run, drift } = useLive.getState();
  return run?.state === 'running' && run.version === useSync.getState().version && !drift?.length;
}

/** While a run's own plan is what counts. */
const STEPS: ReadonlySet<RunStatus['state']> = new Set(['starting', 'applying', 'failed']);
const PLAN_AFTER = 150;
/** A class looks at a lab while its teacher edits: not all of them ask the worker at once. */
const LOOKERS_PLAN_AFTER = [2000, 5000] as const;

function pause(): number {
  const [least, most] = LOOKERS_PLAN_AFTER;
  return looksOnly() ? least + Math.random() * (most - least) : PLAN_AFTER;
}

/** A document does not change under its version: found once for each run. */
async function appliedDocument(id: string): Promise<Doc | null> {
  return (await getLab(id)).applied;
}

export function followPending(id: string): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let request: AbortController | null = null;

  const clear = () => {
    usePendingStore.setState({ plan: [], drawn: [] });
    useMarks.setState({ pending: new Map() });
  };

  const fetchPlan = async () => {
    request?.abort();
    const controller = new AbortController();
    request = controller;
    try {
      const { plan, drawn } = await getPlan(id, controller.signal);
      usePendingStore.setState({ plan, drawn });
      useMarks.setState({ pending: pendingMarks(plan.filter((entry) => !undoesDrift(entry))) });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return;
      // A drawing with problems has no plan (409), nor has a lab that failed before it was there, and a worker may be away (503).
      if (error instanceof ApiError) clear();
      else throw error;
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void fetchPlan(), pause());
  };

  const renew = () => {
    if (runsAsDrawn()) {
      request?.abort();
      clear();
    }
    soon();
  };

  const fetchApplied = async () => {
    try {
      const applied = await appliedDocument(id);
      usePendingStore.setState({ applied });
      // It may be drawn to run elsewhere by now.
      if (isOnMachine(applied)) void check();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  };

  const showSteps = () => {
    const { run } = useLive.getState();
    const shown = run && STEPS.has(run.state) && !isDrawnSinceFailure(run, useSync.getState().version);
    useMarks.setState({ steps: shown ? runSteps(run) : new Map() });
  };

  const stopLive = useLive.subscribe((live, before) => {
    const state = live.run?.state;
    if (live.drift !== before.drift && isPlanned(live.run)) renew();
    if (live.run === before.run) return;
    showSteps();
    const another = live.run?.generation !== before.run?.generation;
    // What a ping said of the network before is not true of what it is now.
    if (another) useView.getState().setAnswer(null);
    if (state === before.run?.state && !another) return;
    if (isPlanned(live.run)) {
      void fetchApplied();
      // What Run would do on the machine itself is another thing where the lab is there no more.
      if (state === 'failed') void check();
      return renew();
    }
    request?.abort();
    // The network is as it was until its worker begins.
    if (shownState() === 'running') return;
    clear();
    if (state !== 'stopped') return;
    usePendingStore.setState({ applied: null });
    void check();
  });
  const stopSync = useSync.subscribe((sync, before) => {
    if (sync.version === before.version) return;
    const { run } = useLive.getState();
    if (run?.state === 'failed') showSteps();
    if (isPlanned(run)) renew();
  });
  return () => {
    stopLive();
    stopSync();
    clearTimeout(timer);
    request?.abort();
    clear();
    usePendingStore.setState({ applied: null });
  };
}
