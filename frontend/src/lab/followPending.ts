/** Keeps the pending plan and the marks on the canvas up to date while a lab runs. */
import { ApiError } from '@/api/http';
import { getLab, getPlan } from '@/api/labs';
import type { Doc } from '@/document/types';
import { looksOnly } from '@/store/access';
import { useLive } from '@/store/live';
import { pendingMarks, runSteps, useMarks } from '@/store/marks';
import { check, useSync } from '@/store/sync';
import { useView } from '@/store/view';
import { undoesDrift, usePendingStore } from './usePending';

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
      // A drawing with problems has no plan (409), and a worker may be away (503): nothing is pending that could be applied.
      if (error instanceof ApiError) clear();
      else throw error;
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void fetchPlan(), pause());
  };

  const fetchApplied = async () => {
    try {
      usePendingStore.setState({ applied: await appliedDocument(id) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  };

  const stopLive = useLive.subscribe((live, before) => {
    if (live.drift !== before.drift && live.run?.state === 'running') soon();
    if (live.run === before.run) return;
    const building = live.run && (live.run.state === 'starting' || live.run.state === 'applying' || live.run.state === 'failed');
    useMarks.setState({ steps: building && live.run ? runSteps(live.run) : new Map() });
    const state = live.run?.state;
    const another = live.run?.generation !== before.run?.generation;
    // What a ping said of the network before is not true of what it is now.
    if (another) useView.getState().setAnswer(null);
    if (state === before.run?.state && !another) return;
    if (state === 'running') {
      soon();
      void fetchApplied();
    } else {
      request?.abort();
      clear();
      if (state === 'stopped') void check();
    }
  });
  const stopSync = useSync.subscribe((sync, before) => {
    if (sync.version !== before.version && useLive.getState().run?.state === 'running') soon();
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
