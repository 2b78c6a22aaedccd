import { expect, it } from 'vitest';
import { type Doc, emptyDocument } from '@/document/types';
import { placeNodes } from './geometry';
import { routeLinks } from './routing';
import { trailOf } from './trail';

const DOC: Doc = {
  ...emptyDocument('Two hosts'),
  nodes: [1, 2].flatMap((n): Doc['nodes'] => [
    { kind: 'host', name: `host${n}` },
    { kind: 'bridge', name: 'br0', host: `host${n}`, x: 16 + 480 * n, y: 264, addresses: [`192.168.${n}.1/24`] },
    { kind: 'namespace', name: 'ns1', host: `host${n}`, x: 16 + 480 * n, y: 56 },
  ]),
  links: [
    { ends: ['host1/ns1:veth-ns1', 'host1/br0:veth-ns1-br'] },
    { ends: ['host2/br0:veth-ns1-br', 'host2/ns1:veth-ns1'] },
    { ends: ['host1:enp0s3', 'wire'] },
    { ends: ['wire', 'host2:enp0s3'] },
  ],
};
DOC.nodes.push({ kind: 'lan', name: 'wire', x: 700, y: 560 });

function trail(...nodes: (string | null)[]) {
  const rects = placeNodes(DOC);
  const hops = nodes.map((node, index) => ({ address: '10.0.0.1', rtt_ms: index, node }));
  return trailOf({ doc: DOC, rects, paths: routeLinks(DOC, rects) }, 'host1/ns1', {
    source: 'host1/ns1',
    target: '192.168.2.2',
    hops,
    reached: true,
  });
}

it('follows the links from hop to hop, each from where the packet comes', () => {
  const way = trail('host1', 'host2', 'host2/ns1');
  expect(way.hops.map(({ n }) => n)).toEqual([1, 2, 3]);
  const paths = routeLinks(DOC, placeNodes(DOC));
  expect(way.points[0]).toEqual(paths[0]?.points[0]);
  expect(way.points.at(-1)).toEqual(paths[1]?.points[1]);
});

it('goes square through what lies between two links', () => {
  const { points } = trail('host1', 'host2', 'host2/ns1');
  points.slice(1).forEach((point, index) => {
    const before = points[index];
    expect(point.x === before?.x || point.y === before?.y).toBe(true);
  });
});

it('numbers a bridge where the packet leaves it', () => {
  const bar = placeNodes(DOC).get('host1/br0');
  expect(trail('host1/br0', 'host2', 'host2/ns1').hops[0]?.y).toBe((bar?.y ?? 0) + (bar?.h ?? 0));
});

it('knows every node on the way', () => {
  expect([...trail('host1', 'host2', 'host2/ns1').nodes]).toEqual([
    'host1/ns1',
    'host1/br0',
    'host1',
    'wire',
    'host2',
    'host2/br0',
    'host2/ns1',
  ]);
});

it('leaves a silent hop out, and goes on to the next', () => {
  expect(trail('host1', null, 'host2/ns1').hops.map(({ n }) => n)).toEqual([1, 3]);
});
