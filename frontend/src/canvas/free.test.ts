import { describe, expect, it } from 'vitest';
import { cut } from '@/document/clipboard';
import { type Doc, emptyDocument, type LabNode } from '@/document/types';
import { freeShift, overlaps } from './free';
import { placeNodes } from './geometry';

const ns = (name: string, x: number, y: number, host?: string): LabNode => ({ kind: 'namespace', name, x, y, ...(host ? { host } : {}) });
const draw = (...nodes: LabNode[]): Doc => ({ ...emptyDocument('Drawing'), nodes });
const NONE: ReadonlySet<number> = new Set();

describe('what is pasted', () => {
  it('stands beside the original', () => {
    const doc = draw(ns('ns1', 0, 0));
    expect(freeShift(doc, cut(doc, new Set(['ns1']), NONE))).toEqual({ x: 208, y: 0 });
  });

  it('stands on no other node and on no note', () => {
    const doc = { ...draw(ns('ns1', 0, 0), ns('ns2', 208, 0)), notes: [{ text: 'Here', x: 0, y: 88 }] };
    const by = freeShift(doc, cut(doc, new Set(['ns1']), NONE));
    const pasted = { x: by.x, y: by.y, w: 184, h: 64 };
    for (const rect of [...placeNodes(doc).values(), { x: 0, y: 88, w: 200, h: 112 }]) expect(overlaps(pasted, rect, 0)).toBe(false);
  });

  it('stays where it was cut out, if nothing stands there any more', () => {
    const doc = draw(ns('ns1', 0, 0));
    expect(freeShift(draw(), cut(doc, new Set(['ns1']), NONE))).toEqual({ x: 0, y: 0 });
  });

  it('stays in its host, which grows over nothing', () => {
    const doc = draw({ kind: 'host', name: 'h' }, ns('ns1', 0, 0, 'h'), ns('beside', 320, 0));
    const by = freeShift(doc, cut(doc, new Set(['h/ns1']), NONE));
    const rects = placeNodes({ ...doc, nodes: [...doc.nodes, ns('ns2', by.x, by.y, 'h')] });
    const [host, beside] = [rects.get('h'), rects.get('beside')];
    expect(host && beside && overlaps(host, beside, 0)).toBe(false);
  });
});
