/** What is looked at: tool, selection, panel, and what was asked on the canvas. Nothing of it is saved in the document. */
import { create } from 'zustand';
import type { Clip } from '@/document/clipboard';
import type { DrawnKind } from '@/document/types';
import type { PingResult, TraceResult } from '@/generated/messages';

/** With the keyboard, a link has its beginning, what was typed of its other end, and the node that Enter links it to. */
export type Tool =
  | { name: 'select' }
  | { name: 'link'; from?: string; typed?: string; to?: string }
  | { name: 'place'; kind: DrawnKind }
  | { name: 'ping' | 'trace'; from: string | null };
export const TABS = ['inspector', 'plan', 'script', 'checks', 'yaml'] as const;
export type Tab = (typeof TABS)[number];

/** Ids on the canvas: a node's path, `link:INDEX`, `note:INDEX`. */
export type ItemId = string;
export const linkId = (index: number): ItemId => `link:${index}`;
export const noteId = (index: number): ItemId => `note:${index}`;
export function indexOf(id: ItemId, kind: 'link' | 'note'): number | null {
  return id.startsWith(`${kind}:`) ? Number(id.slice(kind.length + 1)) : null;
}

/** The answer to a ping or a trace that a person asked for, shown at its sender. */
export interface Answer {
  kind: 'ping' | 'trace';
  from: string;
  to: string;
  at: number;
  state: 'waiting' | 'done' | 'refused';
  ping?: PingResult;
  trace?: TraceResult;
  /** Why it could not be asked. */
  message?: string;
}

interface ViewStore {
  tool: Tool;
  selection: ReadonlySet<ItemId>;
  tab: Tab;
  /** On small screens the panel is a sheet that opens over the canvas. */
  sheet: boolean;
  /** What the plan or a check points at. */
  pointed: ReadonlySet<ItemId>;
  /** The nodes that a traced packet passes. */
  traced: ReadonlySet<ItemId>;
  answer: Answer | null;
  clip: Clip | null;
  /** A check is being made: K. */
  addingCheck: boolean;
  /** Whose name is being typed on the canvas. */
  renaming: ItemId | null;
  /** What is open over the page: all keys, or the search for anything. */
  dialog: 'keys' | 'find' | 'share' | null;
  setTool: (tool: Tool) => void;
  select: (ids: Iterable<ItemId>) => void;
  setTab: (tab: Tab, open?: boolean) => void;
  setSheet: (open: boolean) => void;
  point: (ids: Iterable<ItemId>) => void;
  setTraced: (ids: Iterable<ItemId>) => void;
  setAnswer: (answer: Answer | null) => void;
  setClip: (clip: Clip) => void;
  setAddingCheck: (adding: boolean) => void;
  setRenaming: (id: ItemId | null) => void;
  setDialog: (dialog: ViewStore['dialog']) => void;
  reset: () => void;
}

const NOTHING: ReadonlySet<ItemId> = new Set();
const START = {
  tool: { name: 'select' } as Tool,
  selection: NOTHING,
  sheet: false,
  pointed: NOTHING,
  traced: NOTHING,
  answer: null,
  renaming: null,
  dialog: null,
  addingCheck: false,
};

function same(a: ReadonlySet<ItemId>, b: ReadonlySet<ItemId>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id));
}

export const useView = create<ViewStore>()((set, get) => ({
  ...START,
  tab: 'inspector',
  clip: null,
  setTool: (tool) => set({ tool }),
  select: (ids) => {
    const selection = new Set(ids);
    if (!same(selection, get().selection)) set({ selection });
  },
  setTab: (tab, open = true) => set({ tab, sheet: open }),
  setSheet: (sheet) => set({ sheet }),
  point: (ids) => {
    const pointed = new Set(ids);
    if (!same(pointed, get().pointed)) set({ pointed });
  },
  setTraced: (ids) => {
    const traced = new Set(ids);
    if (!same(traced, get().traced)) set({ traced });
  },
  setAnswer: (answer) => set({ answer }),
  setClip: (clip) => set({ clip }),
  setAddingCheck: (addingCheck) => set({ addingCheck }),
  setRenaming: (renaming) => set({ renaming }),
  setDialog: (dialog) => set({ dialog }),
  reset: () => set(START),
}));
