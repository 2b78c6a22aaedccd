import { describe, expect, it } from 'vitest';
import { type Doc, emptyDocument, type LabNode } from '@/document/types';
import { bounds, hostRect, nodeSize, placeNodes } from './geometry';
import { footSpan, routeLinks } from './routing';

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

describe('labels', () => {
  const wired = (name: string, x: number, address: string, host?: string): LabNode => ({
    ...(ns(name, x, 0, host) as Extract<LabNode, { kind: 'namespace' }>),
    interfaces: [{ name: 'veth', addresses: [address] }],
  });
  const between = (gap: number, address = '10.0.0.1/24') =>
    route(draw([wired('a', 0, address), wired('b', 184 + gap, address)], ['a:veth', 'b:veth']))[0];

  it('of a level link stand side by side, then one further out, then not at all', () => {
    expect([400, 160, 40].map((gap) => between(gap)?.aside)).toEqual([0, 16, null]);
  });

  it('need as much room as their text', () => {
    expect(between(240)?.aside).toBe(0);
    expect(between(240, '2001:db8::1234:1/64')?.aside).toBeGreaterThan(0);
  });

  it('leave the values their place: in the middle of a long link, below them at a short one', () => {
    expect(between(480)?.chip).toMatchObject({ room: 'full', hang: 0 });
    expect(between(280)?.chip).toMatchObject({ room: 'full' });
    expect(between(280)?.chip.hang).toBeGreaterThan(18);
  });

  it('that are hidden leave the values the place right below the link', () => {
    const doc = draw([wired('a', 0, '10.0.0.1/24'), wired('b', 184 + 280, '10.0.0.1/24')], ['a:veth', 'b:veth']);
    const hangs = [true, false].map((addresses) => routeLinks(doc, placeNodes(doc), { scale: 1.75, addresses })[0]?.chip.hang);
    expect(hangs).toEqual([1.75 * 58, 1.75 * 26]);
  });

  it('need more room from further away, and then leave the values less', () => {
    const doc = draw([wired('a', 0, '10.0.0.1/24'), { kind: 'bridge', name: 'br', x: 0, y: 64 + 104 }], ['a:veth', 'br']);
    const rooms = [1, 1.5, 2].map((scale) => routeLinks(doc, placeNodes(doc), { scale, addresses: true })[0]?.chip.room);
    expect(rooms).toEqual(['full', 'small', 'none']);
    expect(routeLinks(doc, placeNodes(doc), { scale: 1.5, addresses: false })[0]?.chip.room).toBe('full');
  });

  it('of a link to its own host stand on both sides of the outline', () => {
    const [path] = route(draw([{ kind: 'host', name: 'h' }, wired('a', 0, '10.0.0.1/24', 'h')], ['h/a:veth', 'h:other']));
    expect(path?.aside).toBe(0);
  });
});

describe('the routes at the foot of a host', () => {
  const port = (x: number) => ({ x, y: 200, side: 'bottom' as const });

  it('stand in the first stretch between its links that has room', () => {
    expect(footSpan(424, []).left).toBe(16);
    expect(footSpan(800, [port(100)])).toMatchObject({ left: 116, narrow: false });
    expect(footSpan(800, [port(700)])).toMatchObject({ left: 16, narrow: false });
  });

  it('stand in the widest where none has', () => {
    const { left, width, narrow } = footSpan(424, [port(100), port(300)]);
    expect([left, left + width, narrow]).toEqual([116, 284, true]);
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
  // The best of several: the machine does other things too.
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    routeLinks(doc, rects);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(16);
});
