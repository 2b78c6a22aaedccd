import { beforeEach, expect, it } from 'vitest';
import type { RunStatus } from '@/generated/messages';
import { followEvents, tellEdited, useEvents } from './events';
import { useLive } from './live';

beforeEach(() => useEvents.setState({ events: [] }));

it('tells who edited, once while he goes on', () => {
  for (const user of ['ben', 'ben', 'mei', 'ben']) tellEdited(user);
  expect(useEvents.getState().events.map((event) => event.params.user)).toEqual(['ben', 'mei', 'ben']);
});

it('tells that a change was applied, however quickly', () => {
  const see = (state: RunStatus['state'], generation: number) => useLive.setState({ run: { state, generation } });
  see('running', 1);
  const stop = followEvents();
  for (const generation of [1, 2, 2]) see('running', generation);
  expect(useEvents.getState().events.map((event) => event.params.state)).toEqual(['running']);
  stop();
});
