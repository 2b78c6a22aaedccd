/** The way of each link on the canvas, as pure functions: which side it leaves, its ports, its elbow, its labels. */
import { pathOf, splitEnd } from '@/document/names';
import type { Doc, LabNode } from '@/document/types';
import { BAR, center, countPorts, GRID, HOST, inside, type Point, type Rect } from './geometry';
import { addressesOf } from './read';

type Side = 'top' | 'right' | 'bottom' | 'left';

export interface PortPlace extends Point {
  side: Side;
}

export interface LinkPath {
  /** From the first end to the second, straight or with one elbow. */
  points: Point[];
  ends: [PortPlace, PortPlace];
  /** Where the live values stand, how much room they have along the link, and by how much they hang below it instead. */
  chip: Point & { room: 'full' | 'small' | 'none'; hang: number };
  /** By how much the label of the second end stands further out, past that of the first; null where they have no room. */
  aside: number | null;
}

/** How text stands on the canvas: from further away it is larger, and from far away addresses are left out. */
export interface TextSize {
  scale: number;
  addresses: boolean;
}

const FULL_SIZE: TextSize = { scale: 1, addresses: true };

/** Where a card has its only port: left of the middle, so that the label right of the link stays below the card. */
const CARD_PORT = 72;
/** At most so many addresses stand at the end of a link. */
export const ADDRESSES_SHOWN = 2;
/** Of a character of the mono font at 12 px, and of a line. */
export const CHARACTER = 7.25;
const LINE = 16;
const CHIP = { w: 152, h: 24 };
/** From a level link to the middle of the chip below it, beside the addresses that stand between. */
const HANG = 26;
/** What a host's routes need to stand in whole lines, and how far from a link. */
const FOOT = { roomy: 264, aside: 16 };
const STEPS = { bar: 56, card: 40, circle: 24 };

/** The shapes whose ports may slide along to meet a link straight. */
type Shape = keyof typeof STEPS;

interface Body {
  rect: Rect;
  shape: Shape;
  links: number;
}

function shapeOf(kind: LabNode['kind'] | undefined): Shape {
  if (kind === 'router') return 'circle';
  return kind === 'bridge' || kind === 'lan' || kind === 'host' ? 'bar' : 'card';
}

/** What the label of an end needs along a link: name over addresses, nothing where the end has no name, as at a LAN. */
interface Label {
  steep: number;
  level: number;
  addresses: number;
  /** Of the name alone. */
  name: Pick<Label, 'steep' | 'level'>;
}

const NO_LABEL: Label = { steep: 8, level: 12, addresses: 0, name: { steep: 8, level: 12 } };
const knownLabels = new WeakMap<Doc, [Label, Label][]>();

function labelOf(doc: Doc, end: string): Label {
  const name = splitEnd(end).interface;
  if (name === null) return NO_LABEL;
  const all = addressesOf(doc, end);
  const lines = [name, ...all.slice(0, ADDRESSES_SHOWN), ...(all.length > ADDRESSES_SHOWN ? ['+'] : [])];
  const longest = Math.max(...lines.map((line) => line.length));
  const alone = { steep: 8 + LINE, level: 20 + CHARACTER * name.length };
  return { steep: 8 + LINE * lines.length, level: 20 + CHARACTER * longest, addresses: lines.length - 1, name: alone };
}

function sized({ steep, level, addresses, name }: Label, text: TextSize): Label {
  const shown = text.addresses ? { steep, level, addresses } : { ...name, addresses: 0 };
  return { ...shown, steep: shown.steep * text.scale, level: shown.level * text.scale, name };
}

/** Of each link, found once for each document. */
function labelsOf(doc: Doc): [Label, Label][] {
  const known = knownLabels.get(doc) ?? doc.links.map(({ ends: [a, b] }): [Label, Label] => [labelOf(doc, a), labelOf(doc, b)]);
  knownLabels.set(doc, known);
  return known;
}

interface Attachment {
  link: number;
  end: 0 | 1;
  side: Side;
  /** Where the port would like to be along its side. */
  wish: number;
  place: PortPlace | null;
}

type Pair = readonly [Attachment, Attachment];

const isVertical = (side: Side): boolean => side === 'top' || side === 'bottom';
const clamp = (value: number, low: number, high: number): number => (low > high ? (low + high) / 2 : Math.min(Math.max(value, low), high));

function contains(outer: Rect, inner: Rect): boolean {
  return inside({ x: inner.x, y: inner.y }, outer) && inside({ x: inner.x + inner.w, y: inner.y + inner.h }, outer);
}

/** From a node inside a host to the host's own outline: down where nothing stands below, else to the nearer side. */
function sideWithin(inner: Rect, outer: Rect): Side {
  const below = outer.y + outer.h - inner.y - inner.h;
  if (below <= HOST.bottom + GRID) return 'bottom';
  return inner.x - outer.x <= outer.x + outer.w - inner.x - inner.w ? 'left' : 'right';
}

const NEAR = { x: 48, y: 24 };
const CROWD = 8;

function chooseSides(a: Body, b: Body): [Side, Side] {
  if (contains(a.rect, b.rect) || contains(b.rect, a.rect)) {
    const side = contains(a.rect, b.rect) ? sideWithin(b.rect, a.rect) : sideWithin(a.rect, b.rect);
    return [side, side];
  }
  const gapX = Math.max(b.rect.x - a.rect.x - a.rect.w, a.rect.x - b.rect.x - b.rect.w);
  const gapY = Math.max(b.rect.y - a.rect.y - a.rect.h, a.rect.y - b.rect.y - b.rect.h);
  const vertical: [Side, Side] = center(b.rect).y >= center(a.rect).y ? ['bottom', 'top'] : ['top', 'bottom'];
  const horizontal: [Side, Side] = center(b.rect).x >= center(a.rect).x ? ['right', 'left'] : ['left', 'right'];
  if (gapX < 0) return vertical;
  if (gapY < 0) return horizontal;
  const bars = Number(a.shape === 'bar') + Number(b.shape === 'bar');
  if (bars > 1) return gapY >= NEAR.y ? vertical : horizontal;
  // Past the end of a bar: out of its end, and square to the other; a crowd fans out of its long side instead.
  if (bars === 1 && gapY >= NEAR.y && Math.max(a.links, b.links) > CROWD) return vertical;
  if (bars === 1) return a.shape === 'bar' ? [horizontal[0], vertical[1]] : [vertical[0], horizontal[1]];
  // Apart both ways: an elbow out of the side of the node with more links, into the top or bottom of the other.
  if (gapX >= NEAR.x && gapY >= NEAR.y) return a.links >= b.links ? [horizontal[0], vertical[1]] : [vertical[0], horizontal[1]];
  return gapY >= gapX ? vertical : horizontal;
}

/** The stretch of a side on which ports may stand. */
function stretch({ rect, shape }: Body, side: Side): [number, number] {
  const margin = shape === 'circle' ? rect.w * 0.22 : shape === 'card' ? 20 : rect.h < BAR.h ? 24 : 8;
  if (isVertical(side)) return [rect.x + margin, rect.x + rect.w - margin];
  const inset = Math.min(margin, rect.h / 3);
  return [rect.y + inset, rect.y + rect.h - inset];
}

/** Where a port stands that nothing pulls: left of a card's middle on its top and bottom, else in the middle. */
function home(body: Body, side: Side): number {
  const middle = center(body.rect);
  if (!isVertical(side)) return middle.y;
  return body.shape === 'card' ? body.rect.x + CARD_PORT : middle.x;
}

/** Ports wish to face each other, where their sides overlap; else each is at home, and a bar's as near to the other as can be. */
function wishes(a: Body, b: Body, [sideA, sideB]: [Side, Side]): [number, number] {
  const [lowA, highA] = stretch(a, sideA);
  const [lowB, highB] = stretch(b, sideB);
  if (isVertical(sideA) === isVertical(sideB)) {
    const [low, high] = [Math.max(lowA, lowB), Math.min(highA, highB)];
    if (low <= high) {
      const leader = a.shape === 'bar' ? b : a;
      const wish = a.shape === 'bar' && b.shape === 'bar' ? (low + high) / 2 : clamp(home(leader, sideA), low, high);
      return [wish, wish];
    }
  }
  const wish = (body: Body, side: Side, other: Body): number => {
    if (body.shape !== 'bar') return home(body, side);
    const middle = center(other.rect);
    if (!isVertical(side)) return elbowWish(body.rect, middle);
    return clamp(isVertical(side) ? middle.x : middle.y, ...stretch(body, side));
  };
  return [wish(a, sideA, b), wish(b, sideB, a)];
}

/** At the end of a bar, links that turn off sooner stand further out, so that none crosses another. */
function elbowWish(bar: Rect, other: Point): number {
  const { x, y } = center(bar);
  const outward = other.y < y ? -1 : 1;
  return y + outward * Math.max(1, 10 - Math.abs(other.x - x) / 1000);
}

function onSide(body: Body, side: Side, along: number): PortPlace {
  const { rect } = body;
  if (body.shape === 'circle') {
    const radius = rect.w / 2;
    const middle = center(rect);
    const offset = clamp(along - (isVertical(side) ? middle.x : middle.y), -radius * 0.8, radius * 0.8);
    const depth = Math.sqrt(radius * radius - offset * offset);
    if (isVertical(side)) return { side, x: middle.x + offset, y: middle.y + (side === 'top' ? -depth : depth) };
    return { side, x: middle.x + (side === 'left' ? -depth : depth), y: middle.y + offset };
  }
  if (isVertical(side)) return { side, x: along, y: side === 'top' ? rect.y : rect.y + rect.h };
  return { side, x: side === 'left' ? rect.x : rect.x + rect.w, y: along };
}

/** Puts the ports of one side where they wish, in order and apart from one another. */
function spread(attachments: Attachment[], body: Body, facing: (one: Attachment) => number): void {
  const first = attachments[0];
  if (!first) return;
  const { side } = first;
  if (attachments.length === 1) {
    first.place = onSide(body, side, first.wish);
    return;
  }
  const [low, high] = stretch(body, side);
  const order = (one: Attachment) => (body.shape === 'bar' ? one.wish : facing(one));
  attachments.sort((a, b) => order(a) - order(b) || a.link - b.link);
  const count = attachments.length;
  const room = (high - low) / (count - 1);
  const step = Math.min(STEPS[body.shape], room);
  const middle = (low + high) / 2;
  let least = low;
  attachments.forEach((one, index) => {
    let along = middle + (index - (count - 1) / 2) * step;
    // A crowded bar has its ports at even distances: one that moves leaves the others where they are.
    if (body.shape === 'bar' && room > step) along = clamp(one.wish, least, high - step * (count - 1 - index));
    one.place = onSide(body, side, along);
    least = along + step;
  });
}

function bodiesOf(doc: Doc, rects: ReadonlyMap<string, Rect>): Map<string, Body> {
  const ports = countPorts(doc);
  const kinds = new Map(doc.nodes.map((node) => [pathOf(node), node.kind]));
  const body = (path: string, rect: Rect): Body => {
    return { rect, shape: shapeOf(kinds.get(path)), links: ports.get(path) ?? 0 };
  };
  return new Map([...rects].map(([path, rect]) => [path, body(path, rect)]));
}

/** The way of each link, in the document's order; undefined where an end is at no node. */
export function routeLinks(doc: Doc, rects: ReadonlyMap<string, Rect>, text = FULL_SIZE): (LinkPath | undefined)[] {
  const bodies = bodiesOf(doc, rects);
  const sides = new Map<string, { body: Body; attachments: Attachment[] }>();
  const attach = (path: string, body: Body, attachment: Attachment) => {
    const key = `${path} ${attachment.side}`;
    const there = sides.get(key);
    if (there) there.attachments.push(attachment);
    else sides.set(key, { body, attachments: [attachment] });
    return attachment;
  };
  const ends = doc.links.map((link) => link.ends.map((text) => splitEnd(text).node) as [string, string]);
  const pairs = ends.map(([from, to], link): Pair | undefined => {
    const [a, b] = [bodies.get(from), bodies.get(to)];
    if (!a || !b || from === to) return undefined;
    const [sideA, sideB] = chooseSides(a, b);
    const [wishA, wishB] = wishes(a, b, [sideA, sideB]);
    return [
      attach(from, a, { link, end: 0, side: sideA, wish: wishA, place: null }),
      attach(to, b, { link, end: 1, side: sideB, wish: wishB, place: null }),
    ];
  });
  settle([...sides.values()], pairs, (one) => {
    const other = center((bodies.get(ends[one.link]?.[one.end === 0 ? 1 : 0] ?? '') as Body).rect);
    return isVertical(one.side) ? other.x : other.y;
  });
  const rooms = labelsOf(doc);
  return pairs.map((pair, index) => {
    const room = rooms[index];
    return room && pair?.[0].place && pair[1].place ? pathBetween(pair[0].place, pair[1].place, room, text) : undefined;
  });
}

type Facing = (one: Attachment) => number;

/** Cards and circles first: a bar then puts its ports straight under theirs. */
function settle(sides: { body: Body; attachments: Attachment[] }[], pairs: readonly (Pair | undefined)[], facing: Facing): void {
  for (const { body, attachments } of sides) if (body.shape !== 'bar') spread(attachments, body, facing);
  for (const { body, attachments } of sides) {
    if (body.shape !== 'bar') continue;
    for (const one of attachments) {
      const place = pairs[one.link]?.[one.end === 0 ? 1 : 0].place;
      if (place && isVertical(place.side) === isVertical(one.side)) {
        one.wish = clamp(isVertical(one.side) ? place.x : place.y, ...stretch(body, one.side));
      }
    }
    spread(attachments, body, facing);
  }
}

function pathBetween(a: PortPlace, b: PortPlace, ends: [Label, Label], text: TextSize): LinkPath {
  const elbow = isVertical(a.side) !== isVertical(b.side);
  const corner = isVertical(a.side) ? { x: a.x, y: b.y } : { x: b.x, y: a.y };
  const points = (elbow ? [a, corner, b] : [a, b]).map(({ x, y }) => ({ x, y }));
  return { points, ends: [a, b], ...roomOn(points, within(a, b, ends), text) };
}

/** The label of a link within a host stands outside it, at the end on its outline. */
function within(a: PortPlace, b: PortPlace, [first, last]: [Label, Label]): [Label, Label] {
  if (a.side !== b.side) return [first, last];
  const outward = a.side === 'right' || a.side === 'bottom' ? 1 : -1;
  const further = isVertical(a.side) ? b.y - a.y : b.x - a.x;
  return further * outward > 0 ? [first, NO_LABEL] : [NO_LABEL, last];
}

/** The chip stands in the middle of the longest stretch, or as near to it as the labels at its ends allow. */
function roomOn(points: Point[], labels: [Label, Label], text: TextSize): Pick<LinkPath, 'chip' | 'aside'> {
  const [first, last] = labels.map((label) => sized(label, text)) as [Label, Label];
  const chipSize = { w: CHIP.w * text.scale, h: CHIP.h * text.scale };
  const lengths = points.slice(1).map((to, index) => Math.hypot(to.x - (points[index] as Point).x, to.y - (points[index] as Point).y));
  const longest = lengths.indexOf(Math.max(...lengths));
  const [from, to, length] = [points[longest] as Point, points[longest + 1] as Point, lengths[longest] as number];
  const lie = Math.abs(to.y - from.y) > Math.abs(to.x - from.x) ? 'steep' : 'level';
  const before = longest === 0 ? first[lie] : NO_LABEL.steep * text.scale;
  const after = longest === lengths.length - 1 ? last[lie] : NO_LABEL.steep * text.scale;
  const free = length - before - after;
  const [full, small] = lie === 'steep' ? [chipSize.h + 4, 14 * text.scale] : [chipSize.w, chipSize.h];
  const beside = points.length > 2 || free >= 0;
  const aside = beside ? 0 : lie === 'level' && length >= Math.max(before, after) ? LINE * Math.max(1, first.addresses) : null;
  // Between the labels of a level link there is seldom room: the values hang below them.
  const lines = Math.max(first.addresses, last.addresses);
  const hang =
    lie === 'level' && free < full && length >= chipSize.w / 2 && aside !== null
      ? text.scale * (HANG + (lines > 0 ? aside + LINE * lines : 0))
      : 0;
  // Labels without room are hidden, which leaves it to the values.
  const alone = lie === 'steep' && aside === null && length >= full;
  const room = free >= full || hang > 0 || alone ? 'full' : free >= small ? 'small' : 'none';
  const half = (lie === 'level' && room === 'full' && hang === 0 ? chipSize.w : chipSize.h) / 2;
  const along = length === 0 ? 0.5 : clamp(length / 2, before + half, length - after - half) / length;
  const chip = { x: from.x + (to.x - from.x) * along, y: from.y + (to.y - from.y) * along, room, hang } as const;
  return { chip, aside };
}

interface LabelPlace {
  x: number;
  /** Base lines. */
  name: number;
  address: number;
  anchor: 'start' | 'end';
}

/** From a port: name over address, right of the link; above and below a link that runs level, there further out by `aside`. */
export function labelAt(side: Side, lines: number, aside = 0): LabelPlace {
  const down = LINE * (lines - 1);
  if (side === 'bottom') return { x: 12, name: 18, address: 34, anchor: 'start' };
  if (side === 'top') return { x: 12, name: -12 - down, address: 4 - down, anchor: 'start' };
  const name = aside > 0 ? -8 - LINE : -8;
  return side === 'right' ? { x: 12, name, address: 18 + aside, anchor: 'start' } : { x: -12, name, address: 18 + aside, anchor: 'end' };
}

/** The routes at a host's foot stand beside the links that leave it there: in the first stretch with room for them, else in the widest. */
export function footSpan(width: number, ports: readonly PortPlace[]): { left: number; width: number; narrow: boolean } {
  const below = ports.filter((port) => port.side === 'bottom').map((port) => port.x);
  const cuts = below.sort((a, b) => a - b);
  const edges = [HOST.left - FOOT.aside, ...cuts, width - HOST.right + FOOT.aside];
  const spans = edges.slice(1).map((right, index) => ({ left: (edges[index] as number) + FOOT.aside, right: right - FOOT.aside }));
  const room = (span: { left: number; right: number }) => span.right - span.left;
  const best = spans.find((span) => room(span) >= FOOT.roomy) ?? spans.reduce((a, b) => (room(b) > room(a) ? b : a));
  return { left: best.left, width: Math.max(0, room(best)), narrow: room(best) < FOOT.roomy };
}
