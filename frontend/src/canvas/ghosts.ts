/** What was done by hand, as it is drawn over the drawing: what is there and not drawn, what is drawn and gone, and marks on the rest. */
import { IMPLIED_HOST, splitEnd } from '@/document/names';
import type { Doc } from '@/document/types';
import type { PlanEntry, Stranger } from '@/generated/messages';
import { overlaps } from './free';
import { BAR, bounds, CARD, center, GRID, HOST, inside, type Point, type Rect } from './geometry';

type Size = Pick<Rect, 'w' | 'h'>;

export interface GhostNode {
  path: string;
  shape: 'card' | 'bar';
  rect: Rect;
}

export interface GhostLink {
  ends: [string, string];
  from: Point;
  to: Point;
}

/** At an end of a link that is drawn. */
export interface EndMark {
  link: number;
  end: 0 | 1;
  entries: PlanEntry[];
}

export interface Ghosts {
  /** There, and not drawn. */
  nodes: GhostNode[];
  /** Around hosts that must grow to hold what was made in them. */
  frames: Map<string, Rect>;
  links: GhostLink[];
  /** Drawn, and gone. */
  goneNodes: Map<string, PlanEntry>;
  goneLinks: Map<number, PlanEntry>;
  /** Different from what was applied: of nodes by their path, of links by their end as the drawing writes it. */
  nodeMarks: Map<string, PlanEntry[]>;
  endMarks: Map<string, EndMark>;
}

/** What is made by hand stands in its host; where none is drawn, in a row below the drawing, and what joins several of those below them. */
const ROW = { gap: 56, below: 88, apart: 96 };
/** Room for the names at a link's ends. */
const CLEAR = 6 * GRID;
const MADE_NODES = new Set(['AddNamespace', 'AddHost', 'AddBridge', 'AddLan']);
const GONE_NODES = new Set(['RemoveNamespace', 'RemoveHost', 'RemoveBridge', 'RemoveLan']);
const GONE_LINKS = new Set(['RemoveVeth', 'RemoveCard']);

/** Where a line between the middles of two rectangles leaves the first. */
export function leaving(rect: Rect, towards: Point): Point {
  const { x, y } = center(rect);
  const [dx, dy] = [towards.x - x, towards.y - y];
  const scale = Math.min(dx === 0 ? Infinity : rect.w / 2 / Math.abs(dx), dy === 0 ? Infinity : rect.h / 2 / Math.abs(dy));
  return scale === Infinity ? { x, y } : { x: x + dx * scale, y: y + dy * scale };
}

/** Where something new stands in a host: where there is room, else beside or below what the host holds, where that grows into nothing. */
function placeInHost(host: Rect, size: Size, others: readonly Rect[]): Rect {
  const { left, top, right, bottom } = HOST;
  const isFree = (rect: Rect) => !others.some((other) => overlaps(rect, other, CLEAR));
  for (let y = host.y + top; y + size.h + bottom <= host.y + host.h; y += GRID) {
    for (let x = host.x + left; x + size.w + right <= host.x + host.w; x += GRID) {
      if (isFree({ x, y, ...size })) return { x, y, ...size };
    }
  }
  const beside = { x: host.x + host.w + CLEAR - right, y: host.y + top, ...size };
  const below = { x: host.x + left, y: host.y + host.h + ROW.below - bottom, ...size };
  const outside = others.filter((other) => !inside(center(other), host));
  const fits = (rect: Rect) => isFree(rect) && !outside.some((other) => overlaps(grown(host, rect), other, GRID));
  return [below, beside].find(fits) ?? below;
}

/** The outline of a host that also holds a rectangle. */
function grown(host: Rect, held: Rect): Rect {
  const right = Math.max(host.x + host.w, held.x + held.w + HOST.right);
  const bottom = Math.max(host.y + host.h, held.y + held.h + HOST.bottom);
  return { x: host.x, y: host.y, w: right - host.x, h: bottom - host.y };
}

/** The line between two nodes; out of what is in a host, down to its foot, where the host's own interfaces are. */
function between(one: Rect, other: Rect): [Point, Point] {
  if (inside(center(one), other)) return [down(one, one), down(one, other)];
  if (inside(center(other), one)) return [down(other, one), down(other, other)];
  return [leaving(one, center(other)), leaving(other, center(one))];
}

const down = (from: Rect, to: Rect): Point => ({ x: center(from).x, y: to.y + to.h });

class Picture {
  readonly ghosts: Ghosts = {
    nodes: [],
    frames: new Map(),
    links: [],
    goneNodes: new Map(),
    goneLinks: new Map(),
    nodeMarks: new Map(),
    endMarks: new Map(),
  };
  private readonly rects: Map<string, Rect>;
  private readonly ends = new Map<string, { link: number; end: 0 | 1 }>();
  private readonly homes = new Map<string, string>();
  private readonly joined = new Map<string, Set<string>>();
  private next: Point;
  private nextJoint: Point;

  constructor(doc: Doc, rects: ReadonlyMap<string, Rect>, entries: readonly PlanEntry[]) {
    this.rects = new Map(rects);
    doc.links.forEach((link, index) => {
      link.ends.forEach((text, end) => {
        this.ends.set(text, { link: index, end: end as 0 | 1 });
      });
    });
    for (const { node, params } of entries) {
      if (node && params.interface && params.netns) this.homes.set(`${params.netns}:${params.interface}`, node);
    }
    const all = bounds(rects.values()) ?? { x: 0, y: 0, w: 0, h: 0 };
    this.next = { x: all.x, y: all.y + all.h + ROW.below };
    this.nextJoint = { x: all.x, y: this.next.y + CARD.h + ROW.apart };
    this.join(entries);
  }

  /** Which of what was made by hand are linked to each other. */
  private join(entries: readonly PlanEntry[]): void {
    for (const { op, node } of entries) if (MADE_NODES.has(op) && node) this.joined.set(node, new Set());
    for (const { op, params } of entries) {
      if (op !== 'AddVeth') continue;
      const [one, other] = this.endsOf(params).map((end) => splitEnd(end).node) as [string, string];
      if (one === other || !this.joined.has(one) || !this.joined.has(other)) continue;
      this.joined.get(one)?.add(other);
      this.joined.get(other)?.add(one);
    }
  }

  /** It has its place after those that it joins, under their middle: so no line runs through a third. */
  isJoint(path: string | null | undefined): boolean {
    return path != null && (this.joined.get(path)?.size ?? 0) > 1;
  }

  /** A node that is not drawn gets a place. */
  private place(path: string, shape: GhostNode['shape'] = 'card'): Rect {
    const known = this.rects.get(path);
    if (known) return known;
    const rect = this.find(path, shape === 'bar' ? { w: BAR.base, h: BAR.h } : CARD);
    this.rects.set(path, rect);
    this.ghosts.nodes.push({ path, shape, rect });
    return rect;
  }

  private find(path: string, size: Size): Rect {
    const name = path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
    const host = this.rects.get(name);
    if (!host && this.isJoint(path)) {
      const others = [...(this.joined.get(path) ?? [])].flatMap((other) => this.rects.get(other) ?? []);
      const middle = others.reduce((sum, other) => sum + center(other).x, 0) / Math.max(others.length, 1);
      const rect = { x: Math.max(this.nextJoint.x, middle - size.w / 2), y: this.nextJoint.y, ...size };
      this.nextJoint = { x: rect.x + rect.w + ROW.gap, y: rect.y };
      return rect;
    }
    if (!host) {
      const rect = { ...this.next, ...size };
      this.next = { x: rect.x + rect.w + ROW.gap, y: rect.y };
      return rect;
    }
    const others = [...this.rects].filter(([other]) => other !== name).map(([, rect]) => rect);
    const rect = placeInHost(host, size, others);
    const frame = grown(host, rect);
    if (frame.w > host.w || frame.h > host.h) {
      this.rects.set(name, frame);
      this.ghosts.frames.set(name, frame);
    }
    return rect;
  }

  /** The end of a link as the drawing writes it: a port is drawn at its bridge. */
  private end(netns: string, name: string): string {
    return `${this.homes.get(`${netns}:${name}`) ?? netns}:${name}`;
  }

  private endsOf({ a = '', a_netns = '', b = '', b_netns = '' }: PlanEntry['params']): [string, string] {
    return [this.end(a_netns, a), this.end(b_netns, b)];
  }

  addNode(entry: PlanEntry): void {
    if (entry.node && !this.rects.has(entry.node)) this.place(entry.node, entry.op === 'AddBridge' ? 'bar' : 'card');
    else this.mark(entry);
  }

  addLink(entry: PlanEntry): void {
    const ends = this.endsOf(entry.params);
    const nodes = ends.map((end) => splitEnd(end).node);
    if (nodes[0] === nodes[1] || ends.some((end) => this.ends.has(end))) {
      this.mark(entry);
      return;
    }
    for (const node of nodes) this.place(node); // the second may have the first, its host, grow
    const [one, other] = nodes.map((node) => this.place(node)) as [Rect, Rect];
    const [from, to] = between(one, other);
    this.ghosts.links.push({ ends, from, to });
  }

  remove(entry: PlanEntry): void {
    const at = this.ends.get(`${entry.node}:${entry.interface}`);
    if (GONE_LINKS.has(entry.op) && at) this.ghosts.goneLinks.set(at.link, entry);
    else if (GONE_NODES.has(entry.op) && entry.node && this.rects.has(entry.node)) this.ghosts.goneNodes.set(entry.node, entry);
    else this.mark(entry);
  }

  /** The host that no drawing need have is shown where there is something to show at it. */
  showHost(node: string): void {
    if (node === IMPLIED_HOST) this.place(node);
  }

  mark(entry: PlanEntry): void {
    if (!entry.node) return;
    this.showHost(entry.node);
    const { nodeMarks, endMarks } = this.ghosts;
    const end = `${entry.node}:${entry.interface}`;
    const at = this.ends.get(end);
    if (at) endMarks.set(end, { ...at, entries: [...(endMarks.get(end)?.entries ?? []), entry] });
    else if (this.rects.has(entry.node)) nodeMarks.set(entry.node, [...(nodeMarks.get(entry.node) ?? []), entry]);
  }
}

/** The drawing with the names of its interfaces, as far as they are known. */
export const withNames = (drawn: Doc, completed: Doc | null): Doc => (completed?.links.length === drawn.links.length ? completed : drawn);

/** `doc`: completed, so that its links name their interfaces. `rects`: where its nodes stand. */
export function ghostsOf(
  doc: Doc,
  rects: ReadonlyMap<string, Rect>,
  entries: readonly PlanEntry[],
  strangers: readonly Stranger[] = [],
): Ghosts {
  const picture = new Picture(doc, rects, entries);
  const made = entries.filter((entry) => MADE_NODES.has(entry.op));
  for (const joint of [false, true]) for (const entry of made) if (picture.isJoint(entry.node) === joint) picture.addNode(entry);
  for (const entry of entries) {
    if (entry.op === 'AddVeth') picture.addLink(entry);
    else if (GONE_LINKS.has(entry.op) || GONE_NODES.has(entry.op)) picture.remove(entry);
    else if (!MADE_NODES.has(entry.op)) picture.mark(entry);
  }
  for (const { node } of strangers) picture.showHost(node);
  return picture.ghosts;
}
