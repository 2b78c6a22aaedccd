/** The dashed line that follows the pointer while a link is drawn, and why a node cannot take it. */
import type { ConnectionLineComponentProps } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import { nodesByPath } from '@/document/names';
import { useLab } from '@/store/lab';
import { refusal } from '@/store/linking';
import { useGeometry } from './store';

/** Where the line from the middle of a box to a point leaves the box. */
function leave(rect: { x: number; y: number; w: number; h: number }, to: { x: number; y: number }): { x: number; y: number } {
  const [cx, cy] = [rect.x + rect.w / 2, rect.y + rect.h / 2];
  const [dx, dy] = [to.x - cx, to.y - cy];
  const scale = Math.min(dx === 0 ? Infinity : rect.w / 2 / Math.abs(dx), dy === 0 ? Infinity : rect.h / 2 / Math.abs(dy));
  return scale >= 1 ? { x: cx, y: cy } : { x: cx + dx * scale, y: cy + dy * scale };
}

export function ConnectionLine({ fromNode, toNode, toX, toY }: ConnectionLineComponentProps) {
  const { t } = useTranslation();
  const rect = useGeometry((geometry) => geometry.rects.get(fromNode.id));
  const target = useGeometry((geometry) => (toNode ? geometry.rects.get(toNode.id) : undefined));
  if (!rect) return null;
  const pointer =
    target && toNode?.id !== fromNode.id ? leave(target, { x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 }) : { x: toX, y: toY };
  const start = leave(rect, pointer);
  const nodes = nodesByPath(useLab.getState().doc);
  const [a, b] = [nodes.get(fromNode.id), toNode ? nodes.get(toNode.id) : undefined];
  const why = a && b && a !== b ? refusal(a, b) : null;
  return (
    <g className={why ? 'drawing refused' : 'drawing'}>
      <path d={`M${start.x} ${start.y}L${pointer.x} ${pointer.y}`} />
      <rect x={pointer.x - 5} y={pointer.y - 5} width={10} height={10} rx={2} />
      {why && (
        <text x={pointer.x + 16} y={pointer.y + 4}>
          {t(`refuse.${why}`)}
        </text>
      )}
    </g>
  );
}
