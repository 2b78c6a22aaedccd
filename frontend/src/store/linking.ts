/** Making a link: Python names its interfaces and gives them addresses. One step of undo, with the node that it may make. */
import { produce } from 'immer';
import { connect } from '@/api/labs';
import { addNode, type Point } from '@/document/edit';
import { hostOf, nodesByPath } from '@/document/names';
import type { Doc, DrawnKind, LabNode } from '@/document/types';
import { useLab } from './lab';
import { linkId, useView } from './view';

/** Why a link between two nodes makes no sense; null where it does. A key of `lab:refuse`. */
type Refusal = 'itself' | 'lanToHosts' | 'otherHost' | 'hostToHost' | 'internet' | null;

export function refusal(a: LabNode, b: LabNode): Refusal {
  if (a === b) return 'itself';
  if (a.kind === 'internet' || b.kind === 'internet') return 'internet';
  if (a.kind === 'lan' || b.kind === 'lan') return a.kind === 'host' || b.kind === 'host' ? null : 'lanToHosts';
  if (a.kind === 'host' && b.kind === 'host') return 'hostToHost';
  const home = (node: LabNode) => (node.kind === 'host' ? node.name : hostOf(node));
  return home(a) === home(b) ? null : 'otherHost';
}

/** The nodes that cannot take a link from the given one. */
export function refusedFrom(doc: Doc, from: string): Set<string> {
  const nodes = nodesByPath(doc);
  const source = nodes.get(from);
  if (!source) return new Set();
  return new Set([...nodes].filter(([, node]) => refusal(source, node) !== null).map(([path]) => path));
}

const TRIES = 3;

/** Sends what `prepare` makes of the drawing, and again where the drawing changed meanwhile. Raises ApiError. */
async function connected(prepare: (doc: Doc) => { doc: Doc; a: string; b: string }): Promise<string | null> {
  const lab = useLab.getState();
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const before = useLab.getState();
    if (before.id !== lab.id) return null;
    const { doc, a, b } = prepare(before.doc);
    const after = await connect(doc, a, b);
    if (useLab.getState().doc !== before.doc) continue;
    before.replace(after);
    useView.getState().select([linkId(after.links.length - 1)]);
    return b;
  }
  return null;
}

export const link = (a: string, b: string): Promise<string | null> => connected((doc) => ({ doc, a, b }));

export const linkToNew = (a: string, kind: Exclude<DrawnKind, 'note'>, at: Point, host: string | null): Promise<string | null> =>
  connected((doc) => {
    let b = '';
    const next = produce(doc, (draft) => {
      b = addNode(draft, kind, at, host);
    });
    return { doc: next, a, b };
  });
