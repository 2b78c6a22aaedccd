import { produce } from 'immer';
import { describe, expect, it } from 'vitest';
import { cut, paste } from './clipboard';
import { addNode, moveToHost, removeLink, removeNode, renameInterface, renameNode } from './edit';
import { type Doc, emptyDocument } from './types';

/** host1 with br0 and ns1 on it, its card on a LAN, and a check from ns1. */
const HOSTED: Doc = {
  ...emptyDocument('Hosted'),
  nodes: [
    { kind: 'host', name: 'host1', interfaces: [{ name: 'eth0', addresses: ['10.0.2.15/24'] }] },
    { kind: 'bridge', name: 'br0', host: 'host1', addresses: ['192.168.1.1/24'] },
    {
      kind: 'namespace',
      name: 'ns1',
      host: 'host1',
      interfaces: [{ name: 'veth-ns1', addresses: ['192.168.1.2/24'] }],
      routes: [{ to: 'default', dev: 'veth-ns1' }],
    },
    { kind: 'lan', name: 'wire' },
  ],
  links: [{ ends: ['host1/ns1:veth-ns1', 'host1/br0:veth-ns1-br'] }, { ends: ['host1:eth0', 'wire'] }],
  checks: [{ from: 'host1/ns1', ping: '10.0.2.15' }],
};

const change = (recipe: (doc: Doc) => void, doc = HOSTED): Doc => produce(doc, (draft) => void recipe(draft as Doc));

describe('adding', () => {
  it('gives the next name that is free within the host', () => {
    const doc = change((draft) => {
      addNode(draft, 'namespace', { x: 0, y: 0 }, 'host1');
      addNode(draft, 'namespace', { x: 0, y: 0 }, null);
    });
    expect(doc.nodes.slice(-2).map(({ name }) => name)).toEqual(['ns2', 'ns1']);
  });

  it('puts no host and no LAN into a host', () => {
    const doc = change((draft) => void addNode(draft, 'lan', { x: 8, y: 16 }, 'host1'));
    expect(doc.nodes.at(-1)).toEqual({ kind: 'lan', name: 'lan1', x: 8, y: 16 });
  });
});

describe('renaming', () => {
  it('takes links, checks and what a host holds along', () => {
    const doc = change((draft) => void renameNode(draft, 'host1', 'alpha'));
    expect(doc.links.map(({ ends }) => ends)).toEqual([
      ['alpha/ns1:veth-ns1', 'alpha/br0:veth-ns1-br'],
      ['alpha:eth0', 'wire'],
    ]);
    expect(doc.checks[0]?.from).toBe('alpha/ns1');
  });

  it('takes the routes of an interface along', () => {
    const doc = change((draft) => renameInterface(draft, 'host1/ns1', 'veth-ns1', 'up0'));
    expect(doc.nodes[2]).toMatchObject({ interfaces: [{ name: 'up0' }], routes: [{ to: 'default', dev: 'up0' }] });
    expect(doc.links[0]?.ends[0]).toBe('host1/ns1:up0');
  });
});

describe('moving into another host', () => {
  it('gives a name that is taken there a number', () => {
    const doc = change((draft) => {
      draft.nodes.push({ kind: 'namespace', name: 'ns1' });
      expect(moveToHost(draft, 'ns1', 'host1')).toBe('host1/ns2');
    });
    expect(doc.nodes.at(-1)).toMatchObject({ name: 'ns2', host: 'host1' });
  });

  it('takes links and checks along', () => {
    const doc = change((draft) => void moveToHost(draft, 'host1/ns1', null));
    expect(doc.links[0]?.ends[0]).toBe('ns1:veth-ns1');
    expect(doc.checks[0]?.from).toBe('ns1');
  });
});

describe('removing', () => {
  it('takes the interfaces of a link with it, and the routes over them', () => {
    const doc = change((draft) => removeLink(draft, 0));
    expect(doc.nodes[2]).toMatchObject({ interfaces: [], routes: [] });
  });

  it('leaves a host its card when the LAN is unplugged', () => {
    const doc = change((draft) => removeLink(draft, 1));
    expect(doc.nodes[0]).toMatchObject({ interfaces: [{ name: 'eth0' }] });
  });

  it('takes all that a host holds, with its links and checks', () => {
    const doc = change((draft) => removeNode(draft, 'host1'));
    expect(doc.nodes.map(({ name }) => name)).toEqual(['wire']);
    expect(doc.links).toEqual([]);
    expect(doc.checks).toEqual([]);
  });
});

describe('copy and paste', () => {
  it('makes a host a second time under free names, with its links', () => {
    const doc = change((draft) => void paste(draft, cut(HOSTED, new Set(['host1']), new Set()), { x: 32, y: 32 }));
    expect(doc.nodes.slice(4).map(({ name }) => name)).toEqual(['host2', 'br0', 'ns1']);
    expect(doc.links.at(-1)?.ends).toEqual(['host2/ns1:veth-ns1', 'host2/br0:veth-ns1-br']);
  });

  it('names interfaces after the new node', () => {
    const clip = cut(HOSTED, new Set(['host1/ns1', 'host1/br0']), new Set());
    const doc = change((draft) => void paste(draft, clip, { x: 0, y: 0 }));
    expect(doc.links.at(-1)?.ends).toEqual(['host1/ns2:veth-ns2', 'host1/br1:veth-ns2-br']);
    expect(doc.nodes.at(-1)).toMatchObject({ name: 'ns2', interfaces: [{ name: 'veth-ns2' }] });
  });

  it('leaves out an interface whose link stays behind', () => {
    expect(cut(HOSTED, new Set(['host1/ns1']), new Set()).nodes[0]).toMatchObject({ interfaces: [] });
  });
});
