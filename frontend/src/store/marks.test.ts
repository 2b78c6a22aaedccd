import { expect, it } from 'vitest';
import type { PlanEntry } from '@/generated/messages';
import { pendingMarks, runSteps } from './marks';

const entry = (n: number, op: string, node: string, name: string | null = null): PlanEntry => ({
  n,
  op,
  change: op.startsWith('Add') ? 'add' : op.startsWith('Remove') ? 'remove' : 'change',
  summary: '',
  params: {},
  command: '',
  node,
  interface: name,
});

const PLAN = [
  entry(1, 'AddNamespace', 'ns2'),
  entry(2, 'AddVeth', 'ns2', 'veth-ns2'),
  entry(3, 'AddAddress', 'ns2', 'veth-ns2'),
  entry(4, 'SetUp', 'ns2', 'veth-ns2'),
];

it('marks what is made as new, whatever else happens to it', () => {
  expect(pendingMarks(PLAN).get('ns2')).toBe('add');
  expect(pendingMarks(PLAN).get('ns2:veth-ns2')).toBe('add');
});

it('marks an interface that gets an address as changed, not as new', () => {
  expect(pendingMarks([entry(1, 'AddAddress', 'ns1', 'veth-ns1')]).get('ns1:veth-ns1')).toBe('change');
});

it('says of each thing how far it is', () => {
  const steps = runSteps({ state: 'applying', plan: PLAN, done: 2, total: 4 });
  expect(steps.get('ns2')).toBe('done');
  expect(steps.get('ns2:veth-ns2')).toBe('now');
});

it('marks where a run failed', () => {
  const steps = runSteps({ state: 'failed', plan: PLAN, done: 0, total: 4, error: { code: 'x', message: '', n: 3 } });
  expect(steps.get('ns2:veth-ns2')).toBe('failed');
});
