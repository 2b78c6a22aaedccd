/** A traced path: a violet band under the links with beads along it, and a numbered hop where each answer came from. */
import { ViewportPortal } from '@xyflow/react';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { ask } from '@/lab/actions';
import { rtt } from '@/lab/units';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';
import { useGeometry } from '../store';
import { type Trail, trailOf } from '../trail';

function useTrail(): Trail | null {
  const answer = useView((view) => view.answer);
  const doc = useLab((lab) => lab.doc);
  const rects = useGeometry((geometry) => geometry.rects);
  const paths = useGeometry((geometry) => geometry.paths);
  return useMemo(() => (answer?.trace ? trailOf({ doc, rects, paths }, answer.from, answer.trace) : null), [answer, doc, rects, paths]);
}

export function TrailOverlay() {
  const trail = useTrail();
  useEffect(() => useView.getState().setTraced(trail?.nodes ?? []), [trail]);
  if (!trail || trail.points.length === 0) return null;
  const line = trail.points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('');
  return (
    <ViewportPortal>
      <svg className="overlay-layer under" aria-hidden="true">
        <path className="trail" d={line} />
        <path className="trail dots" d={line} />
      </svg>
      <svg className="overlay-layer over" aria-hidden="true">
        {trail.hops.map((hop) => (
          <g key={hop.n} className="hop">
            <circle cx={hop.x} cy={hop.y} r={10} />
            <text x={hop.x} y={hop.y + 4}>
              {hop.n}
            </text>
            <text className="rtt" x={hop.x - 16} y={hop.above ? hop.y - 14 : hop.y + 22}>
              {rtt(hop.rtt)}
            </text>
          </g>
        ))}
      </svg>
    </ViewportPortal>
  );
}

/** The same in one line of text. */
export function TraceStrip() {
  const { t } = useTranslation();
  const answer = useView((view) => view.answer);
  const trace = answer?.trace;
  if (!answer || !trace) return null;
  return (
    <section className="strip float" aria-label={t('traceroute')}>
      <header>
        <b>{t('traceroute')}</b>
        <span className="mono">{t('fromTo', { from: answer.from, to: trace.target })}</span>
        <span className="dim">{t('hops', { count: trace.hops.length })}</span>
        <span className="grow" />
        <button type="button" className="mini" aria-label={t('again')} onClick={() => void ask('trace', answer.from, answer.to)}>
          <Icon name="replay" />
        </button>
        <button type="button" className="mini" aria-label={t('close')} onClick={() => useView.getState().setAnswer(null)}>
          <Icon name="x" />
        </button>
      </header>
      <ol>
        {trace.hops.map((hop, index) => (
          // The same address may answer twice: a hop is its number.
          // biome-ignore lint/suspicious/noArrayIndexKey: see the line above
          <li key={index}>
            <b>{index + 1}</b>
            <span className="mono">{hop.address ?? '*'}</span>
            <span className="dim">{hop.node ?? ''}</span>
            <span className="mono dim">{rtt(hop.rtt_ms)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
