import { describe, expect, it } from 'vitest';
import type { Doc } from '@/document/types';
import type { PlanEntry } from '@/generated/messages';
import type { Rect } from './geometry';
import { ghostsOf, leaving } from './ghosts';

const DOC = {
  topoweb: 1,
  name: 'Switch',
  nodes: [
    { name: 'br0', kind: 'bridge' },
    { name: 'ns1', kind: 'namespace' },
  ],
  links: [{ ends: ['ns1:veth-ns1', 'br0:veth-ns1-br'] }],
  checks: [],
  notes: [],
} as unknown as Doc;
const RECTS = new Map<string, Rect>([
  ['ns1', { x: 0, y: 0, w: 184, h: 64 }],
  ['br0', { x: 0, y: 240, w: 300, h: 56 }],
]);

let n = 0;
function entry(op: string, params: Record<string, string>, node: string | null, name: string | null = null): PlanEntry {
  n += 1;
  const change = op.startsWith('Add') ? 'add' : op.startsWith('Remove') ? 'remove' : 'change';
  return { n, op, change, params, node, interface: name, summary: `${op} ${JSON.stringify(params)}`, command: '' };
}

describe('what was done by hand', () => {
  it('shows a namespace and its link to the bridge that its other end is a port of', () => {
    const ghosts = ghostsOf(DOC, RECTS, [
      entry('AddNamespace', { netns: 'ns3' }, 'ns3'),
      entry('AddVeth', { a: 'veth-ns3', a_netns: 'ns3', b: 'veth-ns3-br', b_netns: 'host' }, 'ns3', 'veth-ns3'),
      entry('SetMaster', { interface: 'veth-ns3-br', netns: 'host', master: 'br0' }, 'br0', 'veth-ns3-br'),
    ]);
    expect(ghosts.nodes.map((node) => node.path)).toEqual(['ns3']);
    expect(ghosts.nodes[0]?.rect.y).toBeGreaterThan(296);
    expect(ghosts.links.map((link) => link.ends)).toEqual([['ns3:veth-ns3', 'br0:veth-ns3-br']]);
    expect(ghosts.links[0]?.to.y).toBe(296);
  });

  it('shows what joins two others below them, that no line runs through a third', () => {
    const names = ['ns1', 'ns2', 'ns-router'];
    const ghosts = ghostsOf({ ...DOC, nodes: [], links: [] }, new Map(), [
      ...names.map((netns) => entry('AddNamespace', { netns }, netns)),
      ...['ns1', 'ns2'].map((ns) => entry('AddVeth', { a: `veth-${ns}`, a_netns: ns, b: `veth-${ns}-router`, b_netns: 'ns-router' }, ns)),
    ]);
    const [ns1, ns2, router] = names.map((name) => ghosts.nodes.find((node) => node.path === name)?.rect) as [Rect, Rect, Rect];
    expect(ns2.y).toBe(ns1.y);
    expect(router.y).toBeGreaterThan(ns1.y + ns1.h);
    expect(router.x).toBe((ns1.x + ns2.x) / 2);
  });

  it('marks the end of a link, or else the node, that differs', () => {
    const address = entry('AddAddress', { interface: 'veth-ns1', netns: 'ns1', address: '10.0.0.1/24' }, 'ns1', 'veth-ns1');
    const sysctl = entry('SetSysctl', { netns: 'ns1', key: 'net.ipv4.ip_forward', value: '1' }, 'ns1');
    const ghosts = ghostsOf(DOC, RECTS, [address, sysctl]);
    expect(ghosts.endMarks).toEqual(new Map([['ns1:veth-ns1', { link: 0, end: 0, entries: [address] }]]));
    expect(ghosts.nodeMarks).toEqual(new Map([['ns1', [sysctl]]]));
  });

  it('shows what is drawn and gone in its place', () => {
    const ends = { a: 'veth-ns1', a_netns: 'ns1', b: 'veth-ns1-br', b_netns: 'host' };
    const ghosts = ghostsOf(DOC, RECTS, [entry('RemoveVeth', ends, 'ns1', 'veth-ns1'), entry('RemoveNamespace', { netns: 'ns1' }, 'ns1')]);
    expect([...ghosts.goneLinks.keys()]).toEqual([0]);
    expect([...ghosts.goneNodes.keys()]).toEqual(['ns1']);
    expect(ghosts.nodes).toEqual([]);
  });

  it('marks what was adopted instead of drawing it twice', () => {
    const ends = { a: 'veth-ns1', a_netns: 'ns1', b: 'veth-ns1-br', b_netns: 'host' };
    const ghosts = ghostsOf(DOC, RECTS, [entry('AddNamespace', { netns: 'ns1' }, 'ns1'), entry('AddVeth', ends, 'ns1', 'veth-ns1')]);
    expect([ghosts.nodes, ghosts.links]).toEqual([[], []]);
    expect([...ghosts.nodeMarks.keys(), ...ghosts.endMarks.keys()]).toEqual(['ns1', 'ns1:veth-ns1']);
  });
});

describe('the host that is not drawn', () => {
  it('is shown once something was done by hand at it', () => {
    const ghosts = ghostsOf(DOC, RECTS, [entry('SetSysctl', { netns: 'host', key: 'net.ipv4.ip_forward' }, 'host')]);
    expect(ghosts.nodes.map((node) => node.path)).toEqual(['host']);
    expect([...ghosts.nodeMarks.keys()]).toEqual(['host']);
  });

  it('is shown where there is what no drawing holds', () => {
    const ghosts = ghostsOf(DOC, RECTS, [], [{ node: 'host', interface: 'ifb7', kind: 'ifb' }]);
    expect(ghosts.nodes.map((node) => node.path)).toEqual(['host']);
  });

  it('is not shown for what is done elsewhere', () => {
    expect(ghostsOf(DOC, RECTS, [], [{ node: 'ns1', interface: 'ifb7', kind: 'ifb' }]).nodes).toEqual([]);
  });
});

describe('what was made by hand on a host', () => {
  const HOSTS = { ...DOC, nodes: ['host1', 'host2'].map((name) => ({ name, kind: 'host' })), links: [] } as unknown as Doc;
  const host1: Rect = { x: 0, y: 0, w: 312, h: 176 };
  const within = (rect: Rect, host: Rect) =>
    rect.x >= host.x && rect.y >= host.y && rect.x + rect.w <= host.x + host.w && rect.y + rect.h <= host.y + host.h;
  const made = (rects: Map<string, Rect>, ...names: string[]) =>
    ghostsOf(
      HOSTS,
      rects,
      names.map((name) => entry('AddNamespace', { netns: `host1/${name}` }, `host1/${name}`)),
    );

  it('stands in the host where there is room', () => {
    const ghosts = made(
      new Map([
        ['host1', { ...host1, w: 640, h: 320 }],
        ['host1/ns1', { x: 16, y: 48, w: 184, h: 64 }],
      ]),
      'ns2',
    );
    expect(within(ghosts.nodes[0]?.rect as Rect, { ...host1, w: 640, h: 320 })).toBe(true);
    expect(ghosts.frames.size).toBe(0);
  });

  it('has the host grow where there is none, and never into another', () => {
    const host2: Rect = { x: 0, y: 240, w: 312, h: 176 };
    const rects = new Map([
      ['host1', host1],
      ['host1/ns1', { x: 16, y: 48, w: 280, h: 56 }],
      ['host2', host2],
    ]);
    const ghosts = made(rects, 'ns2', 'ns3');
    const frame = ghosts.frames.get('host1') as Rect;
    expect(ghosts.nodes.map((node) => within(node.rect, frame))).toEqual([true, true]);
    expect(frame.y + frame.h).toBeLessThan(host2.y);
  });

  it('is linked to the host itself at its foot', () => {
    const ends = { a: 'veth-ns2', a_netns: 'host1/ns2', b: 'veth-ns2-host', b_netns: 'host1' };
    const rects = new Map([['host1', { ...host1, w: 640, h: 320 }]]);
    const ghosts = ghostsOf(HOSTS, rects, [
      entry('AddNamespace', { netns: 'host1/ns2' }, 'host1/ns2'),
      entry('AddVeth', ends, 'host1/ns2', 'veth-ns2'),
    ]);
    expect([ghosts.links[0]?.to.y, ghosts.links[0]?.to.x]).toEqual([320, ghosts.links[0]?.from.x]);
  });
});

it('lets a line leave a rectangle at its edge', () => {
  const rect = { x: 0, y: 0, w: 100, h: 40 };
  expect(leaving(rect, { x: 50, y: 500 })).toEqual({ x: 50, y: 40 });
  expect(leaving(rect, { x: 500, y: 20 })).toEqual({ x: 100, y: 20 });
});
