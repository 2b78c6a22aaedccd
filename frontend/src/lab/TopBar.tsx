/** The lab's name and state, undo and redo, and what makes the drawing real: Run, Apply, Stop. */
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { STATES } from '@/components/StateBadge';
import { LanguageSwitch, ThemeSwitch } from '@/components/Switches';
import { useWords } from '@/components/words';
import { Icon } from '@/icons/Icon';
import { isSuperuser, useAccess, useLooksOnly } from '@/store/access';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { isOnMachine, usePendingStore } from '@/store/pending';
import { useSync } from '@/store/sync';
import { AutoApplySwitch } from './AutoApplySwitch';
import { apply, discard, run, stop } from './actions';
import { DriftChip } from './DriftChip';
import { LabTitle } from './LabTitle';
import { Lookers, ViewOnly } from './Lookers';
import { PROBLEMS_ID, ProblemsButton } from './ProblemsButton';
import { ShareButton } from './ShareDialog';
import { usePending } from './usePending';

/** Minutes since a moment, as it goes on. */
function useMinutes(since: number | null | undefined): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  return since == null ? null : Math.max(0, Math.floor((now / 1000 - since) / 60));
}

function StateBadge() {
  const { t } = useTranslation();
  const status = useLive((live) => live.run);
  const minutes = useMinutes(status?.since);
  const state = status?.state ?? 'stopped';
  const { tone, icon } = STATES[state];
  const progress = (state === 'starting' || state === 'applying') && (status?.total ?? 0) > 0;
  return (
    <span className={`state ${tone}`} role="status" aria-label={t('labState')} data-state={state}>
      <Icon name={icon} />
      {t(state === 'waiting' && status?.worker ? 'run.waitingTurn' : `run.${state}`)}
      {progress && <span className="num">{t('run.progress', { done: status?.done ?? 0, total: status?.total ?? 0 })}</span>}
      {state === 'running' && minutes !== null && minutes > 0 && <span className="num wide">{t('run.minutes', { count: minutes })}</span>}
    </span>
  );
}

/** It is, or shall be, among what else there is on the worker's machine. */
function useConcernsMachine(): boolean {
  const drawn = useLab((lab) => isOnMachine(lab.doc));
  const runs = usePendingStore((pending) => isOnMachine(pending.applied));
  return drawn || runs;
}

function MachineMark() {
  const { t } = useTranslation();
  if (!useConcernsMachine()) return null;
  return (
    <span className="state on-machine" title={t('machine.tip')}>
      <Icon name="warn" />
      {t('machine.here')}
    </span>
  );
}

/** Whether one may run and change it: on the machine itself, only superusers may. */
function useMayRun(): boolean {
  return !useConcernsMachine() || isSuperuser();
}

/** So with stopping it; there, what is drawn counts for nothing. */
function useMayStop(): boolean {
  const drawn = useLab((lab) => isOnMachine(lab.doc));
  const onMachine = usePendingStore(({ applied }) => (applied ? isOnMachine(applied) : drawn));
  return !onMachine || isSuperuser();
}

function SavedState() {
  const { t } = useTranslation();
  const saved = useSync((sync) => sync.saved);
  const errors = useSync((sync) => sync.errors.length);
  const failure = useSync((sync) => sync.failure);
  const say = useWords();
  const key = saved === 'dirty' && errors > 0 ? 'refused' : saved;
  return (
    <span className={`saved ${key}`} role="log" aria-label={t('savedState')} title={failure ? say(failure) : undefined}>
      {t(`saved.${key}`, { count: errors })}
    </span>
  );
}

export function TopBar() {
  const { t } = useTranslation();
  const looksOnly = useLooksOnly();
  return (
    <header className="topbar">
      <Link className="brand" to="/" aria-label={t('allLabs')}>
        <Icon name="logo" />
      </Link>
      <Link className="dim wide" to="/">
        {t('labs')}
      </Link>
      <span className="dim wide">/</span>
      <LabTitle />
      <StateBadge />
      <MachineMark />
      {looksOnly ? <ViewOnly /> : <SavedState />}
      <span className="grow" />
      <Lookers />
      <ShareButton />
      {looksOnly ? <LookTools /> : <EditTools />}
      <i className="sep" />
      <LanguageSwitch />
      <ThemeSwitch />
    </header>
  );
}

/** Undo, redo, and what makes the drawing real: for who may change it. */
function EditTools() {
  const { t } = useTranslation();
  const history = useLab((lab) => lab.history);
  const undo = useLab((lab) => lab.undo);
  const redo = useLab((lab) => lab.redo);
  const state = useLive((live) => live.run?.state ?? 'stopped');
  const problems = useSync((sync) => sync.problems.length + sync.errors.length);
  const pending = usePending();
  const mayRun = useMayRun();
  const operations = pending.count + pending.undone;
  const due = operations > 0 || pending.checks || pending.adopted || state === 'failed';
  const onlyUndoes = operations > 0 && pending.undone === operations && !pending.checks;
  const { alive } = pending;
  return (
    <>
      <i className="sep" />
      <button
        type="button"
        className="btn icon ghost"
        aria-label={t('undo')}
        title={`${t('undo')} (Ctrl Z)`}
        disabled={history.past.length === 0}
        onClick={undo}
      >
        <Icon name="undo" />
      </button>
      <button
        type="button"
        className="btn icon ghost"
        aria-label={t('redo')}
        title={`${t('redo')} (Ctrl Shift Z)`}
        disabled={history.future.length === 0}
        onClick={redo}
      >
        <Icon name="redo" />
      </button>
      <i className="sep" />
      {(pending.count > 0 || pending.checks) && (
        <span className="state pending">
          <Icon name="ring" />
          {pending.count > 0 ? t('pending', { count: pending.count }) : t('pendingChecks')}
        </span>
      )}
      {pending.drawn && pending.applied && (
        <button type="button" className="btn ghost" onClick={() => pending.applied && discard(pending.applied)}>
          {t('discard')}
        </button>
      )}
      <DriftChip />
      <ProblemsButton />
      {alive && <AutoApplySwitch />}
      {alive && (
        <button
          type="button"
          className={due && !onlyUndoes ? 'btn primary' : 'btn'}
          aria-label={t('apply')}
          aria-keyshortcuts="Control+Enter"
          aria-describedby={problems > 0 ? PROBLEMS_ID : undefined}
          title={problems > 0 ? t('runProblems', { count: problems }) : `${t(onlyUndoes ? 'applyUndoes' : 'apply')} (Ctrl Enter)`}
          disabled={!mayRun || !due || problems > 0 || state === 'waiting' || state === 'applying'}
          onClick={() => void apply()}
        >
          {t('apply')}
          {operations > 0 && <span className="count">{operations}</span>}
        </button>
      )}
      <button
        type="button"
        className={alive ? 'btn' : 'btn primary'}
        aria-label={t('runButton')}
        aria-describedby={problems > 0 ? PROBLEMS_ID : undefined}
        title={mayRun ? (problems > 0 ? t('runProblems', { count: problems }) : `${t('runButton')} (Ctrl Enter)`) : t('machine.superusers')}
        disabled={!mayRun || alive || problems > 0}
        onClick={() => void run()}
      >
        <Icon name="play" />
        <span className="wide">{t('runButton')}</span>
      </button>
      <StopButton />
    </>
  );
}

/** An administrator may stop any lab, and no more. */
function LookTools() {
  const role = useAccess((access) => access.role);
  return role === 'administrator' ? <StopButton /> : null;
}

function StopButton() {
  const { t } = useTranslation();
  const mayStop = useMayStop();
  const state = useLive((live) => live.run?.state ?? 'stopped');
  return (
    <button
      type="button"
      className="btn"
      aria-label={t('stop')}
      title={mayStop ? `${t('stop')} (Ctrl .)` : t('machine.superusers')}
      disabled={!mayStop || state === 'stopped' || state === 'stopping'}
      onClick={() => void stop()}
    >
      <Icon name="stop" />
      <span className="wide">{t('stop')}</span>
    </button>
  );
}
