/** Drawing a link with the mouse: from a node's rim, or anywhere on it with the Link tool, to another node or to the empty canvas. */
import type { Connection, FinalConnectionState, OnConnectStart } from '@xyflow/react';
import { useReactFlow } from '@xyflow/react';
import { useCallback, useState } from 'react';
import { report } from '@/lab/actions';
import { useLab } from '@/store/lab';
import { link, linkToNew, refusedFrom } from '@/store/linking';
import { useView } from '@/store/view';
import { useDrag } from './drag';
import { CARD, inside, snap } from './geometry';
import { useGeometry } from './store';
import { hostAt } from './useFlow';

/** Where a link was dropped on empty ground: what shall stand there? */
export interface OpenDrop {
  from: string;
  /** On the screen, within the canvas. */
  x: number;
  y: number;
  at: { x: number; y: number };
  host: string | null;
  /** The host into whose empty inside it was dropped, if a link to it makes sense. */
  target: string | null;
}

const EDGE = 24;
const FAR_ENOUGH = 16;

function pointer(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const source = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: source?.clientX ?? 0, y: source?.clientY ?? 0 };
}

/** Well inside a host's outline, where a person may mean the host or a new node in it. */
function deepIn(path: string, point: { x: number; y: number }): boolean {
  const rect = useGeometry.getState().rects.get(path);
  return rect !== undefined && inside(point, { x: rect.x + EDGE, y: rect.y + EDGE * 2, w: rect.w - 2 * EDGE, h: rect.h - EDGE * 3 });
}

export function useLinking() {
  const flow = useReactFlow();
  const [drop, setDrop] = useState<OpenDrop | null>(null);

  const onConnectStart: OnConnectStart = useCallback((_event, { nodeId }) => {
    if (nodeId) useDrag.setState({ linking: nodeId, refused: refusedFrom(useLab.getState().doc, nodeId) });
  }, []);

  const isValidConnection = useCallback(
    (connection: Connection | { source: string; target: string }) => !useDrag.getState().refused.has(connection.target),
    [],
  );

  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const { linking: from, refused } = useDrag.getState();
      useDrag.setState({ linking: null, refused: new Set() });
      const { tool, setTool } = useView.getState();
      if (tool.name === 'link') setTool({ name: 'select' });
      if (!from) return;
      const screen = pointer(event);
      const at = flow.screenToFlowPosition(screen);
      const { doc } = useLab.getState();
      const kinds = new Map(doc.nodes.map((node) => [node.name, node.kind]));
      const under = state.toNode?.id ?? null;
      if (under === from && !deepIn(from, at)) return;
      const ambiguous = under !== null && kinds.get(under) === 'host' && kinds.get(from) !== 'lan' && deepIn(under, at);
      if (under !== null && !ambiguous) {
        if (!refused.has(under)) link(from, under).catch(report);
        return;
      }
      if (state.from && state.to && Math.hypot(state.to.x - state.from.x, state.to.y - state.from.y) < FAR_ENOUGH) return;
      const host = hostAt(at, useGeometry.getState().rects, doc);
      setDrop({ from, ...screen, at, host, target: under !== null && under !== from && !refused.has(under) ? under : null });
    },
    [flow],
  );

  const choose = useCallback(
    (choice: 'target' | 'namespace' | 'router' | 'bridge' | 'host' | 'lan') => {
      if (!drop) return;
      setDrop(null);
      const corner = { x: snap(drop.at.x - CARD.w / 2), y: snap(drop.at.y - CARD.h / 2) };
      const made = choice === 'target' ? link(drop.from, drop.target ?? '') : linkToNew(drop.from, choice, corner, drop.host);
      made.catch(report);
    },
    [drop],
  );

  return { drop, choose, cancel: useCallback(() => setDrop(null), []), onConnectStart, onConnectEnd, isValidConnection };
}
