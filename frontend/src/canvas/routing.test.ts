import { describe, expect, it } from 'vitest';
import { type Doc, emptyDocument, type LabNode } from '@/document/types';
import { bounds, hostRect, nodeSize, placeNodes } from './geometry';
import { routeLinks } from './routing';

const ns = (name: string, x: number, y: number, host?: string): LabNode => ({ kind: 'namespace', name, x, y, ...(host ? { host } : {}) });

function draw(nodes: LabNode[], ...links: [string, string][]): Doc {
  return { ...emptyDocument('Drawing'), nodes, links: links.map((ends) => ({ ends })) };
}

function route(doc: Doc) {
  return routeLinks(doc, placeNodes(doc));
}

describe('a link', () => {
  it('runs level between two namespaces side by side', () => {
    const [path] = route(draw([ns('ns1', 0, 0), ns('ns2', 480, 0)], ['ns1:a', 'ns2:b']));
    expect(path?.points).toEqual([
      { x: 184, y: 32 },
      { x: 480, y: 32 },
    ]);
    expect(path?.ends.map(({ side }) => side)).toEqual(['right', 'left']);
  });

  it('runs straight down to a bridge, whose ports stand under their namespaces', () => {
    const doc = draw(
      [ns('ns1', 0, 0), ns('ns2', 208, 0), { kind: 'bridge', name: 'br0', x: 0, y: 208 }],
      ['ns1:a', 'br0:a-br'],
      ['ns2:b', 'br0:b-br'],
    );
    for (const path of route(doc)) {
      expect(path?.points).toHaveLength(2);
      expect(path?.points[0]?.x).toBe(path?.points[1]?.x);
      expect(path?.chip.room).toBe('full');
    }
  });

  it('takes one elbow where nodes are apart both ways', () => {
    const doc = draw(
      [{ kind: 'router', name: 'r1', x: 300, y: 0 }, ns('ns1', 0, 300), ns('ns2', 600, 300)],
      ['r1:a', 'ns1:b'],
      ['r1:c', 'ns2:d'],
    );
    expect(route(doc).map((path) => path?.points.length)).toEqual([3, 3]);
  });

  it('ends at the outline of the host that its other end is in', () => {
    const doc = draw([{ kind: 'host', name: 'h' }, ns('ns1', 0, 0, 'h')], ['h/ns1:a', 'h:b']);
    const [path] = route(doc);
    const outline = placeNodes(doc).get('h');
    expect(path?.ends[1].y).toBe((outline?.y ?? 0) + (outline?.h ?? 0));
  });

  it('has no way where an end is at no node', () => {
    expect(route(draw([ns('ns1', 0, 0)], ['ns1:a', 'nobody:b']))).toEqual([undefined]);
  });
});

describe('ports', () => {
  it('of one side never stand on one another, nor leave it', () => {
    const many = Array.from({ length: 30 }, (_, index) => ns(`ns${index}`, (index % 10) * 208, Math.floor(index / 10) * 96 - 400));
    const doc = draw(
      [...many, { kind: 'bridge', name: 'br0', x: 0, y: 208 }],
      ...many.map((node): [string, string] => [`${node.name}:v`, `br0:p-${node.name}`]),
    );
    const places = route(doc).map((path) => path?.ends[1].x ?? Number.NaN);
    const bar = placeNodes(doc).get('br0');
    const sorted = places.toSorted((a, b) => a - b);
    for (const [index, x] of sorted.entries()) {
      expect(x).toBeGreaterThanOrEqual(bar?.x ?? 0);
      expect(x).toBeLessThanOrEqual((bar?.x ?? 0) + (bar?.w ?? 0));
      if (index > 0) expect(x - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(12);
    }
  });
});

describe('a host', () => {
  it('is drawn around what it holds', () => {
    const rect = hostRect({ x: 999, y: 999 }, [{ x: 100, y: 100, w: 184, h: 64 }]);
    expect(rect.x).toBeLessThan(100);
    expect(rect.y + rect.h).toBeGreaterThan(164);
    expect(rect.x + rect.w).toBeLessThan(999);
  });

  it('stands at its own place while it is empty', () => {
    expect(hostRect({ x: 16, y: 24 }, [])).toMatchObject({ x: 16, y: 24 });
  });
});

it('gives every node a place, also those that the document gives none', () => {
  const doc = draw([ns('ns1', 0, 0), { kind: 'namespace', name: 'ns2' }, { kind: 'namespace', name: 'ns3' }]);
  const rects = [...placeNodes(doc).values()];
  expect(new Set(rects.map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
});

it('grows a bridge by its ports', () => {
  expect(nodeSize('bridge', 2).w - nodeSize('bridge', 1).w).toBe(56);
});

it('knows the bounds of nothing', () => {
  expect(bounds([])).toBeUndefined();
});

it('routes a star of 500 in a frame', () => {
  const many = Array.from({ length: 500 }, (_, index) => ns(`ns${index}`, (index % 25) * 208, Math.floor(index / 25) * 200));
  const doc = draw(
    [...many, { kind: 'bridge', name: 'br0', x: 0, y: 4200 }],
    ...many.map((node): [string, string] => [`${node.name}:v`, `br0:p-${node.name}`]),
  );
  const rects = placeNodes(doc);
  routeLinks(doc, rects);
  const start = performance.now();
  routeLinks(doc, rects);
  expect(performance.now() - start).toBeLessThan(50);
});
