/** Where everything on the canvas is at this moment, also in the middle of a drag. Each link and node reads its own part. */
import { create } from 'zustand';
import { splitEnd } from '@/document/names';
import type { Doc } from '@/document/types';
import type { Rect } from './geometry';
import { type LinkPath, type PortPlace, routeLinks } from './routing';
import { textSize } from './useZoomBand';

export interface NodePort extends PortPlace {
  link: number;
  end: 0 | 1;
}

interface GeometryStore {
  rects: ReadonlyMap<string, Rect>;
  paths: readonly (LinkPath | undefined)[];
  ports: ReadonlyMap<string, readonly NodePort[]>;
}

export const useGeometry = create<GeometryStore>()(() => ({ rects: new Map(), paths: [], ports: new Map() }));

const samePoint = (a: { x: number; y: number }, b: { x: number; y: number }): boolean => a.x === b.x && a.y === b.y;

function samePath(a: LinkPath | undefined, b: LinkPath | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.points.length === b.points.length &&
    a.aside === b.aside &&
    a.chip.room === b.chip.room &&
    a.chip.hang === b.chip.hang &&
    samePoint(a.chip, b.chip) &&
    a.points.every((point, index) => samePoint(point, b.points[index] as Rect)) &&
    a.ends[0].side === b.ends[0].side &&
    a.ends[1].side === b.ends[1].side
  );
}

const samePort = (a: NodePort, b: NodePort | undefined): boolean =>
  b !== undefined && samePoint(a, b) && a.link === b.link && a.end === b.end && a.side === b.side;

/** Ports relative to their node's corner, so that a node that is dragged with its links alone is not drawn again. */
function portsOf(doc: Doc, rects: ReadonlyMap<string, Rect>, paths: readonly (LinkPath | undefined)[]): Map<string, NodePort[]> {
  const ports = new Map<string, NodePort[]>();
  doc.links.forEach((link, index) => {
    const path = paths[index];
    if (!path) return;
    link.ends.forEach((text, end) => {
      const { node } = splitEnd(text);
      const rect = rects.get(node) as Rect;
      const place = path.ends[end as 0 | 1];
      const port = { link: index, end: end as 0 | 1, side: place.side, x: place.x - rect.x, y: place.y - rect.y };
      const there = ports.get(node);
      if (there) there.push(port);
      else ports.set(node, [port]);
    });
  });
  return ports;
}

/** Routes all links anew and keeps every part that stayed as it was. */
export function updateGeometry(doc: Doc, rects: ReadonlyMap<string, Rect>): void {
  const before = useGeometry.getState();
  const paths = routeLinks(doc, rects, textSize()).map((path, index) => (samePath(before.paths[index], path) ? before.paths[index] : path));
  const ports = new Map<string, readonly NodePort[]>();
  for (const [node, list] of portsOf(doc, rects, paths)) {
    const old = before.ports.get(node);
    ports.set(node, old?.length === list.length && list.every((port, index) => samePort(port, old[index])) ? old : list);
  }
  useGeometry.setState({ rects, paths, ports });
}
