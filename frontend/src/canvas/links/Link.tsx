/** A link: its line, the names and addresses at its ends, and in its middle a chip with what is measured. */
import type { EdgeProps } from '@xyflow/react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { linkKey, splitEnd } from '@/document/names';
import { IconAt } from '@/icons/Icon';
import { useLive } from '@/store/live';
import type { Mark } from '@/store/marks';
import { useTroubles } from '@/store/troubles';
import { useView } from '@/store/view';
import type { LinkEdge } from '../flow';
import type { LinkPath } from '../routing';
import { type State, useLinkEnds, useLinkState } from '../state';
import { useGeometry } from '../store';
import { useBand } from '../useZoomBand';
import { Chip } from './Chip';
import { EndLabel } from './EndLabel';

const GAP = 28;

function pathData(points: LinkPath['points']): string {
  return points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('');
}

/** A link that is down is cut in the middle, with caps at the cut. */
function CutLine({ path }: { path: LinkPath }) {
  const [from, to] = [path.points[0], path.points.at(-1)];
  if (!from || !to) return null;
  const { x, y } = path.chip;
  const caps = path.points.slice(0, -1).flatMap((point, index) => {
    const next = path.points[index + 1] as typeof point;
    const length = Math.hypot(next.x - point.x, next.y - point.y) || 1;
    const [ux, uy] = [(next.x - point.x) / length, (next.y - point.y) / length];
    const on = Math.abs((x - point.x) * uy - (y - point.y) * ux) < 1 && length > 2 * GAP;
    return on ? [{ ux, uy }] : [];
  });
  const along = caps[0];
  if (!along) return <path className="wire" d={pathData(path.points)} />;
  const cap = (sign: 1 | -1) => {
    const [cx, cy] = [x + sign * GAP * along.ux, y + sign * GAP * along.uy];
    return `M${cx - 5 * along.uy} ${cy + 5 * along.ux}L${cx + 5 * along.uy} ${cy - 5 * along.ux}`;
  };
  const near = path.points.length > 2 && samePlace(path, 1) ? path.points.slice(0, 2) : path.points.slice(0, 1);
  const far = path.points.slice(near.length);
  const before = [...near, { x: x - GAP * along.ux, y: y - GAP * along.uy }];
  const after = [{ x: x + GAP * along.ux, y: y + GAP * along.uy }, ...far];
  return <path className="wire" d={pathData(before) + pathData(after) + cap(-1) + cap(1)} />;
}

/** Whether the chip stands on the stretch that begins at the given point. */
function samePlace(path: LinkPath, start: number): boolean {
  const [from, to] = [path.points[start], path.points[start + 1]];
  return from !== undefined && to !== undefined && path.chip.x === (from.x + to.x) / 2 && path.chip.y === (from.y + to.y) / 2;
}

interface LineProps {
  index: number;
  state: State;
  selected: boolean;
  far: boolean;
}

/** What follows the link's way: drawn anew with every frame of a drag, and little else with it. */
const Line = memo(function Line({ index, state, selected, far }: LineProps) {
  const path = useGeometry((geometry) => geometry.paths[index]);
  if (!path) return null;
  const line = pathData(path.points);
  return (
    <>
      {selected && <path className="halo" d={line} />}
      {state === 'down' ? <CutLine path={path} /> : <path className="wire" d={line} />}
      {!far && <path className="react-flow__edge-interaction" d={line} fill="none" strokeOpacity={0} strokeWidth={20} />}
    </>
  );
});

interface LabelsProps {
  index: number;
  ends: readonly [string, string];
  state: State;
  mark: Mark | null;
}

const Labels = memo(function Labels({ index, ends, state, mark }: LabelsProps) {
  const path = useGeometry((geometry) => geometry.paths[index]);
  const seen = useLive((live) => live.links[linkKey(ends)]);
  if (!path) return null;
  return (
    <>
      <EndLabel end={ends[0]} place={path.ends[0]} />
      <EndLabel end={ends[1]} place={path.ends[1]} aside={path.aside ?? 0} />
      <Chip path={path} state={state} mark={mark} status={seen} ends={ends} />
    </>
  );
});

function Trouble({ index }: { index: number }) {
  const at = useGeometry((geometry) => geometry.paths[index]?.chip);
  return at ? <IconAt name="warn" className="warn" x={at.x - 8} y={at.y - 8} size={16} /> : null;
}

/** React Flow moves its own ends of an edge with every frame; ours are in the geometry. */
const sameEdge = (a: EdgeProps<LinkEdge>, b: EdgeProps<LinkEdge>): boolean => a.data === b.data && a.selected === b.selected;

export const Link = memo(function Link({ data, selected = false }: EdgeProps<LinkEdge>) {
  const { t } = useTranslation();
  const index = data?.index ?? 0;
  const ends = useLinkEnds(index);
  const key = linkKey(ends);
  const { state, mark } = useLinkState(ends);
  const tight = useGeometry((geometry) => geometry.paths[index]?.aside === null);
  const pointed = useView((view) => view.pointed.has(`link:${index}`));
  const troubled = useTroubles((troubles) => troubles.items.has(`link:${index}`));
  const [hovered, setHovered] = useState(false);
  // From far away nobody reads its labels: a bridge is dragged with hundreds of links.
  const far = useBand(({ band }) => band === 'names');
  const loud = mark !== null || state === 'down' || state === 'failed';
  const classes = ['link', state, selected && 'selected', pointed && 'pointed', tight && 'tight', loud && 'loud'];
  return (
    <g
      className={classes.filter(Boolean).join(' ')}
      data-link={key}
      data-state={state}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
    >
      <title>{t(`link.${state}`, { a: splitEnd(ends[0]).node, b: splitEnd(ends[1]).node })}</title>
      <Line index={index} state={state} selected={selected} far={far} />
      {(!far || hovered || selected || pointed || loud) && <Labels index={index} ends={ends} state={state} mark={mark} />}
      {troubled && <Trouble index={index} />}
    </g>
  );
}, sameEdge);
