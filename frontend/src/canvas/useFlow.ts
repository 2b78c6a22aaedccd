/** React Flow's nodes and edges from the document, and back: a drag moves the view alone, its end is one command. */
import type { EdgeChange, NodeChange } from '@xyflow/react';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { moveToHost } from '@/document/edit';
import { hostOf, pathOf } from '@/document/names';
import type { Doc, LabNode } from '@/document/types';
import { selectWhatIsThere } from '@/store/commands';
import { useLab } from '@/store/lab';
import { type ItemId, indexOf, noteId, useView } from '@/store/view';
import { setOver } from './drag';
import { type FlowNode, flowEdges, flowNodes, type LinkEdge } from './flow';
import { inside, placeNodes, type Rect } from './geometry';
import { useRover } from './roving';
import { updateGeometry, useGeometry } from './store';
import { useBand } from './useZoomBand';

const rectOf = (node: FlowNode): Rect => ({ x: node.position.x, y: node.position.y, w: node.width ?? 0, h: node.height ?? 0 });

function rectsOf(nodes: readonly FlowNode[]): Map<string, Rect> {
  return new Map(nodes.filter((node) => node.type !== 'note').map((node) => [node.id, rectOf(node)]));
}

function hostHolding(node: FlowNode): string | null {
  return node.type === 'note' ? null : hostOf(node.data.node);
}

type Moves = Map<string, { x: number; y: number }>;

/** Moves nodes; what a moved host holds goes with it. */
function moved(nodes: readonly FlowNode[], moves: Moves): FlowNode[] {
  const shifts = new Map<string, { x: number; y: number }>();
  for (const node of nodes) {
    const to = moves.get(node.id);
    if (to && node.type === 'host') shifts.set(node.id, { x: to.x - node.position.x, y: to.y - node.position.y });
  }
  return nodes.map((node) => {
    const to = moves.get(node.id);
    if (to) return to.x === node.position.x && to.y === node.position.y ? node : { ...node, position: to };
    const shift = shifts.get(hostHolding(node) ?? '');
    if (!shift || (shift.x === 0 && shift.y === 0)) return node;
    return { ...node, position: { x: node.position.x + shift.x, y: node.position.y + shift.y } };
  });
}

/** The host whose outline holds the middle of a node. */
export function hostAt(point: { x: number; y: number }, rects: ReadonlyMap<string, Rect>, doc: Doc): string | null {
  for (const node of doc.nodes) {
    const rect = node.kind === 'host' ? rects.get(node.name) : undefined;
    if (rect && inside(point, rect)) return node.name;
  }
  return null;
}

const middle = (rect: Rect) => ({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });
const isAdoptable = (node: FlowNode): boolean =>
  node.type !== 'note' && node.type !== 'host' && node.type !== 'lan' && node.type !== 'internet';

function selected(before: ReadonlySet<ItemId>, changes: readonly (NodeChange<FlowNode> | EdgeChange<LinkEdge>)[]): ReadonlySet<ItemId> {
  const next = new Set(before);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) next.add(change.id);
    else next.delete(change.id);
  }
  return next;
}

/** Where the keyboard was last, else at the first node. */
function tabStopOf(doc: Doc, rover: ItemId | null): ItemId | undefined {
  const note = rover === null ? null : indexOf(rover, 'note');
  const there = note === null ? doc.nodes.some((node) => pathOf(node) === rover) : note < doc.notes.length;
  if (rover !== null && there) return rover;
  const [first] = doc.nodes;
  return first ? pathOf(first) : doc.notes.length > 0 ? noteId(0) : undefined;
}

export function useFlow() {
  const { t } = useTranslation();
  const doc = useLab((lab) => lab.doc);
  const selection = useView((view) => view.selection);
  const rover = useRover((state) => state.at);
  const [nodes, setNodes] = useState<FlowNode[]>([]);
  const current = useRef<FlowNode[]>([]);
  const edges = useRef<LinkEdge[]>([]);
  const drawn = useRef<Doc | null>(null);

  const show = useCallback((next: FlowNode[]) => {
    current.current = next;
    setNodes(next);
  }, []);

  useLayoutEffect(() => {
    const ariaLabel = (node: LabNode) => `${t(`kind.${node.kind}`)} ${node.label ?? pathOf(node)}`;
    const rects = drawn.current === doc ? rectsOf(current.current) : placeNodes(doc);
    if (drawn.current !== doc) updateGeometry(doc, rects);
    drawn.current = doc;
    show(flowNodes(doc, rects, selection, current.current, ariaLabel, tabStopOf(doc, rover)));
  }, [doc, selection, rover, t, show]);

  useLayoutEffect(() => selectWhatIsThere(doc), [doc]);

  // Larger text needs more room beside the links.
  const scale = useBand((band) => band.scale);
  const band = useBand((state) => state.band);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the geometry reads both
  useLayoutEffect(() => updateGeometry(useLab.getState().doc, useGeometry.getState().rects), [scale, band]);

  const flowedEdges = useMemo(() => {
    edges.current = flowEdges(doc, selection, edges.current);
    return edges.current;
  }, [doc, selection]);

  const onNodesChange = useCallback(
    (changes: NodeChange<FlowNode>[]) => {
      const { selection: before, select } = useView.getState();
      select(selected(before, changes));
      const moves: Moves = new Map();
      for (const change of changes) if (change.type === 'position' && change.position) moves.set(change.id, change.position);
      if (moves.size === 0) return;
      const next = moved(current.current, moves);
      show(next);
      updateGeometry(useLab.getState().doc, rectsOf(next));
    },
    [show],
  );

  const onEdgesChange = useCallback((changes: EdgeChange<LinkEdge>[]) => {
    const { selection: before, select } = useView.getState();
    select(selected(before, changes));
  }, []);

  const onNodeDrag = useCallback((_event: unknown, node: FlowNode) => {
    const { doc: now } = useLab.getState();
    const host = isAdoptable(node) ? hostAt(middle(rectOf(node)), useGeometry.getState().rects, now) : null;
    setOver(host === hostHolding(node) ? null : host);
  }, []);

  const onNodeDragStop = useCallback((_event: unknown, _node: FlowNode, dragged: FlowNode[]) => {
    setOver(null);
    dropNodes(dragged, current.current);
  }, []);

  return { nodes, edges: flowedEdges, onNodesChange, onEdgesChange, onNodeDrag, onNodeDragStop };
}

/** The end of a drag: new places, and the hosts that adopt what was dropped in them. */
function dropNodes(dragged: readonly FlowNode[], all: readonly FlowNode[]): void {
  const lab = useLab.getState();
  const rects = rectsOf(all);
  const byId = new Map(all.map((node) => [node.id, node]));
  const carriedHosts = new Set(dragged.filter((node) => node.type === 'host').map((node) => node.id));
  const renamed = lab.edit((doc) => {
    for (const node of doc.nodes) {
      const at = byId.get(pathOf(node));
      const touched = at && (dragged.some((one) => one.id === at.id) || carriedHosts.has(hostOf(node) ?? ''));
      if (!at || !touched || (node.x === at.position.x && node.y === at.position.y)) continue;
      node.x = at.position.x;
      node.y = at.position.y;
    }
    for (const one of dragged) {
      const index = indexOf(one.id, 'note');
      const note = index === null ? undefined : doc.notes[index];
      const at = byId.get(one.id);
      if (note && at) Object.assign(note, { x: at.position.x, y: at.position.y });
    }
    return adopt(doc, dragged.filter(isAdoptable), rects, carriedHosts);
  });
  if (renamed.size === 0) return;
  const { selection, select } = useView.getState();
  select([...selection].map((id) => renamed.get(id) ?? id));
}

function adopt(
  doc: Doc,
  dropped: readonly FlowNode[],
  rects: ReadonlyMap<string, Rect>,
  carried: ReadonlySet<string>,
): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const node of dropped) {
    const rect = rects.get(node.id);
    const home = hostHolding(node);
    if (!rect || carried.has(home ?? '')) continue;
    const host = hostAt(middle(rect), rects, doc);
    if (host === home) continue;
    const path = moveToHost(doc, node.id, host);
    if (path !== node.id) renamed.set(node.id, path);
  }
  return renamed;
}
