/** What was done by hand in the running lab: into the drawing, or undone. */
import { useMemo } from 'react';
import { create } from 'zustand';
import * as api from '@/api/labs';
import type { PlanEntry, RunStatus, Stranger } from '@/generated/messages';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { usePendingStore } from '@/store/pending';
import { saveBeforehand } from '@/store/sync';
import { report, withSaved } from './actions';
import { shownState, useShownState } from './usePending';

interface DriftStore {
  /** Adopt or Repair is under way: neither again until it is done. */
  busy: boolean;
  /** What the last Adopt left out, by its summary. */
  refused: ReadonlyMap<string, api.NotAdopted>;
}

const NOTHING_REFUSED: DriftStore['refused'] = new Map();

export const useDriftStore = create<DriftStore>()(() => ({ busy: false, refused: NOTHING_REFUSED }));

const NONE: readonly never[] = [];

type Live = ReturnType<typeof useLive.getState>;

const isUp = (state: RunStatus['state']): boolean => state === 'running' || state === 'failed';
const driftOf = (live: Live, up: boolean): readonly PlanEntry[] => (up ? (live.drift ?? NONE) : NONE);

interface Drift {
  /** To be adopted or repaired. */
  open: readonly PlanEntry[];
  /** In the drawing by now; Apply leaves it as it is. */
  drawn: readonly PlanEntry[];
  /** No drawing holds it. */
  strangers: readonly Stranger[];
}

function part(entries: readonly PlanEntry[], drawn: readonly string[]): Pick<Drift, 'open' | 'drawn'> {
  if (drawn.length === 0) return { open: entries, drawn: NONE };
  const summaries = new Set(drawn);
  return {
    open: entries.filter((entry) => !summaries.has(entry.summary)),
    drawn: entries.filter((entry) => summaries.has(entry.summary)),
  };
}

export function useDrift(): Drift {
  const up = isUp(useShownState());
  const entries = useLive((live) => driftOf(live, up));
  const strangers = useLive((live) => (up ? live.strangers : NONE));
  const summaries = usePendingStore((pending) => pending.drawn);
  return useMemo(() => ({ ...part(entries, summaries), strangers }), [entries, summaries, strangers]);
}

export const openDrift = (): readonly PlanEntry[] =>
  part(driftOf(useLive.getState(), isUp(shownState())), usePendingStore.getState().drawn).open;

/** `entries`: by their summaries; null: all. */
type Chosen = readonly string[] | null;

async function once(work: () => Promise<void>): Promise<void> {
  if (useDriftStore.getState().busy) return;
  useDriftStore.setState({ busy: true, refused: NOTHING_REFUSED });
  try {
    await work();
  } finally {
    useDriftStore.setState({ busy: false });
  }
}

/** Where the network is as drawn, the drawing counts as applied: what was adopted is then no longer made by hand. */
async function settle(id: string): Promise<void> {
  if ((await api.getPlan(id)).plan.length === 0) await api.applyLab(id);
}

/** One step of undo, with as much as goes into the drawing. Where something was drawn while the server answered, it is asked again. */
export const adopt = (entries: Chosen): Promise<void> =>
  once(() =>
    withSaved(async (id) => {
      for (;;) {
        const { doc, replace } = useLab.getState();
        const { document, refused } = await api.adopt(id, entries);
        if (useLab.getState().doc === doc) {
          useDriftStore.setState({ refused: new Map(refused.map((one) => [one.entry, one])) });
          if (document === null) return;
          replace(document);
          break;
        }
        await saveBeforehand();
      }
      if (await saveBeforehand()) await settle(id);
    }),
  );

export const repair = (entries: Chosen): Promise<void> =>
  once(async () => {
    const { id } = useLab.getState();
    if (id === null) return;
    try {
      await api.repair(id, entries);
      if (entries !== null) await settle(id); // the rest may have been adopted
    } catch (error) {
      report(error);
    }
  });
