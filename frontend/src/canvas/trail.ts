/** The way of a traced packet over the drawing, as a pure function. */
import { hostOf, IMPLIED_HOST, pathOf, splitEnd } from '@/document/names';
import type { Doc } from '@/document/types';
import type { TraceResult } from '@/generated/messages';
import type { Point, Rect } from './geometry';
import type { LinkPath } from './routing';

export interface Trail {
  points: Point[];
  /** Where each hop that answered stands: on the port by which the packet came to it. */
  hops: (Point & { n: number; rtt: number | null })[];
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

const middle = (rect: Rect): Point => ({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 });

export function trailOf(
  doc: Doc,
  rects: ReadonlyMap<string, Rect>,
  paths: readonly (LinkPath | undefined)[],
  from: string,
  trace: TraceResult,
): Trail {
  const steps = neighbours(doc);
  const trail: Trail = { points: [], hops: [] };
  let at = from;
  trace.hops.forEach((hop, index) => {
    if (!hop.node) return;
    for (const step of way(steps, at, hop.node) ?? []) {
      trail.points.push(...along(doc, paths, at, step));
      at = step.to;
    }
    const rect = rects.get(hop.node);
    const place = trail.points.at(-1) ?? (rect && middle(rect));
    if (place) trail.hops.push({ ...place, n: index + 1, rtt: hop.rtt_ms ?? null });
    at = hop.node;
  });
  return trail;
}

function along(doc: Doc, paths: readonly (LinkPath | undefined)[], at: string, step: Step): Point[] {
  const path = step.link === null ? undefined : paths[step.link];
  if (!path || step.link === null) return [];
  const forward = splitEnd(doc.links[step.link]?.ends[0] ?? '').node === at;
  return forward ? path.points : [...path.points].reverse();
}
