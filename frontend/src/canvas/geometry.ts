/** Where things stand on the canvas, as pure functions: sizes, host outlines, the way of each link, its ports and labels. */
import { hostOf, pathOf, splitEnd } from '@/document/names';
import type { Doc, LabNode } from '@/document/types';

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

export type Side = 'top' | 'right' | 'bottom' | 'left';

export interface PortPlace extends Point {
  side: Side;
}

export interface LinkPath {
  /** From the first end to the second, straight or with one elbow. */
  points: Point[];
  ends: [PortPlace, PortPlace];
  /** Where the live values stand, and how much room they have along the link. */
  chip: Point & { room: 'full' | 'small' | 'none' };
}

export const GRID = 8;
export const CARD = { w: 184, h: 64 };
export const ROUTER = 104;
export const BAR = { base: 280, perPort: 56, h: 56 };
export const PILL = { base: 288, perPort: 56, h: 40 };
export const NOTE = { w: 200, h: 112 };
const HOST = { minW: 248, minH: 168, left: 16, top: 48, right: 16, bottom: 72 };
/** What two lines of an interface's label need at the end of a link. */
const LABEL = { along: 44, across: 118 };
const CHIP = { w: 152, h: 24 };

export const snap = (value: number): number => Math.round(value / GRID) * GRID;

export function nodeSize(kind: LabNode['kind'], ports: number): { w: number; h: number } {
  switch (kind) {
    case 'router':
      return { w: ROUTER, h: ROUTER };
    case 'bridge':
      return { w: BAR.base + BAR.perPort * ports, h: BAR.h };
    case 'lan':
      return { w: PILL.base + PILL.perPort * ports, h: PILL.h };
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

const center = (rect: Rect): Point => ({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });
export const inside = (point: Point, rect: Rect): boolean =>
  point.x >= rect.x && point.x <= rect.x + rect.w && point.y >= rect.y && point.y <= rect.y + rect.h;

function contains(outer: Rect, inner: Rect): boolean {
  return inside({ x: inner.x, y: inner.y }, outer) && inside({ x: inner.x + inner.w, y: inner.y + inner.h }, outer);
}

/** The shapes that ports may slide along to meet a link straight. */
type Shape = 'card' | 'circle' | 'bar';

function shapeOf(kind: LabNode['kind'] | undefined): Shape {
  if (kind === 'router') return 'circle';
  return kind === 'bridge' || kind === 'lan' || kind === 'host' ? 'bar' : 'card';
}

interface Body {
  rect: Rect;
  shape: Shape;
  links: number;
}

interface Attachment {
  link: number;
  end: 0 | 1;
  side: Side;
  /** Where the port would like to be along its side. */
  wish: number;
  place: PortPlace;
}

const isVertical = (side: Side): boolean => side === 'top' || side === 'bottom';

/** From a node inside a host to the host's own outline: the nearest edge, not the one with the name. */
function sidesWithin(inner: Rect, outer: Rect): Side {
  const gaps: [Side, number][] = [
    ['bottom', outer.y + outer.h - inner.y - inner.h - 8],
    ['left', inner.x - outer.x],
    ['right', outer.x + outer.w - inner.x - inner.w],
  ];
  return gaps.reduce((best, gap) => (gap[1] < best[1] ? gap : best))[0];
}

function chooseSides(a: Body, b: Body): [Side, Side] {
  if (contains(a.rect, b.rect)) {
    const side = sidesWithin(b.rect, a.rect);
    return [side, side];
  }
  if (contains(b.rect, a.rect)) {
    const side = sidesWithin(a.rect, b.rect);
    return [side, side];
  }
  const gapX = Math.max(b.rect.x - a.rect.x - a.rect.w, a.rect.x - b.rect.x - b.rect.w);
  const gapY = Math.max(b.rect.y - a.rect.y - a.rect.h, a.rect.y - b.rect.y - b.rect.h);
  const below = center(b.rect).y >= center(a.rect).y;
  const right = center(b.rect).x >= center(a.rect).x;
  const vertical: [Side, Side] = below ? ['bottom', 'top'] : ['top', 'bottom'];
  const horizontal: [Side, Side] = right ? ['right', 'left'] : ['left', 'right'];
  const bar = a.shape === 'bar' || b.shape === 'bar';
  if (gapX < 0) return vertical;
  if (gapY < 0) return horizontal;
  if (bar) return gapY >= 32 ? vertical : horizontal;
  // Apart both ways: an elbow out of the side of the node with more links, into the top or bottom of the other.
  if (gapX >= 48 && gapY >= 24) return a.links >= b.links ? [horizontal[0], vertical[1]] : [vertical[0], horizontal[1]];
  return gapY >= gapX ? vertical : horizontal;
}

const clamp = (value: number, low: number, high: number): number => (low > high ? (low + high) / 2 : Math.min(Math.max(value, low), high));

/** The stretch of a side on which ports may stand. */
function stretch(body: Body, side: Side): [number, number] {
  const { rect } = body;
  const margin = body.shape === 'circle' ? rect.w * 0.22 : body.shape === 'bar' ? 28 : 20;
  return isVertical(side)
    ? [rect.x + margin, rect.x + rect.w - margin]
    : [rect.y + Math.min(margin, rect.h / 3), rect.y + rect.h - Math.min(margin, rect.h / 3)];
}

function onSide(body: Body, side: Side, along: number): PortPlace {
  const { rect } = body;
  if (body.shape === 'circle') {
    const radius = rect.w / 2;
    const middle = center(rect);
    const offset = clamp(along - (isVertical(side) ? middle.x : middle.y), -radius * 0.8, radius * 0.8);
    const depth = Math.sqrt(radius * radius - offset * offset);
    if (side === 'top') return { side, x: middle.x + offset, y: middle.y - depth };
    if (side === 'bottom') return { side, x: middle.x + offset, y: middle.y + depth };
    return { side, x: side === 'left' ? middle.x - depth : middle.x + depth, y: middle.y + offset };
  }
  if (side === 'top') return { side, x: along, y: rect.y };
  if (side === 'bottom') return { side, x: along, y: rect.y + rect.h };
  return { side, x: side === 'left' ? rect.x : rect.x + rect.w, y: along };
}

/** Puts the ports of one side where they wish, in order and apart from one another. */
function spread(attachments: Attachment[], body: Body): void {
  const side = attachments[0]?.side;
  if (!side) return;
  const [low, high] = stretch(body, side);
  attachments.sort((a, b) => a.wish - b.wish || a.link - b.link);
  const count = attachments.length;
  const step = Math.min(body.shape === 'bar' ? 56 : 40, count > 1 ? (high - low) / (count - 1) : 0);
  if (body.shape !== 'bar') {
    const middle = (low + high) / 2;
    attachments.forEach((one, index) => {
      one.place = onSide(body, side, middle + (index - (count - 1) / 2) * step);
    });
    return;
  }
  let least = low;
  attachments.forEach((one, index) => {
    const along = clamp(one.wish, least, high - step * (count - 1 - index));
    one.place = onSide(body, side, along);
    least = along + step;
  });
}

/** Bars wish their ports under what they are linked to; other shapes keep theirs in the middle. */
function wishes(a: Body, b: Body, sides: [Side, Side]): [number, number] {
  const along = (body: Body, side: Side, other: Body): number => {
    const middle = center(other.rect);
    return clamp(isVertical(side) ? middle.x : middle.y, ...stretch(body, side));
  };
  if (a.shape === 'bar' && b.shape === 'bar' && isVertical(sides[0]) && isVertical(sides[1])) {
    const [lowA, highA] = stretch(a, sides[0]);
    const [lowB, highB] = stretch(b, sides[1]);
    const middle = (Math.max(lowA, lowB) + Math.min(highA, highB)) / 2;
    return [clamp(middle, lowA, highA), clamp(middle, lowB, highB)];
  }
  return [along(a, sides[0], b), along(b, sides[1], a)];
}

function bodies(doc: Doc, rects: ReadonlyMap<string, Rect>): Map<string, Body> {
  const ports = countPorts(doc);
  const kinds = new Map(doc.nodes.map((node) => [pathOf(node), node.kind]));
  return new Map([...rects].map(([path, rect]) => [path, { rect, shape: shapeOf(kinds.get(path)), links: ports.get(path) ?? 0 }]));
}

/** The way of each link, in the document's order; undefined where an end is at no node. */
export function routeLinks(doc: Doc, rects: ReadonlyMap<string, Rect>): (LinkPath | undefined)[] {
  const known = bodies(doc, rects);
  const bySide = new Map<string, Attachment[]>();
  const pairs = doc.links.map((link, index): [Attachment, Attachment] | undefined => {
    const [from, to] = link.ends.map((text) => splitEnd(text).node) as [string, string];
    const [a, b] = [known.get(from), known.get(to)];
    if (!a || !b || from === to) return undefined;
    const sides = chooseSides(a, b);
    const wish = wishes(a, b, sides);
    return [from, to].map((path, end) => {
      const side = sides[end as 0 | 1];
      const attachment = { link: index, end: end as 0 | 1, side, wish: wish[end as 0 | 1], place: { side, x: 0, y: 0 } };
      const key = `${path} ${side}`;
      const there = bySide.get(key);
      if (there) there.push(attachment);
      else bySide.set(key, [attachment]);
      return attachment;
    }) as [Attachment, Attachment];
  });
  settle(bySide, pairs, known);
  return pairs.map((pair) => pair && pathBetween(pair[0].place, pair[1].place));
}

/** Cards and circles first: a bar then puts its ports straight under theirs. */
function settle(bySide: Map<string, Attachment[]>, pairs: ([Attachment, Attachment] | undefined)[], known: Map<string, Body>): void {
  const bodyOf = (key: string): Body => known.get(key.slice(0, key.lastIndexOf(' '))) as Body;
  for (const [key, attachments] of bySide) if (bodyOf(key).shape !== 'bar') spread(attachments, bodyOf(key));
  for (const [key, attachments] of bySide) {
    const body = bodyOf(key);
    if (body.shape !== 'bar') continue;
    for (const one of attachments) {
      const other = pairs[one.link]?.[one.end === 0 ? 1 : 0];
      if (!other || (other.place.x === 0 && other.place.y === 0)) continue;
      one.wish = clamp(isVertical(one.side) ? other.place.x : other.place.y, ...stretch(body, one.side));
    }
    spread(attachments, body);
  }
}

function pathBetween(a: PortPlace, b: PortPlace): LinkPath {
  const elbow = isVertical(a.side) !== isVertical(b.side);
  const corner = isVertical(a.side) ? { x: a.x, y: b.y } : { x: b.x, y: a.y };
  const points = elbow ? [a, corner, b] : [a, b];
  return { points: points.map(({ x, y }) => ({ x, y })), ends: [a, b], chip: chipOn(points) };
}

/** In the middle of the longest stretch, as large as the labels at its ends leave room for. */
function chipOn(points: Point[]): LinkPath['chip'] {
  let best: { from: Point; to: Point; length: number } | undefined;
  for (let index = 1; index < points.length; index += 1) {
    const [from, to] = [points[index - 1] as Point, points[index] as Point];
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    if (!best || length > best.length) best = { from, to, length };
  }
  if (!best) return { x: 0, y: 0, room: 'none' };
  const steep = Math.abs(best.to.y - best.from.y) > Math.abs(best.to.x - best.from.x);
  const taken = points.length > 2 ? 1 : 2;
  const free = best.length - taken * (steep ? LABEL.along : LABEL.across);
  const room = free >= (steep ? CHIP.h + 8 : CHIP.w) ? 'full' : free >= (steep ? 16 : 24) ? 'small' : 'none';
  return { x: (best.from.x + best.to.x) / 2, y: (best.from.y + best.to.y) / 2, room };
}

export interface LabelPlace {
  name: Point;
  address: Point;
  anchor: 'start' | 'end';
  /** Further addresses stand below or above the first. */
  grow: 1 | -1;
}

/** Name over address, right of the link, at its own end; above and below a link that runs level. */
export function labelAt(port: PortPlace, lines: number): LabelPlace {
  const down = 16 * (lines - 1);
  switch (port.side) {
    case 'bottom':
      return { name: { x: port.x + 12, y: port.y + 18 }, address: { x: port.x + 12, y: port.y + 34 }, anchor: 'start', grow: 1 };
    case 'top':
      return {
        name: { x: port.x + 12, y: port.y - 12 - down },
        address: { x: port.x + 12, y: port.y + 4 - down },
        anchor: 'start',
        grow: 1,
      };
    case 'right':
      return { name: { x: port.x + 12, y: port.y - 8 }, address: { x: port.x + 12, y: port.y + 18 }, anchor: 'start', grow: 1 };
    default:
      return { name: { x: port.x - 12, y: port.y - 8 }, address: { x: port.x - 12, y: port.y + 18 }, anchor: 'end', grow: 1 };
  }
}

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
