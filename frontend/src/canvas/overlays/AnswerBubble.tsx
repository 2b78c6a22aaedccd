/** The answer to a ping or a trace, at its sender, in ping's own words. */
import { useStore } from '@xyflow/react';
import { type CSSProperties, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '@/icons/Icon';
import { rtt } from '@/lab/units';
import { type Answer, useView } from '@/store/view';
import { bubblePlace } from '../bubble';
import { useGeometry } from '../store';

type Tone = 'up' | 'down' | 'applying';

function toneOf(answer: Answer): Tone {
  if (answer.state === 'waiting') return 'applying';
  if (answer.state === 'refused') return 'down';
  return answer.ping?.got === 'reply' || answer.trace?.reached ? 'up' : 'down';
}

export function AnswerBubble() {
  const { t } = useTranslation();
  const answer = useView((view) => view.answer);
  const rect = useGeometry((geometry) => (answer ? geometry.rects.get(answer.from) : undefined));
  const [x, y, zoom] = useStore((state) => state.transform);
  const canvas = { width: useStore((state) => state.width), height: useStore((state) => state.height) };
  const bubble = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  // What it says changes its size: measured before it is painted.
  useLayoutEffect(() => {
    const { offsetWidth: width, offsetHeight: height } = bubble.current ?? { offsetWidth: 0, offsetHeight: 0 };
    setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
  });
  // A trace that arrives is drawn on its way, and said in the strip below.
  if (!answer || !rect || answer.trace?.reached) return null;
  const tone = toneOf(answer);
  const sender = { x: x + rect.x * zoom, y: y + rect.y * zoom, w: rect.w * zoom, h: rect.h * zoom };
  const { below, tail, ...place } = bubblePlace(sender, size, canvas);
  return (
    <div
      ref={bubble}
      className={`bubble ${tone}${below ? ' below' : ''}`}
      style={{ ...place, '--tail': `${tail}px` } as CSSProperties}
      role="note"
    >
      <Icon name={tone === 'up' ? 'check' : tone === 'down' ? 'x' : 'half'} />
      <p className="mono strong">{wordsOf(answer)}</p>
      <button type="button" className="mini" aria-label={t('close')} onClick={() => useView.getState().setAnswer(null)}>
        <Icon name="x" />
      </button>
      <p className="dim">{t(answer.kind === 'ping' ? 'answer.ping' : 'answer.trace', { from: answer.from, to: targetOf(answer) })}</p>
    </div>
  );
}

function targetOf(answer: Answer): string {
  const address = answer.ping?.target ?? answer.trace?.target;
  return address && address !== answer.to ? `${answer.to} (${address})` : answer.to;
}

/** In ping's and traceroute's words, which are the same in every language. */
function wordsOf(answer: Answer): string {
  if (answer.state === 'waiting') return `${answer.kind === 'ping' ? 'ping' : 'traceroute'} …`;
  if (answer.state === 'refused') return answer.message ?? '';
  if (answer.ping) {
    const { got, text, rtt_ms } = answer.ping;
    return got === 'reply' && !text.includes('ms') ? `${text}  ${rtt(rtt_ms)}`.trim() : text;
  }
  const { trace } = answer;
  if (!trace) return '';
  return trace.error ?? (trace.reached ? `${trace.hops.length} hops, ${rtt(trace.hops.at(-1)?.rtt_ms)}` : '* * *');
}
