/** Fresh places for the whole drawing. Python knows where things stand best; it is one step of undo. */
import { checkDocument } from '@/api/labs';
import { pathOf } from '@/document/names';
import type { Doc } from '@/document/types';
import { useLab } from './lab';

function withoutPlaces(doc: Doc): Doc {
  const bare = <T extends { x?: number | null; y?: number | null }>({ x, y, ...rest }: T) => rest;
  return { ...doc, nodes: doc.nodes.map(bare) as Doc['nodes'], notes: doc.notes.map(bare) as Doc['notes'] };
}

type Placed = { x?: number | null; y?: number | null };

function take(part: Placed, from: Placed | undefined): void {
  if (typeof from?.x === 'number' && typeof from.y === 'number') Object.assign(part, { x: from.x, y: from.y });
}

/** What was drawn meanwhile stays where it is. Raises ApiError. */
export async function arrange(): Promise<void> {
  const before = useLab.getState();
  const { document } = await checkDocument(withoutPlaces(before.doc));
  const lab = useLab.getState();
  if (lab.id !== before.id) return;
  const places = new Map(document.nodes.map((node) => [pathOf(node), node]));
  lab.edit((doc) => {
    for (const node of doc.nodes) take(node, places.get(pathOf(node)));
    doc.notes.forEach((note, index) => {
      take(note, document.notes[index]);
    });
  });
}
