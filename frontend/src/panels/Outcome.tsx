/** What a check expects, or what came of it. */
import { useTranslation } from 'react-i18next';
import type { LabCheck } from '@/document/types';
import type { CheckResult, PingResult, TraceResult } from '@/generated/messages';
import { rtt } from '@/lab/units';

export function Outcome({ check, result }: { check: LabCheck; result: CheckResult | undefined }) {
  const { t } = useTranslation('panels');
  const over = result !== undefined && result.ok !== null;
  if ('ping' in check) {
    const expected = check.expect ?? 'reply';
    if (over && result.ping) return <PingOutcome ok={result.ok === true} expected={expected} ping={result.ping} />;
    return <p className="dim">{t('checks.expects', { what: t(`checks.outcome.${expected}`) })}</p>;
  }
  const hops = (check.expect ?? []).join(' → ');
  if (over && result.trace) return <TraceOutcome ok={result.ok === true} expected={hops} trace={result.trace} />;
  return <p className="dim">{t('checks.expects_hops', { hops })}</p>;
}

function PingOutcome({ ok, expected, ping }: { ok: boolean; expected: PingResult['got']; ping: PingResult }) {
  const { t } = useTranslation('panels');
  const got = t(`checks.outcome.${ping.got}`);
  const sent = ping.sent ?? 0;
  const loss = ok && ping.got === 'reply' && sent > 1 ? t('checks.loss', { lost: sent - (ping.received ?? 0), sent }) : '';
  return (
    <>
      <p className={ok ? 'dim' : 'bad'}>
        {ok ? t('checks.as_expected', { what: got, loss }) : t('checks.otherwise', { expected: t(`checks.outcome.${expected}`), got })}
      </p>
      {ping.got !== 'reply' && (
        <pre>
          {`${ping.source}# ping ${ping.target}\n`}
          {ping.text}
        </pre>
      )}
    </>
  );
}

function TraceOutcome({ ok, expected, trace }: { ok: boolean; expected: string; trace: TraceResult }) {
  const { t } = useTranslation('panels');
  return (
    <>
      <p className={ok ? 'dim' : 'bad'}>{ok ? t('checks.trace_ok') : (trace.error ?? t('checks.trace_otherwise', { hops: expected }))}</p>
      <ol className="hops">
        {trace.hops.map((hop, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a hop is its place on the way
          <li key={index}>
            <b>{index + 1}</b>
            <code>{hop.address ?? '*'}</code>
            {hop.node && <span className="dim">{hop.node}</span>}
            <span className="mono">{rtt(hop.rtt_ms)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
