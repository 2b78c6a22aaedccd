/** What should reach what, and whether it does. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '@/api/labs';
import { Problems } from '@/components/Problems';
import type { LabCheck } from '@/document/types';
import type { CheckResult } from '@/generated/messages';
import type { IconName } from '@/icons/Icon';
import { Icon } from '@/icons/Icon';
import { report } from '@/lab/actions';
import { rtt } from '@/lab/units';
import { useCheckResults } from '@/lab/useCheckResults';
import { useIsThere } from '@/lab/usePending';
import { useLab } from '@/store/lab';
import { useView } from '@/store/view';
import { CheckForm } from './CheckForm';
import { Outcome } from './Outcome';

type Verdict = 'waits' | 'running' | 'passes' | 'fails';
const LOOK: Record<Verdict, { tone: string; icon: IconName }> = {
  waits: { tone: 'pending', icon: 'ring' },
  running: { tone: 'applying', icon: 'half' },
  passes: { tone: 'up', icon: 'check' },
  fails: { tone: 'down', icon: 'x' },
};

function verdictOf(result: CheckResult | undefined): Verdict {
  if (!result) return 'waits';
  if (result.ok === null) return 'running';
  return result.ok ? 'passes' : 'fails';
}

export function ChecksPanel() {
  const { t } = useTranslation('panels');
  const checks = useLab((lab) => lab.doc.checks);
  const results = useCheckResults();
  const running = useIsThere();
  const adding = useView((view) => view.addingCheck);
  const setAdding = useView((view) => view.setAddingCheck);
  const verdicts = checks.map((_, index) => verdictOf(results[index]));
  return (
    <>
      <Head verdicts={verdicts} running={running} />
      {checks.length > 0 && (
        <div className="bar" aria-hidden="true">
          {verdicts.map((verdict, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a check has no identity but its place in the document
            <i key={index} className={LOOK[verdict].tone} />
          ))}
        </div>
      )}
      <ul className="checks">
        {checks.map((check, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a check has no identity but its place in the document
          <Check key={index} check={check} index={index} result={results[index]} />
        ))}
      </ul>
      {adding ? (
        <CheckForm
          index={checks.length}
          onDone={(check) => {
            setAdding(false);
            if (check) useLab.getState().edit((doc) => void doc.checks.push(check));
          }}
        />
      ) : (
        <button type="button" className="btn ghost small add" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          {t('checks.add')}
        </button>
      )}
    </>
  );
}

function Head({ verdicts, running }: { verdicts: readonly Verdict[]; running: boolean }) {
  const { t } = useTranslation('panels');
  const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length;
  const total = verdicts.length;
  const runAll = () => {
    const { id } = useLab.getState();
    if (id) void api.runChecks(id).catch(report);
  };
  const parts = [
    count('fails') > 0 && t('checks.failing', { count: count('fails') }),
    count('running') > 0 && t('checks.being_run', { count: count('running') }),
    count('waits') > 0 && t('checks.waiting', { count: count('waits') }),
  ].filter(Boolean);
  const title = running ? t('checks.passing', { passing: count('passes'), count: total }) : t('checks.count', { count: total });
  return (
    <div className="head">
      <div>
        <h2>{total === 0 ? t('checks.title') : title}</h2>
        <p className="dim">{total === 0 ? t('checks.none') : running ? parts.join(t('checks.comma')) : t('checks.not_running')}</p>
      </div>
      <button type="button" className="btn small" disabled={!running || total === 0} onClick={runAll}>
        <Icon name="play" />
        {t('checks.run_all')}
      </button>
    </div>
  );
}

function Check({ check, index, result }: { check: LabCheck; index: number; result: CheckResult | undefined }) {
  const { t } = useTranslation('panels');
  const [editing, setEditing] = useState(false);
  const { edit } = useLab.getState();
  const verdict = verdictOf(result);
  const { tone, icon } = LOOK[verdict];
  if (editing) {
    return (
      <li className="editing">
        <CheckForm
          check={check}
          index={index}
          onDone={(changed) => {
            setEditing(false);
            if (!changed) return;
            edit((doc) => {
              doc.checks[index] = changed;
            });
          }}
        />
      </li>
    );
  }
  const [kind, target] = 'ping' in check ? ['ping', check.ping] : ['trace', check.trace];
  return (
    <li className={tone} data-state={verdict}>
      <Icon name={icon} className="mark" />
      <button type="button" className="from" onClick={() => useView.getState().select([check.from])}>
        <b>{kind}</b> {check.from} <span className="dim">{t('checks.to')}</span> <code>{target}</code>
      </button>
      <span className="mono">{rtt(result?.ping?.rtt_ms)}</span>
      <div className="outcome">
        <Outcome check={check} result={result} />
        <Problems path={`checks[${index}]`} />
      </div>
      <span className="tools">
        <button type="button" className="mini" aria-label={t('checks.edit')} onClick={() => setEditing(true)}>
          <Icon name="edit" />
        </button>
        <button
          type="button"
          className="mini"
          aria-label={t('checks.remove')}
          onClick={() => edit((doc) => void doc.checks.splice(index, 1))}
        >
          <Icon name="trash" />
        </button>
      </span>
    </li>
  );
}
