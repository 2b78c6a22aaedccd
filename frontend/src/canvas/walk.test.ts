import { expect, it } from 'vitest';
import { nearest } from './walk';

const at = (x: number, y: number) => ({ x, y, w: 10, h: 10 });
const NODES = [
  ['right', at(100, 0)],
  ['far right', at(300, 0)],
  ['below', at(10, 80)],
] as const;

it('goes to the nearest node in a direction', () => {
  expect(nearest(at(0, 0), 'right', NODES)).toBe('right');
  expect(nearest(at(0, 0), 'down', NODES)).toBe('below');
});

it('stays where there is none', () => {
  expect(nearest(at(0, 0), 'left', NODES)).toBeNull();
});
