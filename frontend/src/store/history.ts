/** Undo and redo as a log of immer patches: one entry per gesture, each with the patches that do it and those that undo it. */
import { applyPatches, type Draft, enablePatches, type Objectish, type Patch, produceWithPatches } from 'immer';

enablePatches();

export interface Entry {
  patches: Patch[];
  inverse: Patch[];
  /** Edits with the same gesture, one after the other, are one entry: a name typed letter by letter. */
  gesture: string | null;
}

export interface History {
  past: Entry[];
  future: Entry[];
}

export const LONGEST = 500;
export const NO_HISTORY: History = { past: [], future: [] };

export interface Edited<T> {
  value: T;
  history: History;
  changed: boolean;
}

export function edit<T extends Objectish>(
  value: T,
  history: History,
  recipe: (draft: Draft<T>) => void,
  gesture: string | null = null,
): Edited<T> {
  const [next, patches, inverse] = produceWithPatches(value, (draft) => {
    recipe(draft as Draft<T>);
  });
  if (patches.length === 0) return { value, history, changed: false };
  const last = history.past.at(-1);
  const joins = gesture !== null && last?.gesture === gesture && history.future.length === 0;
  const entry: Entry = joins
    ? { patches: [...last.patches, ...patches], inverse: [...inverse, ...last.inverse], gesture }
    : { patches, inverse, gesture };
  const before = joins ? history.past.slice(0, -1) : history.past;
  return { value: next as T, history: { past: [...before, entry].slice(-LONGEST), future: [] }, changed: true };
}

export function undo<T extends Objectish>(value: T, history: History): Edited<T> {
  const entry = history.past.at(-1);
  if (!entry) return { value, history, changed: false };
  return {
    value: applyPatches(value, entry.inverse) as T,
    history: { past: history.past.slice(0, -1), future: [...history.future, entry] },
    changed: true,
  };
}

export function redo<T extends Objectish>(value: T, history: History): Edited<T> {
  const entry = history.future.at(-1);
  if (!entry) return { value, history, changed: false };
  return {
    value: applyPatches(value, entry.patches) as T,
    history: { past: [...history.past, { ...entry, gesture: null }], future: history.future.slice(0, -1) },
    changed: true,
  };
}

/** After this, the same gesture begins a new entry. */
export function endGesture(history: History): History {
  const last = history.past.at(-1);
  return last?.gesture ? { ...history, past: [...history.past.slice(0, -1), { ...last, gesture: null }] } : history;
}
