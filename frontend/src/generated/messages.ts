// Made by `npm run generate` from the Python sources. Do not edit.

export type PageToServer = Watch | Unwatch | Ack;
export type ServerToPage = Full | Delta | Gone | Refused;

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
  run?: RunStatus | null;
  status?: LabStatus | null;
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
  node?: string | null;
  interface?: string | null;
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
  run: RunStatus;
  status: LabStatus;
}
/**
 * Server: the lab was deleted, or is not yours.
 */
export interface Gone {
  type: 'gone';
  lab: string;
}
/**
 * Server: your message was not understood, or not allowed.
 */
export interface Refused {
  type: 'refused';
  message: string;
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
