import { describe, expect, test } from 'vitest';
import type { LabCheck } from '@/document/types';
import { resultsOf, sameChecks } from './checkResults';

const there: LabCheck = { from: 'ns1', ping: '192.168.1.2' };
const nowhere: LabCheck = { from: 'ns1', ping: '10.0.0.1', expect: 'unreachable' };
const way: LabCheck = { from: 'ns1', trace: '192.168.2.2', expect: ['192.168.1.1', '192.168.2.2'] };
const passed = (index: number) => ({ index, ok: true });

describe('the results of checks', () => {
  test('stay with their check when one before it is removed', () => {
    expect(resultsOf([nowhere], [there, nowhere], { 0: passed(0), 1: passed(1) })).toEqual([passed(1)]);
  });

  test('are not those of another check in the same place', () => {
    expect(resultsOf([{ ...there, expect: 'unreachable' }, way], [there, nowhere], { 0: passed(0), 1: passed(1) })).toEqual([
      undefined,
      undefined,
    ]);
  });
});

test('a check is the same with its default written or left out', () => {
  expect(sameChecks([there, way], [{ ...there, expect: 'reply' }, way])).toBe(true);
  expect(sameChecks([there], [there, way])).toBe(false);
});
