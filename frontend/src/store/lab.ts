/** The document that is drawn, and the log of what was done to it. Live status is elsewhere (store/live.ts). */
import { create } from 'zustand';
import { type Doc, emptyDocument } from '@/document/types';
import { looksOnly } from './access';
import * as log from './history';
import { share } from './share';

interface LabStore {
  id: string | null;
  doc: Doc;
  history: log.History;
  /** Changes with every edit; what follows the document (saving, checking) compares it. */
  revision: number;
  open: (id: string, doc: Doc) => void;
  close: () => void;
  /** One step of undo; without effect where one may look only. The recipe changes a draft; what it returns is handed on. */
  edit: <R>(recipe: (draft: Doc) => R, gesture?: string) => R;
  /** Another document in place of this one, as one step of undo. */
  replace: (doc: Doc) => void;
  /** Another document in place of this one, by others: nothing to undo. */
  show: (doc: Doc) => void;
  endGesture: () => void;
  undo: () => void;
  redo: () => void;
}

export const useLab = create<LabStore>()((set, get) => ({
  id: null,
  doc: emptyDocument(''),
  history: log.NO_HISTORY,
  revision: 0,
  open: (id, doc) => set({ id, doc, history: log.NO_HISTORY, revision: 0 }),
  close: () => set({ id: null, doc: emptyDocument(''), history: log.NO_HISTORY, revision: 0 }),
  edit: <R>(recipe: (draft: Doc) => R, gesture?: string): R => {
    const { doc, history, revision } = get();
    let result: R | undefined;
    const edited = log.edit(
      doc,
      history,
      (draft) => {
        result = recipe(draft as Doc);
      },
      gesture ?? null,
    );
    if (edited.changed && !looksOnly()) set({ doc: edited.value, history: edited.history, revision: revision + 1 });
    return result as R;
  },
  replace: (next) => {
    get().edit((draft) => {
      const shared = share(get().doc, next);
      for (const key of Object.keys(draft)) if (!(key in shared)) delete draft[key as keyof Doc];
      Object.assign(draft, shared);
    });
  },
  show: (next) => set({ doc: share(get().doc, next), history: log.NO_HISTORY, revision: get().revision + 1 }),
  endGesture: () => set({ history: log.endGesture(get().history) }),
  undo: () => step(set, get, log.undo),
  redo: () => step(set, get, log.redo),
}));

type Step = (doc: Doc, history: log.History) => log.Edited<Doc>;

function step(set: (part: Partial<LabStore>) => void, get: () => LabStore, move: Step): void {
  const { doc, history, revision } = get();
  const { value, history: next, changed } = move(doc, history);
  if (changed && !looksOnly()) set({ doc: value, history: next, revision: revision + 1 });
}
