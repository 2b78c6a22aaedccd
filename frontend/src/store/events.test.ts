import { beforeEach, expect, it } from 'vitest';
import { tellEdited, useEvents } from './events';

beforeEach(() => useEvents.setState({ events: [] }));

it('tells who edited, once while he goes on', () => {
  for (const user of ['ben', 'ben', 'mei', 'ben']) tellEdited(user);
  expect(useEvents.getState().events.map((event) => event.params.user)).toEqual(['ben', 'mei', 'ben']);
});
