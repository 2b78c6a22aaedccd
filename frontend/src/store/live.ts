/** What is seen of a running lab. Messages are gathered and shown once per animation frame. */
import { create } from 'zustand';
import type {
  CheckResult,
  Delta,
  Full,
  LabStatus,
  LinkStatus,
  PingResult,
  PlanEntry,
  RunStatus,
  Stranger,
  TerminalStatus,
} from '@/generated/messages';

export interface LiveStore {
  connected: boolean;
  /** The lab was deleted, or is not ours. */
  gone: boolean;
  run: RunStatus | null;
  version: number | null;
  links: Readonly<Record<string, LinkStatus>>;
  checks: Readonly<Record<string, CheckResult>>;
  addresses: Readonly<Record<string, string[]>>;
  pings: Readonly<Record<string, PingResult>>;
  terminals: readonly TerminalStatus[];
  /** What was done by hand since the last apply; null while that is not known. */
  drift: readonly PlanEntry[] | null;
  /** What was made by hand besides, and no drawing holds. */
  strangers: readonly Stranger[];
}

const NOTHING: LiveStore = {
  connected: false,
  gone: false,
  run: null,
  version: null,
  links: {},
  checks: {},
  addresses: {},
  pings: {},
  terminals: [],
  drift: null,
  strangers: [],
};

export const useLive = create<LiveStore>()(() => NOTHING);

export function resetLive(): void {
  useLive.setState(NOTHING, true);
}

export function setConnected(connected: boolean): void {
  useLive.setState({ connected });
}

export function setGone(): void {
  useLive.setState({ gone: true });
}

/** The state after a message; a run without a plan keeps that of its generation. */
export function receive(state: LiveStore, message: Full | Delta): LiveStore {
  const base = message.type === 'full' ? { ...NOTHING, connected: state.connected } : state;
  const status: LabStatus = message.status ?? {};
  return {
    ...base,
    run: message.run ? withPlan(state.run, message.run) : base.run,
    version: message.version ?? base.version,
    links: merge(base.links, status.links),
    checks: merge(base.checks, status.checks),
    addresses: merge(base.addresses, status.addresses),
    pings: merge(base.pings, status.pings),
    terminals: status.terminals ?? base.terminals,
    drift: status.drift ?? base.drift,
    strangers: status.strangers ?? base.strangers,
  };
}

function withPlan(before: RunStatus | null, run: RunStatus): RunStatus {
  if (run.plan || before?.generation !== run.generation) return run;
  return { ...run, plan: before?.plan ?? null };
}

function merge<T>(before: Readonly<Record<string, T>>, changed: Record<string, T> | undefined): Readonly<Record<string, T>> {
  return changed && Object.keys(changed).length > 0 ? { ...before, ...changed } : before;
}

let waiting: (Full | Delta)[] = [];

/** Takes a message; `shown` is called after it was drawn. */
export function push(message: Full | Delta, shown: () => void): void {
  waiting.push(message);
  if (waiting.length > 1) return;
  const show = () => {
    const messages = waiting;
    waiting = [];
    useLive.setState((state) => messages.reduce(receive, state), true);
    shown();
  };
  // A hidden tab has no frames, and must acknowledge all the same.
  if (document.hidden) setTimeout(show);
  else requestAnimationFrame(show);
}

export const isRunning = (run: RunStatus | null): boolean => run?.state === 'running' || run?.state === 'applying';
