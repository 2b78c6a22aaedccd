/** The document as React Flow's arrays. Status never enters them; a node that did not change keeps its identity. */
import type { Edge, Node, NodeHandle } from '@xyflow/react';
import { Position } from '@xyflow/react';
import { pathOf, splitEnd } from '@/document/names';
import type { Doc, LabNode, LabNote } from '@/document/types';
import { type ItemId, linkId, noteId } from '@/store/view';
import { noteRect, type Rect } from './geometry';

export type DrawnNode = Node<{ path: string; node: LabNode }, LabNode['kind']>;
export type NoteNode = Node<{ index: number; note: LabNote }, 'note'>;
export type FlowNode = DrawnNode | NoteNode;
export type LinkEdge = Edge<{ index: number }, 'link'>;

/** From the far to the near: outlines, links, nodes, notes. */
const LAYER = { host: 0, link: 1, node: 2, note: 3 };
/** How far the edge of a node at which a link can be begun reaches out. */
const RIM = 8;

function handles(rect: Rect): NodeHandle[] {
  return [{ id: null, type: 'source', position: Position.Top, x: -RIM, y: -RIM, width: rect.w + 2 * RIM, height: rect.h + 2 * RIM }];
}

/** Measured beforehand: a node that is culled is never measured, and React Flow fits the view only once all are. */
const sized = ({ w: width, h: height }: Rect) => ({ width, height, measured: { width, height } });

function sameRect(node: FlowNode, rect: Rect): boolean {
  return node.position.x === rect.x && node.position.y === rect.y && node.width === rect.w && node.height === rect.h;
}

/** Tab comes to one node of the canvas; from there one walks (roving.ts). */
const TAB_STOP = { tabIndex: 0, 'aria-describedby': 'node-keys' };
const NO_STOP = { tabIndex: -1, 'aria-describedby': 'node-keys' };

type Named = (node: LabNode) => string;

export function flowNodes(
  doc: Doc,
  rects: ReadonlyMap<string, Rect>,
  selection: ReadonlySet<ItemId>,
  before: readonly FlowNode[],
  ariaLabel: Named,
  tabStop: ItemId | undefined,
): FlowNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const seen = new Set<string>();
  const drawn: FlowNode[] = [];
  for (const node of doc.nodes) {
    const id = pathOf(node);
    const rect = rects.get(id);
    if (!rect || seen.has(id)) continue;
    seen.add(id);
    const selected = selection.has(id);
    const old = known.get(id);
    const domAttributes = id === tabStop ? TAB_STOP : NO_STOP;
    const same = old && old.type !== 'note' && old.data.node === node && old.selected === selected && old.domAttributes === domAttributes;
    if (same && !old.dragging && sameRect(old, rect)) {
      drawn.push(old);
      continue;
    }
    drawn.push({
      id,
      type: node.kind,
      position: { x: rect.x, y: rect.y },
      ...sized(rect),
      handles: handles(rect),
      zIndex: node.kind === 'host' ? LAYER.host : LAYER.node,
      selected,
      ariaLabel: ariaLabel(node),
      domAttributes,
      data: { path: id, node },
    } satisfies DrawnNode);
  }
  doc.notes.forEach((note, index) => {
    drawn.push(flowNote(note, index, selection, known, tabStop));
  });
  return drawn;
}

function flowNote(
  note: LabNote,
  index: number,
  selection: ReadonlySet<ItemId>,
  known: ReadonlyMap<string, FlowNode>,
  tabStop: ItemId | undefined,
): FlowNode {
  const id = noteId(index);
  const rect = noteRect(note);
  const old = known.get(id);
  const selected = selection.has(id);
  const domAttributes = id === tabStop ? TAB_STOP : NO_STOP;
  const same = old?.type === 'note' && old.data.note === note && old.selected === selected && old.domAttributes === domAttributes;
  if (same && !old.dragging && sameRect(old, rect)) return old;
  return {
    id,
    type: 'note',
    position: { x: rect.x, y: rect.y },
    ...sized(rect),
    zIndex: LAYER.note,
    selected,
    connectable: false,
    ariaLabel: note.text.slice(0, 80),
    domAttributes,
    data: { index, note },
  };
}

export function flowEdges(doc: Doc, selection: ReadonlySet<ItemId>, before: readonly LinkEdge[]): LinkEdge[] {
  const paths = new Set(doc.nodes.map(pathOf));
  const known = new Map(before.map((edge) => [edge.id, edge]));
  return doc.links.flatMap((link, index): LinkEdge[] => {
    const [source, target] = link.ends.map((text) => splitEnd(text).node) as [string, string];
    if (!paths.has(source) || !paths.has(target) || source === target) return [];
    const id = linkId(index);
    const selected = selection.has(id);
    const old = known.get(id);
    if (old?.source === source && old.target === target && old.selected === selected) return [old];
    return [{ id, type: 'link', source, target, selected, zIndex: LAYER.link, focusable: true, data: { index } }];
  });
}
