import { expect, it } from 'vitest';
import type { Full, RunStatus } from '@/generated/messages';
import { receive, useLive } from './live';

const START = useLive.getInitialState();
const RUN: RunStatus = {
  state: 'applying',
  generation: 2,
  done: 0,
  total: 1,
  plan: [{ n: 1, op: 'SetUp', change: 'change', summary: '', params: {}, command: '' }],
};
const LINK = { state: 'up', ends: ['up', 'up'], bps: [0, 0] } as const;
const FULL: Full = {
  type: 'full',
  lab: 'x',
  seq: 1,
  role: 'owner',
  people: { named: [], count: 0 },
  version: 3,
  run: RUN,
  status: { links: { 'a:1--b:1': { ...LINK, ends: ['up', 'up'], bps: [0, 0] } } },
};

it('takes a delta for what it says, and all else as before', () => {
  const state = receive(receive(START, FULL), { type: 'delta', lab: 'x', seq: 2, version: 4 });
  expect(state.version).toBe(4);
  expect(state.links['a:1--b:1']?.state).toBe('up');
  expect(state.run).toEqual(RUN);
});

it('keeps the plan of a generation, which is sent once', () => {
  const state = receive(receive(START, FULL), { type: 'delta', lab: 'x', seq: 2, run: { ...RUN, plan: null, done: 1 } });
  expect(state.run?.plan).toHaveLength(1);
  expect(state.run?.done).toBe(1);
});

it('does not take the plan of one generation for that of the next', () => {
  const state = receive(receive(START, FULL), { type: 'delta', lab: 'x', seq: 2, run: { ...RUN, generation: 3, plan: null } });
  expect(state.run?.plan).toBeNull();
});

it('forgets all that was before a full state', () => {
  const state = receive(receive(START, FULL), { ...FULL, seq: 9, status: {} });
  expect(state.links).toEqual({});
});
