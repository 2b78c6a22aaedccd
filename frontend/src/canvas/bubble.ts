/** Where a bubble stands on the canvas: at its node, and whole. */
import type { Rect } from './geometry';

interface Size {
  width: number;
  height: number;
}

const MARGIN = 8;
const AWAY = 12;
/** How near to a corner the tail may be. */
const CORNER = 16;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));

/** Above the node, below it where there is no room; its tail points at the node as long as that is in view. All in pixels of the screen. */
export function bubblePlace(node: Rect, size: Size, canvas: Size): { left: number; top: number; tail: number; below: boolean } {
  const middle = node.x + node.w / 2;
  const left = clamp(middle - size.width / 2, MARGIN, canvas.width - size.width - MARGIN);
  const above = node.y - AWAY - size.height;
  const below = above < MARGIN && node.y + node.h + AWAY + size.height <= canvas.height - MARGIN;
  const top = clamp(below ? node.y + node.h + AWAY : above, MARGIN, canvas.height - size.height - MARGIN);
  return { left, top, tail: clamp(middle - left, CORNER, size.width - CORNER), below };
}
