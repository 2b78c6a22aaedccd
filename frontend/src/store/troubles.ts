/** What wears a warning on the canvas: every item that an error or a problem is about. */
import { create } from 'zustand';
import { placesOf, type ServerProblem } from '@/api/http';
import { pathOf } from '@/document/names';
import type { Doc } from '@/document/types';
import { useLab } from './lab';
import { useSync } from './sync';
import { type ItemId, linkId } from './view';

/** The item of the canvas that a place in the document belongs to. */
function itemAt(doc: Doc, path: string): ItemId | null {
  const [, list, text] = /^(nodes|links)\[(\d+)\]/.exec(path) ?? [];
  const index = Number(text);
  if (list === 'links') return linkId(index);
  const node = list === 'nodes' ? doc.nodes[index] : undefined;
  return node ? pathOf(node) : null;
}

/** The items that a problem concerns, the one of its path first. */
export function itemsAt(doc: Doc, problem: ServerProblem): ItemId[] {
  return placesOf(problem)
    .map((place) => itemAt(doc, place))
    .filter((item) => item !== null);
}

function itemsOf(doc: Doc, problems: readonly ServerProblem[]): Set<ItemId> {
  return new Set(problems.flatMap((problem) => itemsAt(doc, problem)));
}

export const useTroubles = create<{ items: ReadonlySet<ItemId> }>()(() => ({ items: new Set() }));

export function followTroubles(): () => void {
  return useSync.subscribe((sync, before) => {
    if (sync.problems === before.problems && sync.errors === before.errors) return;
    if (sync.problems.length + sync.errors.length === 0 && useTroubles.getState().items.size === 0) return;
    useTroubles.setState({ items: itemsOf(useLab.getState().doc, [...sync.errors, ...sync.problems]) });
  });
}
