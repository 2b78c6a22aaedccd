/** What happened in the lab, as it was seen: links going down and up, the run's steps, checks that change their result. */
import { create } from 'zustand';
import { splitEnd } from '@/document/names';
import type { IconName } from '@/icons/Icon';
import { type LiveStore, useLive } from './live';

export interface LabEvent {
  id: number;
  at: number;
  tone: 'up' | 'down' | 'pending' | 'applying' | 'failed' | 'idle';
  icon: IconName;
  /** A key of `lab:event`, and what its words name. */
  what: 'linkDown' | 'linkUp' | 'run' | 'checkOk' | 'checkBad' | 'edited';
  params: Record<string, string>;
}

const KEPT = 50;
/** More changes than this at once are the start or the end of a run, not news. */
const CROWD = 8;
let last = 0;

export const useEvents = create<{ events: readonly LabEvent[] }>()(() => ({ events: [] }));

type News = Omit<LabEvent, 'id' | 'at'>;

function tell(news: readonly News[]): void {
  if (news.length === 0) return;
  const at = Date.now();
  const events = news.map((one) => {
    last += 1;
    return { ...one, id: last, at };
  });
  useEvents.setState((log) => ({ events: [...log.events, ...events].slice(-KEPT) }));
}

/** Somebody else's edit has arrived. While he goes on, it is one event. */
export function tellEdited(user: string): void {
  const { events } = useEvents.getState();
  const latest = events.at(-1);
  if (latest?.what === 'edited' && latest.params.user === user) useEvents.setState({ events: events.slice(0, -1) });
  tell([{ tone: 'idle', icon: 'edit', what: 'edited', params: { user } }]);
}

function ofLinks(now: LiveStore, before: LiveStore): News[] {
  if (now.links === before.links) return [];
  return Object.entries(now.links).flatMap(([key, link]): News[] => {
    const old = before.links[key];
    if (!old || old.state === link.state) return [];
    const end = key.split('--')[link.ends[0] === link.state || link.ends[1] !== link.state ? 0 : 1] ?? key;
    const { node, interface: name } = splitEnd(end);
    const up = link.state === 'up';
    return [{ tone: link.state, icon: up ? 'tri' : 'x', what: up ? 'linkUp' : 'linkDown', params: { node, interface: name ?? '' } }];
  });
}

function ofChecks(now: LiveStore, before: LiveStore): News[] {
  if (now.checks === before.checks) return [];
  return Object.entries(now.checks).flatMap(([key, check]): News[] => {
    if (check.ok === null || before.checks[key]?.ok === check.ok) return [];
    const result = check.ping ?? check.trace;
    const params = { from: result?.source ?? '', to: result?.target ?? '', got: check.ping?.text ?? '' };
    return [{ tone: check.ok ? 'up' : 'down', icon: check.ok ? 'check' : 'x', what: check.ok ? 'checkOk' : 'checkBad', params }];
  });
}

const RUN_TONES: Record<string, LabEvent['tone']> = { running: 'up', failed: 'failed', stopped: 'idle' };

function ofRun(now: LiveStore, before: LiveStore): News[] {
  const [state, old] = [now.run?.state, before.run?.state];
  if (!state || !old) return [];
  // What is applied within a frame was never seen on its way: it is news all the same.
  if (state === old && now.run?.generation === before.run?.generation) return [];
  // Every press of Run or Apply waits for a moment: it is news where there is nobody to wait for.
  if (state === 'waiting' && now.run?.worker) return [];
  const tone = RUN_TONES[state] ?? 'applying';
  const icon: IconName = state === 'running' ? 'tri' : state === 'failed' ? 'warn' : state === 'stopped' ? 'square' : 'half';
  return [{ tone, icon, what: 'run', params: { state } }];
}

export function followEvents(): () => void {
  const stop = useLive.subscribe((now, before) => {
    const links = ofLinks(now, before);
    const checks = ofChecks(now, before);
    tell([...ofRun(now, before), ...(links.length > CROWD ? [] : links), ...(checks.length > CROWD ? [] : checks)]);
  });
  return () => {
    stop();
    useEvents.setState({ events: [] });
  };
}
