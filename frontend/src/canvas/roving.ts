/** The keyboard on the canvas: Tab comes to one node, arrow keys go from there to the next, and what they come to is selected. */
import { useReactFlow } from '@xyflow/react';
import { type FocusEvent, useEffect } from 'react';
import { create } from 'zustand';
import { type ItemId, useView } from '@/store/view';
import type { FlowNode } from './flow';
import type { Rect } from './geometry';
import { type Direction, nearest } from './walk';

interface RoverStore {
  /** The node or note to which Tab comes. */
  at: ItemId | null;
}

export const useRover = create<RoverStore>()(() => ({ at: null }));

const QUICK = 120;
/** Between a node and the edge of the canvas. */
const MARGIN = 48;
let byKeyboard = false;

const elementOf = (id: ItemId): HTMLElement | null => document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
const rectOf = (node: FlowNode): Rect => ({ ...node.position, w: node.width ?? 0, h: node.height ?? 0 });

/** For the canvas's `onFocus`. A node that the mouse focuses is selected by its click. */
export function onFocus(event: FocusEvent): void {
  const id = event.target.getAttribute('data-id');
  if (id === null || !event.target.matches('.react-flow__node')) return;
  useRover.setState({ at: id });
  byKeyboard = event.target.matches(':focus-visible');
  if (byKeyboard) useView.getState().select([id]);
}

/** For the canvas's `onPointerDown`: from now on arrow keys move what the mouse selects. */
export function leaveWalking(): void {
  byKeyboard = false;
}

/** The node that the keyboard is on, as long as it alone is selected. */
function walker(): ItemId | null {
  const { selection } = useView.getState();
  const id = document.activeElement?.getAttribute('data-id') ?? null;
  return byKeyboard && id !== null && selection.size === 1 && selection.has(id) ? id : null;
}

let step: ((from: ItemId, direction: Direction) => void) | null = null;
let show: ((id: ItemId) => void) | null = null;

/** From the node that the keyboard is on to the next one. False where it is on none. */
export function walk(direction: Direction): boolean {
  const from = walker();
  if (from === null || !step) return false;
  step(from, direction);
  return true;
}

/** Selects a node and brings it into view, with the keyboard on it. */
export const goTo = (id: ItemId): void => show?.(id);

export function useRoving(): void {
  const flow = useReactFlow<FlowNode>();
  useEffect(() => {
    show = (id) => {
      const node = flow.getNode(id);
      if (!node) return;
      useRover.setState({ at: id });
      useView.getState().select([id]);
      void reveal(flow, rectOf(node)).then(() => {
        // A node out of view is in the page only in the frame after it came into view.
        requestAnimationFrame(() => {
          byKeyboard = true;
          elementOf(id)?.focus({ preventScroll: true });
        });
      });
    };
    step = (from, direction) => {
      const start = flow.getNode(from);
      const others = flow.getNodes().filter((node) => node.id !== from);
      const next =
        start &&
        nearest(
          rectOf(start),
          direction,
          others.map((node) => [node.id, rectOf(node)] as const),
        );
      if (next) show?.(next);
    };
    return () => {
      show = null;
      step = null;
    };
  }, [flow]);
}

/** Moves the drawing as little as is needed to see a rectangle of it. */
async function reveal(flow: ReturnType<typeof useReactFlow<FlowNode>>, rect: Rect): Promise<void> {
  const surface = document.querySelector('.canvas')?.getBoundingClientRect();
  if (!surface) return;
  const { x, y, zoom } = flow.getViewport();
  const shift = (start: number, length: number, room: number) => {
    if (length + 2 * MARGIN > room) return room / 2 - (start + length / 2);
    return Math.max(0, MARGIN - start) + Math.min(0, room - MARGIN - start - length);
  };
  const dx = shift(rect.x * zoom + x, rect.w * zoom, surface.width);
  const dy = shift(rect.y * zoom + y, rect.h * zoom, surface.height);
  if (dx !== 0 || dy !== 0) await flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: QUICK });
}
