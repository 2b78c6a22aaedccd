import { describe, expect, it } from 'vitest';
import { bubblePlace } from './bubble';

const CANVAS = { width: 800, height: 600 };
const SIZE = { width: 300, height: 60 };

describe('a bubble', () => {
  it('stands above the middle of its node', () => {
    expect(bubblePlace({ x: 300, y: 200, w: 200, h: 64 }, SIZE, CANVAS)).toEqual({ left: 250, top: 128, tail: 150, below: false });
  });

  it('is whole at every edge, with its tail at the node', () => {
    for (const x of [-150, 0, 700]) {
      const { left, tail } = bubblePlace({ x, y: 200, w: 100, h: 64 }, SIZE, CANVAS);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left + SIZE.width).toBeLessThanOrEqual(CANVAS.width);
      if (x >= 0) expect(Math.abs(left + tail - (x + 50))).toBeLessThan(1);
    }
  });

  it('hangs below a node that has no room above', () => {
    expect(bubblePlace({ x: 300, y: 10, w: 200, h: 64 }, SIZE, CANVAS)).toMatchObject({ below: true, top: 86 });
  });
});
