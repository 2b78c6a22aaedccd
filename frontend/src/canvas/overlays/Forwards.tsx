/** Inside a host, from a bridge with an address to a card: the kernel forwards, no wire. */
import { ViewportPortal } from '@xyflow/react';
import { useMemo } from 'react';
import { hostOf, pathOf } from '@/document/names';
import type { Doc } from '@/document/types';
import { useLab } from '@/store/lab';
import type { Rect } from '../geometry';
import { type NodePort, useGeometry } from '../store';

interface Line {
  key: string;
  d: string;
}

function linesOf(doc: Doc, rects: ReadonlyMap<string, Rect>, ports: ReadonlyMap<string, readonly NodePort[]>): Line[] {
  return doc.nodes.flatMap((bridge): Line[] => {
    const host = hostOf(bridge);
    const [bar, outline] = [rects.get(pathOf(bridge)), rects.get(host ?? '')];
    if (bridge.kind !== 'bridge' || host === null || bridge.in || !bridge.addresses?.length || !bar || !outline) return [];
    const cards = (ports.get(host) ?? []).filter((port) => port.side === 'bottom');
    return cards.map((card) => {
      const [x, y] = [outline.x + card.x, outline.y + card.y];
      const start = Math.min(Math.max(x, bar.x + 8), bar.x + bar.w - 8);
      return {
        key: `${pathOf(bridge)} ${card.link}`,
        d: `M${start} ${bar.y + bar.h}L${start === x ? '' : `${start} ${y - 24}L`}${x} ${y}`,
      };
    });
  });
}

export function Forwards() {
  const doc = useLab((lab) => lab.doc);
  const rects = useGeometry((geometry) => geometry.rects);
  const ports = useGeometry((geometry) => geometry.ports);
  const lines = useMemo(() => linesOf(doc, rects, ports), [doc, rects, ports]);
  if (lines.length === 0) return null;
  return (
    <ViewportPortal>
      <svg className="overlay-layer under" aria-hidden="true">
        {lines.map((line) => (
          <path key={line.key} className="forward" d={line.d} />
        ))}
      </svg>
    </ViewportPortal>
  );
}
