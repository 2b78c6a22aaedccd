/** Commands of the canvas on the selection: each is one step of undo. */
import { freeShift } from '@/canvas/free';
import { cut, isClip, paste } from '@/document/clipboard';
import { addNode, addNote, findNode, type Point, removeLink, removeNode, renameNode } from '@/document/edit';
import { hostOf, pathOf } from '@/document/names';
import type { Doc, DrawnKind } from '@/document/types';
import { useLab } from './lab';
import { type ItemId, indexOf, linkId, noteId, useView } from './view';

export function place(kind: DrawnKind, at: Point, host: string | null, noteText: string): void {
  const id = useLab.getState().edit((doc): ItemId => (kind === 'note' ? noteId(addNote(doc, at, noteText)) : addNode(doc, kind, at, host)));
  useView.getState().select([id]);
}

interface Split {
  paths: Set<string>;
  links: Set<number>;
  notes: Set<number>;
}

/** A selection by kind of item. */
export function split(selection: ReadonlySet<ItemId>): Split {
  const parts: Split = { paths: new Set(), links: new Set(), notes: new Set() };
  for (const id of selection) {
    const link = indexOf(id, 'link');
    const note = indexOf(id, 'note');
    if (link !== null) parts.links.add(link);
    else if (note !== null) parts.notes.add(note);
    else parts.paths.add(id);
  }
  return parts;
}

export function deleteSelection(): void {
  const { selection, select } = useView.getState();
  if (selection.size === 0) return;
  const { paths, links, notes } = split(selection);
  useLab.getState().edit((doc) => {
    for (const index of [...links].sort((a, b) => b - a)) removeLink(doc, index);
    for (const index of [...notes].sort((a, b) => b - a)) doc.notes.splice(index, 1);
    for (const path of paths) removeNode(doc, path);
  });
  select([]);
}

export function copySelection(): boolean {
  const { paths, notes } = split(useView.getState().selection);
  if (paths.size + notes.size === 0) return false;
  const clip = cut(useLab.getState().doc, paths, notes);
  useView.getState().setClip(clip);
  // So that it can be pasted into another lab's page; where the browser refuses, the page's own copy serves.
  void navigator.clipboard?.writeText(JSON.stringify(clip)).catch(() => undefined);
  return true;
}

function pasteClip(clip: NonNullable<ReturnType<typeof useView.getState>['clip']>): void {
  const { doc: drawn } = useLab.getState();
  const before = drawn.notes.length;
  const by = freeShift(drawn, clip);
  const paths = useLab.getState().edit((doc) => paste(doc, clip, by));
  useView.getState().select([...paths, ...clip.notes.map((_, index) => noteId(before + index))]);
}

export function pasteText(text: string): boolean {
  let clip = useView.getState().clip;
  try {
    const parsed: unknown = JSON.parse(text);
    if (isClip(parsed)) clip = parsed;
  } catch {
    // Not a drawing: what was copied on this page is pasted.
  }
  if (!clip) return false;
  pasteClip(clip);
  return true;
}

export function duplicateSelection(): void {
  const { paths, notes } = split(useView.getState().selection);
  if (paths.size + notes.size > 0) pasteClip(cut(useLab.getState().doc, paths, notes));
}

const itemsOf = (doc: Doc): ItemId[] => [
  ...doc.nodes.map(pathOf),
  ...doc.links.map((_, index) => linkId(index)),
  ...doc.notes.map((_, index) => noteId(index)),
];

export function selectAll(): void {
  useView.getState().select(itemsOf(useLab.getState().doc));
}

/** What an undo, or somebody else, has taken away is not selected any more: nobody could see it, or deselect it. */
export function selectWhatIsThere(doc: Doc): void {
  const { selection, select } = useView.getState();
  if (selection.size === 0) return;
  const there = new Set(itemsOf(doc));
  select([...selection].filter((id) => there.has(id)));
}

/** By keys: the selected nodes and notes, and what a selected host holds. */
export function nudge(by: Point): void {
  const { paths, notes } = split(useView.getState().selection);
  if (paths.size + notes.size === 0) return;
  useLab.getState().edit((doc) => {
    for (const node of doc.nodes) {
      if (!paths.has(pathOf(node)) && !paths.has(hostOf(node) ?? '')) continue;
      node.x = (node.x ?? 0) + by.x;
      node.y = (node.y ?? 0) + by.y;
    }
    for (const index of notes) moveNote(doc, index, by);
  }, 'nudge');
}

function moveNote(doc: Doc, index: number, by: Point): void {
  const note = doc.notes[index];
  if (!note) return;
  note.x = (note.x ?? 0) + by.x;
  note.y = (note.y ?? 0) + by.y;
}

/** Renames, and keeps the node selected under its new path. */
export function rename(path: string, name: string): void {
  const next = useLab.getState().edit((doc) => (findNode(doc, path) ? renameNode(doc, path, name) : path));
  const { selection, select } = useView.getState();
  if (selection.has(path)) select([...selection].map((id) => (id === path ? next : id)));
}
