/** What will be done, is being done, or was done, one operation a line. Pointing at one lights what it concerns on the canvas. */
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FailureText } from '@/components/FailureText';
import { Inline } from '@/components/Prose';
import type { PlanEntry, RunStatus } from '@/generated/messages';
import { useOperationText } from '@/i18n/operations';
import type { IconName } from '@/icons/Icon';
import { Icon } from '@/icons/Icon';
import { isDrawnSinceFailure, usePending, useShownState } from '@/lab/usePending';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { useSync } from '@/store/sync';
import { linkId, useView } from '@/store/view';
import { DriftSection } from './DriftSection';
import { ProblemList } from './ProblemList';

type Step = 'todo' | 'now' | 'done' | 'failed';
const SIGNS: Record<PlanEntry['change'], { tone: string; icon: IconName }> = {
  add: { tone: 'added', icon: 'plus' },
  remove: { tone: 'removed', icon: 'minus' },
  change: { tone: 'changed', icon: 'tilde' },
};
const MARKS: Record<Step, { tone: string; icon: IconName } | null> = {
  todo: { tone: '', icon: 'ring' },
  now: { tone: 'applying', icon: 'half' },
  done: { tone: 'up', icon: 'check' },
  failed: { tone: 'failed', icon: 'warn' },
};

/** While a run is being carried out, or after it failed and until something else is drawn, its own plan; else what the next press would do. */
export function useShownPlan(): { plan: readonly PlanEntry[] | null; run: RunStatus | null } {
  const run = useLive((live) => live.run);
  const drawn = useSync((sync) => sync.plan);
  const version = useSync((sync) => sync.version);
  const state = useShownState();
  const pending = usePending();
  const itsOwn = run && ['starting', 'applying', 'failed'].includes(run.state) && !isDrawnSinceFailure(run, version);
  if (itsOwn && run.plan && run.plan.length > 0) return { plan: run.plan, run };
  const changes = pending.alive && ['running', 'applying', 'failed'].includes(state);
  // What has problems cannot be applied, and is not as drawn either.
  return { plan: changes && drawn !== null ? pending.plan : drawn, run: null };
}

export function PlanPanel() {
  return (
    <>
      <DriftSection />
      <Planned />
    </>
  );
}

function Planned() {
  const { t } = useTranslation('panels');
  const { plan, run } = useShownPlan();
  const { checks, alive } = usePending();
  const state = useShownState();
  const running = state === 'running' || (state === 'failed' && alive);
  const problems = useSync((sync) => sync.problems.length + sync.errors.length);
  if (plan === null)
    return (
      <>
        <Heading title={t('plan.none')} hint={problems > 0 ? t('plan.problems', { count: problems }) : ''} />
        <ProblemList />
      </>
    );
  if (plan.length === 0) {
    const there = running || state === 'stopping';
    const hint = checks ? 'plan.other_checks' : there ? 'plan.as_drawn_hint' : 'plan.empty_hint';
    return <Heading title={t(there ? 'plan.as_drawn' : 'plan.empty')} hint={t(hint)} />;
  }
  return (
    <>
      {run ? (
        <Progress run={run} />
      ) : (
        <Heading
          title={t('plan.operations', { count: plan.length })}
          hint={t(running ? 'plan.on_apply' : 'plan.on_run', { count: plan.length })}
        />
      )}
      {run || !running ? <Operations plan={plan} run={run} /> : <Pending plan={plan} />}
      <p className="dim foot">{t('plan.rollback')}</p>
    </>
  );
}

function Heading({ title, hint }: { title: string; hint: string }) {
  return (
    <div className="head">
      <div>
        <h2>{title}</h2>
        <p className="dim">{hint}</p>
      </div>
    </div>
  );
}

function Progress({ run }: { run: RunStatus }) {
  const { t } = useTranslation('panels');
  const [done, total] = [run.done ?? 0, run.total ?? 0];
  const failed = run.state === 'failed';
  const { alive } = usePending();
  const outcome = !alive ? t('plan.gone') : done > 0 ? t('plan.rolled_back') : '';
  return (
    <>
      <Heading title={t(failed ? 'plan.failed' : 'plan.applying', { done, count: total })} hint={failed ? outcome : ''} />
      <progress className={failed ? 'failed' : ''} value={done} max={Math.max(total, 1)} aria-label={t('plan.progress')} />
      {failed && run.error && (
        <div className="error-text" role="alert">
          <FailureText run={run} />
        </div>
      )}
    </>
  );
}

function stepOf(entry: PlanEntry, run: RunStatus | null): Step | null {
  if (!run) return null;
  if (run.error?.n === entry.n) return 'failed';
  if (run.state === 'failed') return 'todo';
  const done = run.done ?? 0;
  if (entry.n <= done) return 'done';
  return entry.n === done + 1 ? 'now' : 'todo';
}

const machineOf = (entry: PlanEntry): string => (entry.node?.includes('/') ? (entry.node.split('/')[0] as string) : '');

/** What was drawn, apart from what undoes what was made by hand. */
function Pending({ plan }: { plan: readonly PlanEntry[] }) {
  const { t } = useTranslation('drift');
  const [yours, undone] = (['drawing', 'drift'] as const).map((cause) => plan.filter((entry) => (entry.cause ?? 'drawing') === cause));
  if (!yours || !undone?.length) return <Operations plan={plan} run={null} />;
  return (
    <>
      {yours.length > 0 && (
        <>
          <h3 className="ops-title">{t('yours')}</h3>
          <Operations plan={yours} run={null} />
        </>
      )}
      <h3 className="ops-title drifted">{t('undone')}</h3>
      <Operations plan={undone} run={null} />
    </>
  );
}

function Operations({ plan, run }: { plan: readonly PlanEntry[]; run: RunStatus | null }) {
  return (
    <ol className="ops">
      {plan.map((entry) => (
        <Operation key={entry.n} entry={entry} step={stepOf(entry, run)} />
      ))}
    </ol>
  );
}

/** The items on the canvas that an operation concerns: its node, and the link that ends at its interface. */
function itemsOf(entry: PlanEntry): string[] {
  if (!entry.node) return [];
  const end = `${entry.node}:${entry.interface}`;
  const completed = useSync.getState().completed ?? useLab.getState().doc;
  const link = entry.interface ? completed.links.findIndex((one) => one.ends.includes(end)) : -1;
  return link < 0 ? [entry.node] : [entry.node, linkId(link)];
}

export function Operation({ entry, step, children }: { entry: PlanEntry; step: Step | null; children?: ReactNode }) {
  const { t } = useTranslation('panels');
  const say = useOperationText('marked');
  const [open, setOpen] = useState(false);
  const { point, select } = useView.getState();
  const sign = SIGNS[entry.change];
  const mark = step ? MARKS[step] : null;
  const machine = machineOf(entry);
  return (
    <li className={`op ${step ?? ''}`} data-step={step ?? undefined} data-op={entry.op}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
          select(itemsOf(entry));
        }}
        onPointerEnter={() => point(itemsOf(entry))}
        onPointerLeave={() => point([])}
        onFocus={() => point(itemsOf(entry))}
        onBlur={() => point([])}
      >
        <span className="no">{entry.n}</span>
        <Icon name={sign.icon} className={`sig ${sign.tone}`} />
        <span className="what">
          <Inline text={say(entry)} />
          {entry.anew && <small className="dim"> {t(`plan.anew_${entry.anew}`)}</small>}
        </span>
        {mark ? <Icon name={mark.icon} className={`st ${mark.tone}`} /> : <span />}
      </button>
      {children}
      {open && entry.command && <pre>{machine ? `${machine}# ${entry.command.replaceAll('\n', `\n${machine}# `)}` : entry.command}</pre>}
    </li>
  );
}
