import { expect, it } from 'vitest';
import { share } from './share';

it('keeps every part that is as before', () => {
  const before = { nodes: [{ name: 'ns1' }, { name: 'ns2' }], name: 'Pair' };
  const after = share(before, { nodes: [{ name: 'ns1' }, { name: 'ns3' }, { name: 'ns2' }], name: 'Pair' });
  expect(after).toEqual({ nodes: [{ name: 'ns1' }, { name: 'ns3' }, { name: 'ns2' }], name: 'Pair' });
  expect(after.nodes[0]).toBe(before.nodes[0]);
});

it('is the value before, where nothing is different', () => {
  const before = { routes: [{ to: 'default', via: '10.0.0.1' }] };
  expect(share(before, structuredClone(before))).toBe(before);
});

it('sees that a key is gone', () => {
  expect(share({ a: 1, b: 2 } as object, { a: 1 })).toEqual({ a: 1 });
});
