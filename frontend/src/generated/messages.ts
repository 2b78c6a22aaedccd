// Made by `npm run generate` from the Python sources. Do not edit.

export type PageToServer = Watch | Unwatch | Ack | TerminalSeen | TerminalInput | TerminalSize;
export type ServerToPage = Full | Delta | Gone | Refused | TerminalOutput;

export interface Messages {
  [k: string]: unknown;
}
/**
 * Page: I have drawn what you sent up to `seq`. Who does not acknowledge is sent only the newest state, and no more until it does.
 */
export interface Ack {
  type: 'ack';
  lab: string;
  seq: number;
}
/**
 * A check of the document, by its index there.
 */
export interface CheckResult {
  index: number;
  ok: boolean | null;
  ping?: PingResult | null;
  trace?: TraceResult | null;
}
/**
 * One ping, or the last of a check. `got` is ping's: an errno on sending or an ICMP error is `unreachable`, silence is `timeout`.
 */
export interface PingResult {
  source: string;
  target: string;
  got: 'reply' | 'unreachable' | 'timeout';
  rtt_ms?: number | null;
  text: string;
  reporter?: string | null;
  sent?: number;
  received?: number;
}
export interface TraceResult {
  source: string;
  target: string;
  hops: Hop[];
  reached: boolean;
  error?: string | null;
}
export interface Hop {
  address: string | null;
  rtt_ms?: number | null;
  node?: string | null;
}
/**
 * Server: what changed since `seq - 1`; keys that are absent are as before. A gap in `seq`: watch again.
 *
 * A `run` whose `plan` is None has the plan that was sent before for its generation.
 */
export interface Delta {
  type: 'delta';
  lab: string;
  seq: number;
  version?: number | null;
  role?: ('viewer' | 'editor' | 'owner' | 'administrator') | null;
  run?: RunStatus | null;
  status?: LabStatus | null;
  people?: People | null;
}
export interface RunStatus {
  state: 'stopped' | 'waiting' | 'starting' | 'running' | 'applying' | 'stopping' | 'failed';
  generation?: number;
  version?: number | null;
  done?: number;
  total?: number;
  plan?: PlanEntry[] | null;
  error?: RunError | null;
  since?: number | null;
  worker?: string | null;
}
/**
 * An operation as the page and `topoweb plan --json` show it.
 */
export interface PlanEntry {
  n: number;
  op: string;
  change: 'add' | 'remove' | 'change';
  summary: string;
  params: {
    [k: string]: string;
  };
  command: string;
  anew?: ('peer' | 'kind') | null;
  node?: string | null;
  interface?: string | null;
  cause?: 'drawing' | 'drift';
}
/**
 * Why a run failed: what, where, what to do.
 */
export interface RunError {
  message: string;
  code: string;
  params?: {
    [k: string]: string;
  };
  n?: number | null;
  op?: string | null;
  node?: string | null;
  interface?: string | null;
  errno?: string | null;
  kernel?: string | null;
  hint?: string | null;
  reasons?: Reason[];
  leftovers?: PlanEntry[];
}
/**
 * One of several things that are in the way, with what to do about it.
 */
export interface Reason {
  code: string;
  params?: {
    [k: string]: string;
  };
  message: string;
}
/**
 * What is seen in a running lab. In a delta, only what changed.
 */
export interface LabStatus {
  links?: {
    [k: string]: LinkStatus;
  };
  checks?: {
    [k: string]: CheckResult;
  };
  addresses?: {
    [k: string]: string[];
  };
  pings?: {
    [k: string]: PingResult;
  };
  terminals?: TerminalStatus[] | null;
  drift?: PlanEntry[] | null;
  strangers?: Stranger[] | null;
}
/**
 * A link of the drawing. Its key is `A:if--B:if`, its ends in the order of the document.
 */
export interface LinkStatus {
  state: 'up' | 'down';
  /**
   * @minItems 2
   * @maxItems 2
   */
  ends: ['up' | 'down', 'up' | 'down'];
  /**
   * @minItems 2
   * @maxItems 2
   */
  bps?: [number, number];
}
/**
 * A terminal that is open in a lab.
 */
export interface TerminalStatus {
  key: string;
  node: string;
}
/**
 * What no drawing holds: a link of another kind, a veth whose other end is out of sight, an address of `lo`.
 */
export interface Stranger {
  node: string;
  interface: string;
  kind: string;
  address?: string | null;
}
/**
 * Who looks at a lab, each once: the first by name, and how many there are in all.
 */
export interface People {
  named?: Person[];
  count?: number;
}
export interface Person {
  user: string;
  name?: string;
}
/**
 * What the kernel of a worker can do, and what it cannot, with the reason.
 */
export interface Features {
  available?: string[];
  missing?: {
    [k: string]: string;
  };
}
/**
 * Server: all that is known of a lab; what the page had before is void.
 */
export interface Full {
  type: 'full';
  lab: string;
  seq: number;
  version: number;
  role: 'viewer' | 'editor' | 'owner' | 'administrator';
  run: RunStatus;
  status: LabStatus;
  people: People;
}
/**
 * Server: the lab was deleted, or is not shared with you (any more).
 */
export interface Gone {
  type: 'gone';
  lab: string;
}
/**
 * Server: your message was not understood, or your role in the lab does not allow it.
 */
export interface Refused {
  type: 'refused';
  message: string;
}
/**
 * Page: somebody typed this. At most WINDOW bytes are sent that `TerminalOutput.taken` does not cover.
 */
export interface TerminalInput {
  type: 'terminal_input';
  lab: string;
  terminal: string;
  position: number;
  data: string;
}
/**
 * Worker: what the terminal wrote from `position` on. Behind a gap the page says again what it has seen.
 */
export interface TerminalOutput {
  type: 'terminal_output';
  lab: string;
  terminal: string;
  position: number;
  data: string;
  reset?: boolean;
  taken: number;
}
/**
 * Page: I have drawn what it wrote up to `position`; go on from there. Said of all that it draws, and every few seconds.
 *
 * Said twice of one position: I got no more, send from there again. Said first: show me this terminal.
 */
export interface TerminalSeen {
  type: 'terminal_seen';
  lab: string;
  terminal: string;
  position: number;
  typed: number;
}
export interface TerminalSize {
  type: 'terminal_size';
  lab: string;
  terminal: string;
  rows: number;
  columns: number;
}
export interface Unwatch {
  type: 'unwatch';
  lab: string;
}
/**
 * Page: show me this lab, all of it first.
 */
export interface Watch {
  type: 'watch';
  lab: string;
}
