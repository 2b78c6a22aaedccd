/** A network in little: the canvas's own shapes and ways, fitted into a box of so many pixels. */
import { memo } from 'react';
import type { Picture as PictureData } from '@/api/labs';
import type { Rect } from '@/canvas/geometry';
import { bounds, HOST, placeNodes } from '@/canvas/geometry';
import { routeLinks } from '@/canvas/routing';
import { pathOf } from '@/document/names';
import type { Doc, LabNode } from '@/document/types';
import { emptyDocument } from '@/document/types';

export interface PictureProps {
  picture: PictureData;
  width: number;
  height: number;
  /** Names fit on cards, not on thumbnails. */
  names?: boolean;
  /** The colour of its links: as the lab's state is. */
  links?: 'up' | 'off';
  label: string;
}

/** The picture as a document that has only what geometry asks for. */
function documentOf(picture: PictureData): Doc {
  const hosts = new Set(picture.nodes.filter(({ kind }) => kind === 'host').map(({ name }) => name));
  const nodes = picture.nodes.map(
    ({ name, kind, parent, x, y }) => ({ name, kind, x, y, ...(parent && hosts.has(parent) ? { host: parent } : {}) }) as LabNode,
  );
  return { ...emptyDocument(''), nodes, links: picture.links.map((ends) => ({ ends: ends as [string, string] })) };
}

/** How much wider than true to scale. */
const MAX_STRETCH = 1.6;
/** How wide a sign of a name is, in pixels. */
const SIGN_WIDTH = 6.7;
const NAME_HEIGHT = 16;
const fits = (name: string, rect: Rect): boolean => name.length * SIGN_WIDTH + 4 <= rect.w;

function tallEnough(rect: Rect, height: number): Rect {
  const more = Math.max(0, height - rect.h);
  return { ...rect, y: rect.y - more / 2, h: rect.h + more };
}

function Shape({ kind, rect, scale }: { kind: LabNode['kind']; rect: Rect; scale: number }) {
  const { x, y, w, h } = rect;
  if (kind === 'router') return <circle className="n" cx={x + w / 2} cy={y + h / 2} r={w / 2} />;
  const round = { host: 12, namespace: 16, bridge: 4, lan: h / scale / 2, internet: h / scale / 2 }[kind] * scale;
  return <rect className={kind === 'host' ? 'g' : 'n'} x={x} y={y} width={w} height={h} rx={Math.max(1, round)} />;
}

export const Picture = memo(function Picture({ picture, width, height, names = false, links = 'off', label }: PictureProps) {
  const doc = documentOf(picture);
  const rects = placeNodes(doc);
  const frame = bounds(rects.values());
  if (!frame) return <svg className="pic" width={width} height={height} role="img" aria-label={label} />;
  const margin = names ? 16 : 8;
  const scale = Math.min((width - 2 * margin) / frame.w, (height - 2 * margin) / frame.h, names ? 0.42 : 0.25);
  // A picture is wide and drawings are tall: cards and bars may be wider than they are, circles stay round.
  const round = doc.nodes.some((node) => node.kind === 'router');
  const wider = round ? scale : Math.min((width - 2 * margin) / frame.w, MAX_STRETCH * scale, names ? 0.42 : 0.25);
  const left = (width - frame.w * wider) / 2 - frame.x * wider;
  const top = (height - frame.h * scale) / 2 - frame.y * scale;
  const scaled = (rect: Rect): Rect => ({ x: left + rect.x * wider, y: top + rect.y * scale, w: rect.w * wider, h: rect.h * scale });
  const ways = routeLinks(doc, rects).flatMap((way) =>
    way ? [way.points.map(({ x, y }) => `${left + x * wider} ${top + y * scale}`).join('L')] : [],
  );
  const shapes = doc.nodes.flatMap((node) => {
    const rect = rects.get(pathOf(node));
    return rect ? [{ node, path: pathOf(node), rect: tallEnough(scaled(rect), names ? NAME_HEIGHT : 0) }] : [];
  });
  return (
    <svg className="pic" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {shapes.map(({ node, path, rect }) => node.kind === 'host' && <Shape key={path} kind="host" rect={rect} scale={scale} />)}
      {ways.map((way) => (
        <path key={way} className={links === 'up' ? 'w' : 'w off'} d={`M${way}`} />
      ))}
      {shapes.map(({ node, path, rect }) => node.kind !== 'host' && <Shape key={path} kind={node.kind} rect={rect} scale={scale} />)}
      {names &&
        shapes.map(({ node, path, rect }) => (
          <text
            key={path}
            className={node.kind === 'host' ? 't' : ''}
            {...(node.kind === 'host'
              ? { x: rect.x + 6, y: rect.y + HOST.top * scale - 3 }
              : { x: rect.x + rect.w / 2, y: fits(node.name, rect) ? rect.y + rect.h / 2 + 4 : rect.y + rect.h + 12 })}
          >
            {node.name}
          </text>
        ))}
    </svg>
  );
});
