/** What was done by hand in the running lab: into the drawing, or undone. */
import { create } from 'zustand';
import * as api from '@/api/labs';
import type { PlanEntry } from '@/generated/messages';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { saveBeforehand } from '@/store/sync';
import { report, withSaved } from './actions';

interface DriftStore {
  /** Adopt or Repair is under way: neither again until it is done. */
  busy: boolean;
}

export const useDriftStore = create<DriftStore>()(() => ({ busy: false }));

const NONE: readonly PlanEntry[] = [];

type Live = ReturnType<typeof useLive.getState>;

export const driftOf = (live: Live): readonly PlanEntry[] =>
  live.run?.state === 'running' || live.run?.state === 'failed' ? (live.drift ?? NONE) : NONE;

export const useDrift = (): readonly PlanEntry[] => useLive(driftOf);

/** `entries`: by their summaries; null: all. */
type Chosen = readonly string[] | null;

async function once(work: () => Promise<void>): Promise<void> {
  if (useDriftStore.getState().busy) return;
  useDriftStore.setState({ busy: true });
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

/** One step of undo. Where something was drawn while the server answered, it is asked again. */
export const adopt = (entries: Chosen): Promise<void> =>
  once(() =>
    withSaved(async (id) => {
      for (;;) {
        const { doc, replace } = useLab.getState();
        const adopted = await api.adopt(id, entries);
        if (useLab.getState().doc === doc) {
          replace(adopted);
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
