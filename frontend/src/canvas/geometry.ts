/** Where nodes stand on the canvas, as pure functions: sizes, places, host outlines. */
import { hostOf, pathOf, splitEnd } from '@/document/names';
import type { Doc, LabNode, LabNote } from '@/document/types';

export interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Point {
  x: number;
  y: number;
}

export const GRID = 8;
export const CARD = { w: 184, h: 64 };
const ROUTER = 104;
export const BAR = { base: 280, h: 56 };
const PILL = { base: 288, h: 40 };
/** A bridge or LAN grows by a port's width; from so many ports on they stand side by side. */
const PORT = { width: 56, crowded: 11, roomy: 24 };
export const NOTE = { w: 200, h: 112 };
/** The smallest host has room for a bridge. */
export const HOST = { minW: 312, minH: 176, left: 16, top: 48, right: 16, bottom: 72 };
export const noteRect = (note: LabNote): Rect => ({ x: note.x ?? 0, y: note.y ?? 0, w: note.width ?? NOTE.w, h: note.height ?? NOTE.h });
export const snap = (value: number): number => Math.round(value / GRID) * GRID;

function portsWidth(ports: number): number {
  return PORT.width * Math.min(ports, PORT.roomy) + PORT.crowded * Math.max(0, ports - PORT.roomy);
}

export function nodeSize(kind: LabNode['kind'], ports: number): { w: number; h: number } {
  switch (kind) {
    case 'router':
      return { w: ROUTER, h: ROUTER };
    case 'bridge':
      return { w: BAR.base + portsWidth(ports), h: BAR.h };
    case 'lan':
      return { w: PILL.base + portsWidth(ports), h: PILL.h };
    case 'host':
      return { w: HOST.minW, h: HOST.minH };
    default:
      return CARD;
  }
}

/** Links per node, by path. */
export function countPorts(doc: Doc): Map<string, number> {
  const count = new Map<string, number>();
  for (const link of doc.links) {
    for (const text of link.ends) {
      const { node } = splitEnd(text);
      count.set(node, (count.get(node) ?? 0) + 1);
    }
  }
  return count;
}

/** A host's outline: around what it holds, and at least its smallest size at its own place. */
export function hostRect(place: Point, held: readonly Rect[]): Rect {
  let [left, top, right, bottom] = [place.x, place.y, place.x + HOST.minW, place.y + HOST.minH];
  if (held.length > 0) {
    // A host stands where what it holds stands; its own place counts while it is empty.
    [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const rect of held) {
      left = Math.min(left, rect.x - HOST.left);
      top = Math.min(top, rect.y - HOST.top);
      right = Math.max(right, rect.x + rect.w + HOST.right);
      bottom = Math.max(bottom, rect.y + rect.h + HOST.bottom);
    }
    right = Math.max(right, left + HOST.minW);
    bottom = Math.max(bottom, top + HOST.minH);
  }
  return { x: left, y: top, w: right - left, h: bottom - top };
}

/** Nodes that have no place yet stand in rows below the others. */
function placeOf(node: LabNode, next: () => Point): Point {
  return typeof node.x === 'number' && typeof node.y === 'number' ? { x: node.x, y: node.y } : next();
}

function rows(below: number): () => Point {
  let index = 0;
  return () => {
    const point = { x: (index % 5) * 440, y: below + Math.floor(index / 5) * 208 };
    index += 1;
    return point;
  };
}

/** The rectangle of every node by path. */
export function placeNodes(doc: Doc): Map<string, Rect> {
  const ports = countPorts(doc);
  const lowest = Math.max(-96, ...doc.nodes.map((node) => node.y ?? Number.NEGATIVE_INFINITY));
  const next = rows(lowest + 96);
  const rects = new Map<string, Rect>();
  const held = new Map<string, Rect[]>();
  for (const node of doc.nodes) {
    if (node.kind === 'host') continue;
    const path = pathOf(node);
    const rect = { ...placeOf(node, next), ...nodeSize(node.kind, ports.get(path) ?? 0) };
    rects.set(path, rect);
    const host = hostOf(node);
    if (host !== null) held.set(host, [...(held.get(host) ?? []), rect]);
  }
  for (const node of doc.nodes) {
    if (node.kind === 'host') rects.set(node.name, hostRect(placeOf(node, next), held.get(node.name) ?? []));
  }
  return rects;
}

export const center = (rect: Rect): Point => ({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });
export const inside = (point: Point, rect: Rect): boolean =>
  point.x >= rect.x && point.x <= rect.x + rect.w && point.y >= rect.y && point.y <= rect.y + rect.h;

export function bounds(rects: Iterable<Rect>): Rect | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const rect of rects) {
    left = Math.min(left, rect.x);
    top = Math.min(top, rect.y);
    right = Math.max(right, rect.x + rect.w);
    bottom = Math.max(bottom, rect.y + rect.h);
  }
  return left === Infinity ? undefined : { x: left, y: top, w: right - left, h: bottom - top };
}
