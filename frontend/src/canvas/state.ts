/** The state of each node and link: its colour, its shape and its mark. */
import { useShallow } from 'zustand/react/shallow';
import { linkKey } from '@/document/names';
import type { PlanEntry, RunStatus } from '@/generated/messages';
import type { IconName } from '@/icons/Icon';
import { useShownState } from '@/lab/usePending';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { type Mark, targetsOf, useMarks } from '@/store/marks';
import { useSync } from '@/store/sync';

export type State = 'idle' | 'pending' | 'applying' | 'up' | 'down' | 'failed';

export const MARKS: Record<State, IconName> = { idle: 'square', pending: 'ring', applying: 'half', up: 'tri', down: 'x', failed: 'warn' };

const BUILDING: ReadonlySet<RunStatus['state']> = new Set(['starting', 'applying']);
const ABSENT: ReadonlySet<RunStatus['state']> = new Set(['stopped', 'waiting', 'stopping']);

/** Of something that is in the drawing; `steps` and `pending` are those of whatever it is made of. */
function stateFrom(run: RunStatus['state'], steps: (string | undefined)[], pending: (Mark | undefined)[]): State | null {
  if (ABSENT.has(run)) return 'idle';
  if (BUILDING.has(run)) {
    if (steps.includes('now')) return 'applying';
    if (steps.includes('todo')) return run === 'starting' ? 'idle' : 'pending';
  }
  if (run === 'failed' && steps.includes('failed')) return 'failed';
  return pending.some((mark) => mark !== undefined) ? 'pending' : null;
}

export interface NodeState {
  state: State;
  mark: Mark | null;
}

export function useNodeState(path: string): NodeState {
  const run = useShownState();
  const step = useMarks((marks) => marks.steps.get(path));
  const mark = useMarks((marks) => marks.pending.get(path));
  const state = stateFrom(run, [step], [mark]) ?? (run === 'failed' ? 'idle' : 'up');
  return { state, mark: state === 'pending' ? (mark ?? 'add') : null };
}

/** The ends of a link with their interfaces named, as the last check completed them. */
export function useLinkEnds(index: number): readonly [string, string] {
  return useSync(
    useShallow((sync): readonly [string, string] => {
      const drawn = useLab.getState().doc.links[index]?.ends ?? (['', ''] as const);
      const completed = sync.completed?.links[index]?.ends;
      return completed?.every((end, at) => end.startsWith(drawn[at] as string)) ? completed : drawn;
    }),
  );
}

interface LinkState {
  state: State;
  mark: Mark | null;
  ends: Ends;
}

type Ends = readonly [State, State];

/**
 * Of a link that was made by hand and is drawn by now, what the drift says: the worker tells of links that were applied, and Apply may
 * have to wait, since it would undo what else was done by hand.
 */
function endsByHand(drift: readonly PlanEntry[] | null, ends: readonly [string, string]): Ends | null {
  const is = (op: string, end: string): boolean => drift?.some((entry) => entry.op === op && targetsOf(entry).includes(end)) ?? false;
  if (!ends.some((end) => is('AddVeth', end))) return null;
  return [is('SetUp', ends[0]) ? 'up' : 'down', is('SetUp', ends[1]) ? 'up' : 'down'];
}

const ofBoth = (ends: Ends): State => (ends.every((end) => end === 'up') ? 'up' : 'down');

/** What a link's ends look like: a link that is down shows which of its ends is. */
export function useLinkState(ends: readonly [string, string]): LinkState {
  const key = linkKey(ends);
  const run = useShownState();
  const seen: Ends | null = useLive(useShallow((live) => live.links[key]?.ends ?? endsByHand(live.drift, ends)));
  const steps = useMarks(useShallow((marks) => ends.map((end) => marks.steps.get(end))));
  const pending = useMarks(useShallow((marks) => ends.map((end) => marks.pending.get(end))));
  const state = stateFrom(run, steps, pending);
  if (state === 'pending') {
    const mark = pending.includes('add') ? 'add' : (pending.find((one) => one !== undefined) ?? 'add');
    // A change to a link that is there: it keeps what is seen of it, and wears the mark.
    if (mark === 'change' && seen) return { state: ofBoth(seen), mark, ends: seen };
    return { state, mark, ends: [state, state] };
  }
  if (state !== null) return { state, mark: null, ends: [state, state] };
  if (!seen) return { state: 'idle', mark: null, ends: ['idle', 'idle'] };
  return { state: ofBoth(seen), mark: null, ends: seen };
}
