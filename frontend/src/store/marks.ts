/** What is to happen, or happens now, to each node and interface: from the plan that waits or is being applied. */
import { create } from 'zustand';
import type { PlanEntry, RunStatus } from '@/generated/messages';

export type Mark = 'add' | 'remove' | 'change';
export type Step = 'todo' | 'now' | 'done' | 'failed';

interface MarksStore {
  /** Pending changes by node path, or `node:interface`; empty while nothing waits. */
  pending: ReadonlyMap<string, Mark>;
  /** The run's own plan, while it is applied or after it failed. */
  steps: ReadonlyMap<string, Step>;
}

export const useMarks = create<MarksStore>()(() => ({ pending: new Map(), steps: new Map() }));

/** What an entry is about: an interface where it makes, removes or changes one, else the node. */
export function targetsOf(entry: PlanEntry): string[] {
  if (!entry.node) return [];
  if (!entry.interface) return [entry.node];
  const targets = [`${entry.node}:${entry.interface}`];
  if (entry.op === 'AddBridge' || entry.op === 'RemoveBridge') targets.push(entry.node);
  return targets;
}

const MAKES = new Set(['AddNamespace', 'AddHost', 'AddLan', 'AddBridge', 'AddVeth', 'AddCard']);
const REMOVES = new Set(['RemoveNamespace', 'RemoveHost', 'RemoveLan', 'RemoveBridge', 'RemoveVeth', 'RemoveCard']);

function markOf(entry: PlanEntry): Mark {
  if (MAKES.has(entry.op)) return 'add';
  return REMOVES.has(entry.op) ? 'remove' : 'change';
}

/** A thing that is made is `add`, whatever else happens to it. */
export function pendingMarks(plan: readonly PlanEntry[]): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const entry of plan) {
    for (const target of targetsOf(entry)) {
      if (!marks.has(target) || MAKES.has(entry.op)) marks.set(target, markOf(entry));
    }
  }
  return marks;
}

/** How far each thing is: `now` while an operation on it runs, `done` when all of them are. */
export function runSteps(run: RunStatus): Map<string, Step> {
  const steps = new Map<string, Step>();
  const plan = run.plan ?? [];
  const done = run.done ?? 0;
  plan.forEach((entry, index) => {
    const step: Step =
      run.error?.n === entry.n ? 'failed' : index < done ? 'done' : index === done && run.state !== 'failed' ? 'now' : 'todo';
    for (const target of targetsOf(entry)) {
      const before = steps.get(target);
      if (before === 'failed' || (before === 'now' && step === 'todo') || (before === 'done' && step === 'todo')) continue;
      steps.set(target, step);
    }
  });
  return steps;
}
