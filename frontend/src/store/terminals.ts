/** The terminals that the page shows: which of those that the lab has are side by side, which has the keyboard, how tall the dock is. */
import { create } from 'zustand';
import { closeTerminal, newTerminal } from '@/api/labs';
import { IMPLIED_HOST, pathOf } from '@/document/names';
import type { Doc } from '@/document/types';
import { isMachine } from '@/document/types';
import type { TerminalStatus } from '@/generated/messages';
import { useLab } from './lab';
import { useLive } from './live';

const STORED = 'topoweb.terminals';
const LEAST = 120;
/** What stays of the canvas. */
const CANVAS = 240;

/** What a reload of the page brings back. */
interface Arrangement {
  open: boolean;
  /** Pixels. */
  height: number;
  /** The keys of those side by side; some may be closed by now. */
  shown: readonly string[];
  active: string | null;
}

interface TerminalsStore extends Arrangement {
  /** Which one is about to take the keyboard: a person asked for it. */
  called: string | null;
  /** The last shell ended while one typed in it. */
  ended: boolean;
  /** Who opens the dock types on in it, not on the canvas, where letters are keys. */
  setOpen: (open: boolean) => void;
  setHeight: (height: number) => void;
  /** Beside those that are shown, or in the place of the active one. */
  show: (key: string, beside?: boolean) => void;
  activate: (key: string) => void;
}

const START: Arrangement = { open: false, height: 280, shown: [], active: null };

function stored(): Arrangement {
  return { ...START, ...(JSON.parse(sessionStorage.getItem(STORED) ?? '{}') as Partial<Arrangement>) };
}

export const useTerminals = create<TerminalsStore>()((set, get) => ({
  ...stored(),
  called: null,
  ended: false,
  setOpen: (open) => {
    const { terminals } = useLive.getState();
    set({ open, called: open ? panesOf(get(), terminals).active : null, ended: open && terminals.length === 0 });
  },
  setHeight: (height) => set({ height: Math.round(Math.max(LEAST, Math.min(height, innerHeight - CANVAS))) }),
  show: (key, beside = false) => {
    const panes = panesOf(get(), useLive.getState().terminals);
    const at = beside ? panes.keys.length : panes.keys.indexOf(panes.active ?? '');
    const shown = panes.keys.includes(key) ? panes.keys : at < 0 ? [key] : [...panes.keys.slice(0, at), key, ...panes.keys.slice(at + 1)];
    set({ open: true, shown, active: key, called: key });
  },
  activate: (active) => set({ active, called: null }),
}));

useTerminals.subscribe(({ open, height, shown, active }) =>
  sessionStorage.setItem(STORED, JSON.stringify({ open, height, shown, active })),
);

/** Those side by side: what was arranged, of what there is; of a lab that has terminals always one. */
export function panesOf({ shown, active }: Arrangement, terminals: readonly TerminalStatus[]): { keys: string[]; active: string | null } {
  const there = shown.filter((key) => terminals.some((one) => one.key === key));
  const keys = there.length > 0 ? there : terminals.slice(-1).map((one) => one.key);
  return { keys, active: active !== null && keys.includes(active) ? active : (keys.at(-1) ?? null) };
}

/** Where a terminal can be opened: every machine, and the host that is not drawn, where there is one. */
export function shells(doc: Doc): string[] {
  const drawn = doc.nodes.some((node) => node.kind === 'host');
  const outside = doc.nodes.some((node) => (node.kind === 'namespace' || node.kind === 'router' || node.kind === 'bridge') && !node.host);
  return [...(outside || !drawn ? [IMPLIED_HOST] : []), ...doc.nodes.filter(isMachine).map(pathOf)];
}

/** Shows the node's terminal; opens one where there is none (beside the others: none that is not shown), or where `another` is wanted. */
export async function openTerminal(node: string, { another = false, beside = false } = {}): Promise<void> {
  const { id } = useLab.getState();
  const { terminals } = useLive.getState();
  const store = useTerminals.getState();
  const shown = panesOf(store, terminals).keys;
  const there = terminals.findLast((one) => one.node === node && !(beside && shown.includes(one.key)));
  if (there && !another) return store.show(there.key, beside);
  if (id !== null) store.show((await newTerminal(id, node)).key, beside);
}

/** Its programs end. */
export async function hangUp(key: string): Promise<void> {
  const { id } = useLab.getState();
  if (id !== null) await closeTerminal(id, key);
}
