import { renderHook } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlanEntry } from '@/generated/messages';
import { useLive } from '@/store/live';
import { useMarks } from '@/store/marks';
import { useLinkState } from './state';

const ENDS = ['br0:veth-ns3-br', 'ns3:veth-ns3'] as const;
const ENTRY = { n: 1, change: 'add', summary: '', params: {}, command: '' } as const;
const ADD: PlanEntry = { ...ENTRY, op: 'AddVeth', node: 'ns3', interface: 'veth-ns3' };
const UP: PlanEntry = { ...ENTRY, op: 'SetUp', change: 'change', node: 'ns3', interface: 'veth-ns3' };
const PORT_UP: PlanEntry = { ...UP, node: 'br0', interface: 'veth-ns3-br' };

const linkState = () => renderHook(() => useLinkState(ENDS)).result.current;

afterEach(() => {
  useLive.setState(useLive.getInitialState(), true);
  useMarks.setState(useMarks.getInitialState(), true);
});

describe('a link of which the worker tells nothing', () => {
  it.each([
    ['is not there yet, if nobody made it', [], 'idle', ['idle', 'idle']],
    ['is up, if somebody made it by hand and set both ends up', [ADD, UP, PORT_UP], 'up', ['up', 'up']],
    ['is down, if one of its ends is', [ADD, UP], 'down', ['down', 'up']],
  ])('%s', (_, drift, state, ends) => {
    useLive.setState({ run: { state: 'running', generation: 1 }, drift: drift as PlanEntry[] });
    expect(linkState()).toEqual({ state, mark: null, ends });
  });

  it('keeps that, where Apply would change it', () => {
    useLive.setState({ run: { state: 'running', generation: 1 }, drift: [ADD, UP, PORT_UP] });
    useMarks.setState({ pending: new Map([['ns3:veth-ns3', 'change']]) });
    expect(linkState()).toEqual({ state: 'up', mark: 'change', ends: ['up', 'up'] });
  });
});
