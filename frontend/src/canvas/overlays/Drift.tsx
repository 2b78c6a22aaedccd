/** What was done by hand in the running lab, over the drawing: ghosts of what is not drawn, and ≠ at what differs. */
import { ViewportPortal } from '@xyflow/react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { IMPLIED_HOST, splitEnd } from '@/document/names';
import type { PlanEntry } from '@/generated/messages';
import { useOperationText } from '@/i18n/operations';
import { Icon, IconAt } from '@/icons/Icon';
import { useDrift } from '@/lab/drift';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { linkId, useView } from '@/store/view';
import type { Rect } from '../geometry';
import { type EndMark, type GhostLink, type GhostNode, type Ghosts, ghostsOf, withNames } from '../ghosts';
import type { LinkPath } from '../routing';
import { useGeometry } from '../store';

function useGhosts(): Ghosts | null {
  const { open: entries, strangers } = useDrift();
  const drawn = useLab((lab) => lab.doc);
  const completed = useSync((sync) => sync.completed);
  const rects = useGeometry((geometry) => geometry.rects);
  return useMemo(
    () => (entries.length + strangers.length > 0 ? ghostsOf(withNames(drawn, completed), rects, entries, strangers) : null),
    [drawn, completed, rects, entries, strangers],
  );
}

function showInPlan(items: string[]): void {
  const { select, setTab } = useView.getState();
  select(items);
  setTab('plan');
}

export function Drift() {
  const ghosts = useGhosts();
  const rects = useGeometry((geometry) => geometry.rects);
  const marks = useNodeMarks(ghosts);
  const host = ghosts?.nodes.find((node) => node.path === IMPLIED_HOST);
  if (!ghosts && marks.size === 0) return null;
  return (
    <ViewportPortal>
      {ghosts && <Made ghosts={ghosts} />}
      {[...marks].map(([path, what]) => (
        <NodeMark key={path} path={path} rect={rects.get(path) ?? (path === host?.path ? host.rect : undefined)} what={what} />
      ))}
    </ViewportPortal>
  );
}

/** What is there and not drawn, or drawn and gone; and the ends of links that differ. */
function Made({ ghosts }: { ghosts: Ghosts }) {
  const rects = useGeometry((geometry) => geometry.rects);
  const paths = useGeometry((geometry) => geometry.paths);
  return (
    <>
      <svg className="overlay-layer under" aria-hidden="true">
        {[...ghosts.goneLinks].map(([index, entry]) => (
          <GoneLink key={index} path={paths[index]} entry={entry} />
        ))}
      </svg>
      <svg className="overlay-layer over" aria-hidden="true">
        {ghosts.links.map((link) => (
          <MadeLink key={link.ends.join('--')} link={link} />
        ))}
        {[...ghosts.endMarks].map(([end, mark]) => (
          <MarkedEnd key={end} path={paths[mark.link]} mark={mark} />
        ))}
      </svg>
      {[...ghosts.frames].map(([path, rect]) => (
        <div key={path} className="drift-frame" style={at(rect)} />
      ))}
      {ghosts.nodes.map((node) => (
        <MadeNode key={node.path} node={node} />
      ))}
      {[...ghosts.goneNodes.keys()].map((path) => (
        <GoneNode key={path} path={path} rect={rects.get(path)} />
      ))}
    </>
  );
}

/** What differs at a node itself, in words: operations, and what no drawing holds. */
function useNodeMarks(ghosts: Ghosts | null): Map<string, string[]> {
  const { t } = useTranslation('drift');
  const say = useOperationText();
  const { strangers } = useDrift();
  const marks = new Map([...(ghosts?.nodeMarks ?? [])].map(([path, entries]) => [path, entries.map(say)]));
  for (const { node, interface: name, kind, address } of strangers) {
    marks.set(node, [...(marks.get(node) ?? []), t(address ? 'strangerAddress' : 'stranger', { node, name, kind, address })]);
  }
  return marks;
}

const at = ({ x, y, w, h }: Rect) => ({ transform: `translate(${x}px, ${y}px)`, width: w, height: h });

function MadeNode({ node }: { node: GhostNode }) {
  const { t } = useTranslation('drift');
  const isHost = node.path === IMPLIED_HOST;
  return (
    <button
      type="button"
      className={`drift-node shape-${node.shape}`}
      data-drift-node={node.path}
      style={at(node.rect)}
      title={isHost ? node.path : t('node', { name: node.path })}
      onClick={() => showInPlan([])}
    >
      <Icon name={isHost ? 'host' : node.shape === 'bar' ? 'bridge' : 'ns'} />
      <span>{node.path.slice(node.path.indexOf('/') + 1)}</span>
      <b>≠</b>
    </button>
  );
}

/** Where along the line the name of an interface stands: a little off its end. */
const OFF = 26;
/** Beside a level line, whose two names would else meet or run into the nodes. */
const LEVEL = { x: 4, above: -6, below: 16 };

/** Where the names of a line's interfaces stand. */
function namePlaces({ from, to }: GhostLink) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (Math.abs(dx) > 2 * Math.abs(dy)) {
    const side = Math.sign(dx);
    const anchors = side > 0 ? (['start', 'end'] as const) : (['end', 'start'] as const);
    return [
      { x: from.x + side * LEVEL.x, y: from.y + LEVEL.above, textAnchor: anchors[0] },
      { x: to.x - side * LEVEL.x, y: to.y + LEVEL.below, textAnchor: anchors[1] },
    ] as const;
  }
  const length = Math.hypot(dx, dy) || 1;
  const step = { x: (dx / length) * OFF, y: (dy / length) * OFF };
  return [beside(from.x + step.x, from.y + step.y, dx), beside(to.x - step.x, to.y - step.y, -dx)] as const;
}

/** On the side to which the line goes from there: so the names of lines that fan out of a node do not meet. */
function beside(x: number, y: number, ahead: number) {
  return ahead < 0 ? ({ x: x - 8, y: y + 4, textAnchor: 'end' } as const) : ({ x: x + 8, y: y + 4, textAnchor: 'start' } as const);
}

function MadeLink({ link }: { link: GhostLink }) {
  const { t } = useTranslation('drift');
  const { ends, from, to } = link;
  const places = namePlaces(link);
  const [a, b] = ends.map(splitEnd) as [ReturnType<typeof splitEnd>, ReturnType<typeof splitEnd>];
  return (
    <g className="drift-link" data-drift-link={ends.join('--')}>
      <title>{t('link', { a: a.node, b: b.node })}</title>
      <path d={`M${from.x} ${from.y}L${to.x} ${to.y}`} />
      <text {...places[0]}>{a.interface}</text>
      <text {...places[1]}>{b.interface}</text>
    </g>
  );
}

function GoneNode({ path, rect }: { path: string; rect: Rect | undefined }) {
  const { t } = useTranslation('drift');
  if (!rect) return null;
  return (
    <div className="drift-gone" data-drift-gone={path} style={at(rect)}>
      <span>≠ {t('gone')}</span>
    </div>
  );
}

function GoneLink({ path, entry }: { path: LinkPath | undefined; entry: PlanEntry }) {
  const { t } = useTranslation('drift');
  if (!path) return null;
  return (
    <g className="drift-link gone" data-drift-gone={`${entry.node}:${entry.interface}`}>
      <path d={path.points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('')} />
      <text x={path.chip.x} y={path.chip.y + 28} textAnchor="middle">
        ≠ {t('gone')}
      </text>
    </g>
  );
}

function MarkedEnd({ path, mark: { link, end, entries } }: { path: LinkPath | undefined; mark: EndMark }) {
  const { t } = useTranslation('drift');
  const say = useOperationText();
  const first = entries[0];
  if (!path || !first) return null;
  const { x, y } = path.ends[end];
  return (
    <>
      {entries.some((entry) => entry.op === 'SetDown') && (
        <text className="drift-word" x={path.chip.x} y={path.chip.y + 28} textAnchor="middle">
          ≠ {t('drawnUp')}
        </text>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the plan has a button for each of them */}
      <g
        className="drift-mark"
        data-drift-mark={`${first.node}:${first.interface}`}
        transform={`translate(${x} ${y})`}
        onClick={() => showInPlan([linkId(link)])}
      >
        <title>{entries.map(say).join('\n')}</title>
        <circle r={9} />
        <IconAt name="drift" x={-6} y={-6} size={12} />
      </g>
    </>
  );
}

function NodeMark({ path, rect, what }: { path: string; rect: Rect | undefined; what: string[] }) {
  const { t } = useTranslation('drift');
  if (!rect) return null;
  return (
    <button
      type="button"
      className="drift-badge"
      data-drift-mark={path}
      style={{ transform: `translate(${rect.x + rect.w - 8}px, ${rect.y + 8}px) translate(-100%, -100%)` }}
      aria-label={`${path}: ${t('mark', { count: what.length })}`}
      title={what.join('\n')}
      onClick={() => showInPlan([path])}
    >
      ≠ {what.length}
    </button>
  );
}
