/** Brings the whole drawing into view, at 100 % or smaller, and keeps it there while the canvas gets larger and smaller. */
import { getViewportForBounds, useReactFlow, useStore, useStoreApi } from '@xyflow/react';
import { useCallback, useEffect, useRef } from 'react';
import { openDrift } from '@/lab/drift';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { useSync } from '@/store/sync';
import { bounds, type Rect } from './geometry';
import { ghostsOf, withNames } from './ghosts';
import { useSize } from './projector';
import { useGeometry } from './store';

/** Below stand the zoom buttons. */
const PADDING = { x: '28px', top: '36px', bottom: '68px' } as const;
const MOVE = 200;
/** The canvas rests: a window that is being resized changes it with every frame. */
const SETTLED = 150;
const MUCH = 0.1;

/** Fits once the page is laid out: React Flow learns the canvas's size in the frame after. The function returned gives up the fit. */
export function useShowAll(duration = 0): () => () => void {
  const flow = useReactFlow();
  const store = useStoreApi();
  return useCallback(() => {
    const fit = () => {
      const { width, height, minZoom } = store.getState();
      const nodes = flow.getNodes().map((node) => ({ ...node.position, w: node.width ?? 0, h: node.height ?? 0 }));
      const all = bounds([...nodes, ...madeByHand()]);
      if (!all || width === 0) return;
      const rect = { x: all.x, y: all.y, width: all.w, height: all.h };
      void flow.setViewport(getViewportForBounds(rect, width, height, minZoom, useSize.getState().scale, PADDING), { duration });
    };
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(fit);
    });
    return () => cancelAnimationFrame(frame);
  }, [flow, store, duration]);
}

/** Where nodes stand that are there and not drawn. */
function madeByHand(): Rect[] {
  const doc = withNames(useLab.getState().doc, useSync.getState().completed);
  return ghostsOf(doc, useGeometry.getState().rects, openDrift()).nodes.map((node) => node.rect);
}

/** A lab opens with all of it in view; where all of it was, it is again after the canvas or the size has changed much. */
export function useFit(): void {
  const showAll = useShowAll();
  const flow = useReactFlow();
  const store = useStoreApi();
  const id = useLab((lab) => lab.id);
  const scale = useSize((size) => size.scale);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const last = useRef({ width: 0, height: 0, scale });

  useEffect(() => {
    if (id === null || useLab.getState().doc.nodes.length === 0) return;
    return showAll();
  }, [id, showAll]);

  // A drawing that comes as a whole into an empty lab.
  useEffect(
    () =>
      useLab.subscribe((now, before) => {
        if (now.id === before.id && before.doc.nodes.length === 0 && now.doc.nodes.length > 1) showAll();
      }),
    [showAll],
  );

  // What somebody makes by hand comes into view where all else is.
  const reveal = useShowAll(MOVE);
  useEffect(() => {
    let count = madeByHand().length;
    return useLive.subscribe((live, before) => {
      if (live.drift === before.drift) return;
      const more = madeByHand().length > count;
      count = madeByHand().length;
      const { width: w, height: h } = store.getState();
      if (more && wasInView(flow.getViewport(), { width: w, height: h })) reveal();
    });
  }, [flow, store, reveal]);

  useEffect(() => {
    if (width === 0 || height === 0) return;
    const before = last.current;
    if (before.width === 0) {
      last.current = { width, height, scale };
      return;
    }
    const changed = Math.abs(width / before.width - 1) > MUCH || Math.abs(height / before.height - 1) > MUCH || scale !== before.scale;
    if (!changed) return;
    const timer = setTimeout(() => {
      if (wasInView(flow.getViewport(), before)) showAll();
      last.current = { width, height, scale };
    }, SETTLED);
    return () => clearTimeout(timer);
  }, [width, height, scale, flow, showAll]);
}

function wasInView({ x, y, zoom }: { x: number; y: number; zoom: number }, canvas: { width: number; height: number }): boolean {
  const all = bounds(useGeometry.getState().rects.values());
  if (!all) return true; // an empty drawing
  const [left, top] = [all.x * zoom + x, all.y * zoom + y];
  return left >= 0 && top >= 0 && left + all.w * zoom <= canvas.width && top + all.h * zoom <= canvas.height;
}
