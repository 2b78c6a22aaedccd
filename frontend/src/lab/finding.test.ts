import { expect, it } from 'vitest';
import { matching } from './finding';

const ENTRIES = [
  { label: 'Stop' },
  { label: 'Ping from host1/ns1…', hidden: true },
  { label: 'host1/ns1' },
  { label: 'web', more: 'The stage' },
];
const found = (text: string) => matching(ENTRIES, text).map(({ label }) => label);

it('shows what is at hand before anything is typed', () => {
  expect(found('')).toEqual(['Stop', 'host1/ns1', 'web']);
});

it('puts what begins with the text first, whatever its case', () => {
  expect(found('ST')).toEqual(['Stop', 'web', 'host1/ns1', 'Ping from host1/ns1…']);
});

it('wants every word', () => {
  expect(found('ping ns1')).toEqual(['Ping from host1/ns1…']);
  expect(found('ping ns2')).toEqual([]);
});
