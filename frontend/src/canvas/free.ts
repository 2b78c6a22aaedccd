/** Where there is room on the canvas, as pure functions. */
import type { Clip } from '@/document/clipboard';
import { hostOf, pathOf } from '@/document/names';
import type { Doc } from '@/document/types';
import { bounds, GRID, hostRect, noteRect, type Point, placeNodes, type Rect, snap } from './geometry';

/** Between nodes that are placed by key: room for a link with its labels. */
export const GAP = { x: 256, y: 144 };
const CLEAR = 3 * GRID;
const RINGS = 40;

export function overlaps(a: Rect, b: Rect, clear = CLEAR): boolean {
  return a.x < b.x + b.w + clear && b.x < a.x + a.w + clear && a.y < b.y + b.h + clear && b.y < a.y + a.h + clear;
}

/** The nearest place right of or below a point where nothing stands. */
export function freePlace(near: Point, size: { w: number; h: number }, taken: readonly Rect[]): Point {
  for (let ring = 0; ring < RINGS; ring += 1) {
    for (let column = ring; column >= 0; column -= 1) {
      const spot = { x: snap(near.x + column * (size.w + GAP.x)), y: snap(near.y + (ring - column) * (size.h + GAP.y)) };
      if (!taken.some((rect) => overlaps({ ...spot, ...size }, rect))) return spot;
    }
  }
  return near;
}

/** By how much a clip is moved so that it stands on nothing, right of or below the place where it was cut out. */
export function freeShift(doc: Doc, clip: Clip): Point {
  const drawn = placeNodes(doc);
  const pasted = placeNodes({ ...doc, nodes: clip.nodes, links: clip.links });
  const moving = [...pasted.values(), ...clip.notes.map(noteRect)];
  const extent = bounds(moving);
  if (!extent) return { x: 0, y: 0 };
  const homes = homesOf(doc, clip);
  const around = (of: (path: string) => boolean) => [
    ...[...drawn].filter(([path]) => !of(path)).map(([, rect]) => rect),
    ...doc.notes.map(noteRect),
  ];
  const obstacles = around((path) => homes.has(path));
  const strangers = around((path) => homes.has(path) || homes.has(homeOf(path)));
  const free = (by: Point) =>
    !moving.some((rect) => obstacles.some((other) => overlaps(moved(rect, by), other))) &&
    ![...homes].some((home) => {
      const grown = hostRect({ x: 0, y: 0 }, [...heldIn(drawn, home), ...heldIn(pasted, home).map((rect) => moved(rect, by))]);
      return strangers.some((other) => overlaps(grown, other, GRID));
    });
  for (let ring = 0; ring < RINGS; ring += 1) {
    for (let column = ring; column >= 0; column -= 1) {
      const by = { x: snap(column * (extent.w + CLEAR)), y: snap((ring - column) * (extent.h + CLEAR)) };
      if (free(by)) return by;
    }
  }
  return { x: CLEAR, y: CLEAR };
}

const moved = (rect: Rect, by: Point): Rect => ({ ...rect, x: rect.x + by.x, y: rect.y + by.y });
const homeOf = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')));
const heldIn = (rects: ReadonlyMap<string, Rect>, home: string): Rect[] =>
  [...rects].filter(([path]) => homeOf(path) === home).map(([, rect]) => rect);

/** The hosts that stay, and grow around what is pasted into them. */
function homesOf(doc: Doc, clip: Clip): Set<string> {
  const copied = new Set(clip.nodes.map(pathOf));
  const hosts = new Set(doc.nodes.filter((node) => node.kind === 'host' && !copied.has(node.name)).map((node) => node.name));
  return new Set(clip.nodes.map(hostOf).filter((host): host is string => host !== null && hosts.has(host)));
}
