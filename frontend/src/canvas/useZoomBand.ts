/** Zoom bands: one class on the canvas for each, and text that keeps its size on the screen in few steps. */
import type { Viewport } from '@xyflow/react';
import { useCallback } from 'react';
import { create } from 'zustand';
import { useSize } from './projector';
import type { TextSize } from './routing';

export type Band = 'all' | 'most' | 'some' | 'names';

const SMALLEST = 11 / 12;
const STEP = 1.15;
const LARGEST = 3.5;

export function bandOf(zoom: number): Band {
  if (zoom >= 0.9) return 'all';
  if (zoom >= 0.6) return 'most';
  return zoom >= 0.4 ? 'some' : 'names';
}

/** By how much text of 12 px grows so that it is never under 11 on the screen. */
export function textScale(zoom: number): number {
  if (zoom >= SMALLEST) return 1;
  return Math.min(LARGEST, STEP ** Math.ceil(Math.log(SMALLEST / zoom) / Math.log(STEP)));
}

interface BandStore {
  band: Band;
  /** By how much text grows. */
  scale: number;
}

export const useBand = create<BandStore>()(() => ({ band: 'all', scale: 1 }));

/** Of the labels and values at links. */
export function textSize(): TextSize {
  const { band, scale } = useBand.getState();
  return { scale, addresses: band === 'all' || band === 'most' };
}

/** Follows the zoom. */
export function useZoomBand(): (event: unknown, viewport: Viewport) => void {
  // What is 100 % on a desk is too small in a lecture room.
  const full = useSize((size) => size.scale);
  return useCallback(
    (_event: unknown, { zoom }: Viewport) => {
      const next = { band: bandOf(zoom / full), scale: textScale(zoom / full) };
      const before = useBand.getState();
      if (before.band !== next.band || before.scale !== next.scale) useBand.setState(next);
    },
    [full],
  );
}
