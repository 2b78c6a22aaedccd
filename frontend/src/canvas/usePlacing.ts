/** From the palette onto the canvas: by drag, by click, by key. What is dropped snaps, and a host adopts it. */
import { useReactFlow } from '@xyflow/react';
import { type RefObject, useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { DrawnKind } from '@/document/types';
import { place } from '@/store/commands';
import { useLab } from '@/store/lab';
import { setOver, useDrag } from './drag';
import { freePlace, GAP } from './free';
import { NOTE, nodeSize, noteRect, type Point, snap } from './geometry';
import { useGeometry } from './store';
import { hostAt } from './useFlow';

const sizeOf = (kind: DrawnKind) => (kind === 'note' ? NOTE : nodeSize(kind, 0));

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
      const spot = freePlace(start, size, [...solid.map(([, rect]) => rect), ...doc.notes.map(noteRect)]);
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
