/** From the palette onto the canvas: by drag, by click, by key. What is dropped snaps, and a host adopts it. */
import { useReactFlow } from '@xyflow/react';
import { type RefObject, useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { DrawnKind } from '@/document/types';
import { place } from '@/store/commands';
import { useLab } from '@/store/lab';
import { setOver, useDrag } from './drag';
import { NOTE, nodeSize, type Point, type Rect, snap } from './geometry';
import { useGeometry } from './store';
import { hostAt } from './useFlow';

/** Between nodes that are placed by key: room for a link with its labels. */
const GAP = { x: 256, y: 144 };
const CLEAR = 24;

const sizeOf = (kind: DrawnKind) => (kind === 'note' ? NOTE : nodeSize(kind, 0));

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w + CLEAR && b.x < a.x + a.w + CLEAR && a.y < b.y + b.h + CLEAR && b.y < a.y + a.h + CLEAR;
}

/** The nearest place right of or below a point where nothing stands. */
export function freePlace(near: Point, size: { w: number; h: number }, rects: Iterable<Rect>): Point {
  const taken = [...rects];
  for (let ring = 0; ring < 40; ring += 1) {
    for (let column = ring; column >= 0; column -= 1) {
      const spot = { x: snap(near.x + column * (size.w + GAP.x)), y: snap(near.y + (ring - column) * (size.h + GAP.y)) };
      if (!taken.some((rect) => overlaps({ ...spot, ...size }, rect))) return spot;
    }
  }
  return near;
}

let placeInMiddle: ((kind: DrawnKind) => void) | null = null;
let drop: ((kind: DrawnKind, screen: Point) => void) | null = null;

/** By key, or by a press of the palette's button without a mouse. */
export const placeByKey = (kind: DrawnKind): void => placeInMiddle?.(kind);

export function usePlacing(surface: RefObject<HTMLElement | null>) {
  const flow = useReactFlow();
  const { t } = useTranslation();

  const placeAt = useCallback(
    (kind: DrawnKind, screen: Point) => {
      const point = flow.screenToFlowPosition(screen);
      const size = sizeOf(kind);
      const host = kind === 'note' ? null : hostAt(point, useGeometry.getState().rects, useLab.getState().doc);
      place(kind, { x: snap(point.x - size.w / 2), y: snap(point.y - size.h / 2) }, host, t('note.first'));
    },
    [flow, t],
  );

  const placeFree = useCallback(
    (kind: DrawnKind) => {
      const box = surface.current?.getBoundingClientRect();
      if (!box) return;
      const size = sizeOf(kind);
      const center = flow.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
      const { doc } = useLab.getState();
      const { rects } = useGeometry.getState();
      // Two side by side stand in the middle of what is seen.
      const start = { x: center.x - size.w - GAP.x / 2, y: center.y - size.h / 2 - GAP.y / 2 };
      const solid = [...rects].filter(([path]) => kind === 'host' || !doc.nodes.some((node) => node.kind === 'host' && node.name === path));
      const spot = freePlace(
        start,
        size,
        solid.map(([, rect]) => rect),
      );
      const host = kind === 'note' ? null : hostAt({ x: spot.x + size.w / 2, y: spot.y + size.h / 2 }, rects, doc);
      place(kind, spot, host, t('note.first'));
    },
    [flow, surface, t],
  );

  useEffect(() => {
    placeInMiddle = placeFree;
    drop = placeAt;
    return () => {
      placeInMiddle = null;
      drop = null;
    };
  }, [placeFree, placeAt]);

  return { placeAt };
}

const MOVED = 4;

/** Carries a kind of node from the palette; `clicked` is called where the pointer was not moved. */
export function carry(kind: DrawnKind, start: Point, clicked: () => void): void {
  let moved = false;
  const move = (event: PointerEvent) => {
    moved ||= Math.hypot(event.clientX - start.x, event.clientY - start.y) > MOVED;
    if (moved) useDrag.setState({ carried: { kind, x: event.clientX, y: event.clientY } });
  };
  const done = (event: PointerEvent) => {
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', done);
    removeEventListener('pointercancel', cancel);
    removeEventListener('keydown', onEscape);
    useDrag.setState({ carried: null });
    setOver(null);
    if (!moved) return clicked();
    const under = document.elementFromPoint(event.clientX, event.clientY);
    if (under?.closest('.canvas')) drop?.(kind, { x: event.clientX, y: event.clientY });
  };
  const cancel = () => {
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', done);
    removeEventListener('pointercancel', cancel);
    removeEventListener('keydown', onEscape);
    useDrag.setState({ carried: null });
  };
  const onEscape = (event: KeyboardEvent) => event.key === 'Escape' && cancel();
  addEventListener('pointermove', move);
  addEventListener('pointerup', done);
  addEventListener('pointercancel', cancel);
  addEventListener('keydown', onEscape);
}
