/** Walking over the canvas with the arrow keys. */
import type { Point, Rect } from './geometry';
import { center } from './geometry';

export type Direction = 'left' | 'right' | 'up' | 'down';

const TOWARDS: Record<Direction, Point> = { left: { x: -1, y: 0 }, right: { x: 1, y: 0 }, up: { x: 0, y: -1 }, down: { x: 0, y: 1 } };

/** The nearest of some nodes in a direction: what lies aside counts twice. */
export function nearest(from: Rect, direction: Direction, among: Iterable<readonly [string, Rect]>): string | null {
  const start = center(from);
  const { x: ux, y: uy } = TOWARDS[direction];
  let best: { path: string; cost: number } | null = null;
  for (const [path, rect] of among) {
    const at = center(rect);
    const [dx, dy] = [at.x - start.x, at.y - start.y];
    const ahead = dx * ux + dy * uy;
    if (ahead <= 0) continue;
    const cost = ahead + 2 * Math.abs(dx * uy - dy * ux);
    if (!best || cost < best.cost) best = { path, cost };
  }
  return best?.path ?? null;
}

/** The nearest of some nodes, wherever it lies. */
export function closest(from: Rect, among: Iterable<readonly [string, Rect]>): string | null {
  const start = center(from);
  const distance = (rect: Rect) => Math.hypot(center(rect).x - start.x, center(rect).y - start.y);
  const [first] = [...among].sort((a, b) => distance(a[1]) - distance(b[1]));
  return first?.[0] ?? null;
}
