/** The way of a traced packet over the drawing, as a pure function. */
import { hostOf, IMPLIED_HOST, pathOf, splitEnd } from '@/document/names';
import type { Doc } from '@/document/types';
import type { TraceResult } from '@/generated/messages';
import type { Point, Rect } from './geometry';
import type { LinkPath } from './routing';

interface Hop extends Point {
  n: number;
  rtt: number | null;
  /** Which way its time stands, so that it does not stand on the node. */
  above: boolean;
}

export interface Trail {
  points: Point[];
  /** Where each hop that answered stands: on the port by which the packet came to it; at a bridge, where it left. */
  hops: Hop[];
  /** Every node on the way. */
  nodes: Set<string>;
}

interface Step {
  to: string;
  /** The link that is taken; null from a bridge into the namespace that it is in, where the kernel forwards. */
  link: number | null;
}

/** Who can hand a packet to whom. */
function neighbours(doc: Doc): Map<string, Step[]> {
  const found = new Map<string, Step[]>();
  const join = (a: string, b: string, link: number | null) => {
    found.set(a, [...(found.get(a) ?? []), { to: b, link }]);
    found.set(b, [...(found.get(b) ?? []), { to: a, link }]);
  };
  doc.links.forEach((link, index) => {
    const [a, b] = link.ends.map((text) => splitEnd(text).node) as [string, string];
    join(a, b, index);
  });
  for (const node of doc.nodes) {
    if (node.kind !== 'bridge' || !node.addresses?.length) continue;
    const host = hostOf(node);
    join(pathOf(node), node.in ? (host ? `${host}/${node.in}` : node.in) : (host ?? IMPLIED_HOST), null);
  }
  return found;
}

/** The shortest way between two nodes, without the first. */
function way(steps: ReadonlyMap<string, Step[]>, from: string, to: string): Step[] | null {
  if (from === to) return [];
  const came = new Map<string, { from: string; step: Step }>();
  const queue = [from];
  for (const at of queue) {
    for (const step of steps.get(at) ?? []) {
      if (step.to === from || came.has(step.to)) continue;
      came.set(step.to, { from: at, step });
      if (step.to === to) return backwards(came, from, to);
      queue.push(step.to);
    }
  }
  return null;
}

function backwards(came: ReadonlyMap<string, { from: string; step: Step }>, from: string, to: string): Step[] {
  const steps: Step[] = [];
  for (let at = to; at !== from; ) {
    const entry = came.get(at);
    if (!entry) return [];
    steps.unshift(entry.step);
    at = entry.from;
  }
  return steps;
}

interface Drawing {
  doc: Doc;
  rects: ReadonlyMap<string, Rect>;
  paths: readonly (LinkPath | undefined)[];
}

const middle = (rect: Rect): Point => ({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });

/** From one port of a node to another, square, through its middle. */
function across(from: Point, to: Point, rect: Rect): Point[] {
  const { x, y } = middle(rect);
  if (from.x === to.x || from.y === to.y) return [];
  const level = rect.w >= rect.h;
  return level
    ? [
        { x: from.x, y },
        { x: to.x, y },
      ]
    : [
        { x, y: from.y },
        { x, y: to.y },
      ];
}

/** Where a packet that is forwarded by a bridge's host leaves the bridge. */
function exit(bar: Rect, to: Point): Point & { above: boolean } {
  const below = to.y > bar.y + bar.h / 2;
  return { x: Math.min(Math.max(to.x, bar.x + 8), bar.x + bar.w - 8), y: below ? bar.y + bar.h : bar.y, above: !below };
}

export function trailOf(drawing: Drawing, from: string, trace: TraceResult): Trail {
  const { doc, rects } = drawing;
  const steps = neighbours(doc);
  const kinds = new Map(doc.nodes.map((node) => [pathOf(node), node.kind]));
  const trail: Trail = { points: [], hops: [], nodes: new Set([from]) };
  let at = from;
  let passed: string[] = [from];
  /** A hop at a bridge, until it is known where the packet leaves. */
  let open: { hop: Hop; bar: Rect } | null = null;

  const take = (step: Step) => {
    const points = along(drawing, at, step);
    const [last, first] = [trail.points.at(-1), points[0]];
    const rect = rects.get(passed.find((path) => kinds.get(path) !== 'host') ?? passed[0] ?? '');
    if (last && first && rect) trail.points.push(...across(last, first, rect));
    if (open && first) Object.assign(open.hop, exit(open.bar, first));
    if (first) open = null;
    trail.points.push(...points);
    passed = first ? [step.to] : [...passed, step.to];
    at = step.to;
    trail.nodes.add(at);
  };

  trace.hops.forEach(({ node, rtt_ms }, index) => {
    if (!node) return;
    for (const step of way(steps, at, node) ?? []) take(step);
    const rect = rects.get(node);
    const place = trail.points.at(-1) ?? (rect && middle(rect));
    if (!place) return;
    const hop: Hop = { ...place, n: index + 1, rtt: rtt_ms ?? null, above: rect !== undefined && place.y < rect.y + rect.h / 2 };
    trail.hops.push(hop);
    open = rect && kinds.get(node) === 'bridge' ? { hop, bar: rect } : null;
    at = node;
    trail.nodes.add(node);
  });
  return trail;
}

function along({ doc, paths }: Drawing, at: string, step: Step): Point[] {
  const path = step.link === null ? undefined : paths[step.link];
  if (!path || step.link === null) return [];
  const forward = splitEnd(doc.links[step.link]?.ends[0] ?? '').node === at;
  return forward ? path.points : [...path.points].reverse();
}
