/** The document and the server: autosave with If-Match, and the check that gives problems, names and plan while one draws. */
import { create } from 'zustand';
import { ApiError, type ServerProblem } from '@/api/http';
import { type Checked, checkDocument, getLab, getPlan, type Lab, saveLab } from '@/api/labs';
import type { Doc } from '@/document/types';
import type { PlanEntry } from '@/generated/messages';
import { isSuperuser, looksOnly } from './access';
import { useLab } from './lab';
import { isOnMachine, usePendingStore } from './pending';

type Saved = 'saved' | 'dirty' | 'saving' | 'offline' | 'failed' | 'conflict' | 'refused';

interface SyncStore {
  saved: Saved;
  /** The version that `If-Match` takes. */
  version: number;
  /** Why the server could not save, where it said so; it is asked again. */
  failure: ApiError | null;
  /** What somebody else saved meanwhile, or oneself in another window. */
  theirs: Lab | null;
  problems: readonly ServerProblem[];
  /** Structural errors: while there are any, nothing is saved. */
  errors: readonly ServerProblem[];
  /** The document with names and addresses completed, as of the last check. */
  completed: Doc | null;
  /** What Run would do; null where there are problems. */
  plan: readonly PlanEntry[] | null;
  /** The revision of the drawing that the check is about. */
  checked: number;
  /** The lesson that the lab was made from, "" for none, and its step, from 0. */
  lesson: string;
  step: number;
}

const START: SyncStore = {
  saved: 'saved',
  version: 0,
  failure: null,
  theirs: null,
  problems: [],
  errors: [],
  completed: null,
  plan: null,
  checked: -1,
  lesson: '',
  step: 0,
};

export const useSync = create<SyncStore>()(() => START);

/** Errors first: while there are any, nothing is saved. */
export const everyProblem = (sync: SyncStore): ServerProblem[] => [...sync.errors, ...sync.problems];

const SAVE_AFTER = 600;
const CHECK_AFTER = 200;
const RETRY_AFTER = 3000;
/** Whoever makes room on the machine need not come back here. */
const LOOK_AGAIN = 5000;

let saveTimer: ReturnType<typeof setTimeout> | undefined;
let checkTimer: ReturnType<typeof setTimeout> | undefined;
let saving: Promise<void> | null = null;
let checking: AbortController | null = null;
/** The document as the server has it. */
let stored: Doc | null = null;
/** What was sent, and whether it was saved is not known: it is sent again as it was, so that the server knows it again. */
let unanswered: Doc | null = null;

async function saveOnce(): Promise<void> {
  const { id, doc: drawn } = useLab.getState();
  const { saved, version } = useSync.getState();
  if (id === null || saved === 'conflict') return;
  const doc = unanswered ?? drawn;
  if (doc === stored) {
    useSync.setState({ saved: 'saved' });
    return;
  }
  useSync.setState({ saved: 'saving' });
  try {
    const lab = await saveLab(id, doc, version);
    if (useLab.getState().id !== id) return;
    stored = doc;
    unanswered = null;
    useSync.setState({ saved: useLab.getState().doc === doc ? 'saved' : 'dirty', version: lab.version, theirs: null, failure: null });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (useLab.getState().id !== id) return;
    unanswered = error.offline ? doc : null;
    await notSaved(id, error);
  }
}

async function notSaved(id: string, error: ApiError): Promise<void> {
  if (error.status === 412) {
    const theirs = await getLab(id);
    if (useLab.getState().id === id) useSync.setState({ saved: 'conflict', theirs });
  } else if (error.status === 422) {
    useSync.setState({ saved: 'refused', errors: error.problems });
  } else {
    useSync.setState(error.offline ? { saved: 'offline', failure: null } : { saved: 'failed', failure: error });
    clearTimeout(saveTimer);
    saveTimer = setTimeout(() => void save(), RETRY_AFTER);
  }
}

/** Saves now, and again while something changed meanwhile. One request at a time. */
export function save(): Promise<void> {
  clearTimeout(saveTimer);
  saving ??= (async () => {
    try {
      do await saveOnce();
      while (useSync.getState().saved === 'dirty');
    } finally {
      saving = null;
    }
  })();
  return saving;
}

/** Before Run and the like: true where the server has what is drawn. */
export async function saveBeforehand(): Promise<boolean> {
  do await save();
  while (useSync.getState().saved === 'dirty');
  return useSync.getState().saved === 'saved';
}

/** On the machine itself it depends on what is there whether there is room for what is saved, and what Run would do; nor does a lab leave
 * it before it is stopped. */
async function preview(id: string, signal: AbortSignal): Promise<Pick<Checked, 'problems' | 'plan'>> {
  await save();
  try {
    return { problems: [], plan: (await getPlan(id, signal)).plan };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, params, message } = error;
    checkTimer = setTimeout(() => void check(), LOOK_AGAIN);
    return { problems: error.problems.length > 0 ? error.problems : [{ path: 'target', also: [], code, params, message }], plan: null };
  }
}

export async function check(): Promise<void> {
  clearTimeout(checkTimer);
  checking?.abort();
  const controller = new AbortController();
  checking = controller;
  const { doc, revision, id } = useLab.getState();
  try {
    let { problems, plan, document } = await checkDocument(doc, controller.signal);
    if (useLab.getState().id !== id) return;
    const onMachine = isOnMachine(doc) || isOnMachine(usePendingStore.getState().applied);
    if (id !== null && onMachine && plan !== null && isSuperuser()) ({ problems, plan } = await preview(id, controller.signal));
    if (useLab.getState().id !== id) return;
    useSync.setState({ problems, plan, completed: document, errors: [], checked: revision });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 422) useSync.setState({ errors: error.problems, plan: null, checked: revision });
  }
}

/** Follows the document of a lab that was just loaded; ends with what it returns. */
export function follow(lab: Lab): () => void {
  stored = useLab.getState().doc;
  unanswered = null;
  useSync.setState({ ...START, version: lab.version, problems: lab.problems, lesson: lab.lesson, step: lab.step });
  void check();
  const unsubscribe = useLab.subscribe((state, before) => {
    if (state.doc === before.doc) return;
    const { saved } = useSync.getState();
    if (saved !== 'conflict' && saved !== 'saving') useSync.setState({ saved: state.doc === stored ? 'saved' : 'dirty' });
    clearTimeout(saveTimer);
    saveTimer = setTimeout(() => void save(), SAVE_AFTER);
    clearTimeout(checkTimer);
    checkTimer = setTimeout(() => void check(), CHECK_AFTER);
  });
  const leaving = (event: BeforeUnloadEvent) => {
    if (useSync.getState().saved !== 'saved') event.preventDefault();
  };
  addEventListener('beforeunload', leaving);
  return () => {
    unsubscribe();
    removeEventListener('beforeunload', leaving);
    clearTimeout(checkTimer);
    checking?.abort();
    void save();
  };
}

/** What the server has now in place of what is drawn, which is one Undo away. */
export function adopt(lab: Lab): void {
  useSync.setState({ saved: 'saved', version: lab.version, theirs: null, lesson: lab.lesson, step: lab.step });
  if (looksOnly()) useLab.getState().show(lab.document);
  else useLab.getState().replace(lab.document);
  stored = useLab.getState().doc;
  useSync.setState({ saved: 'saved' });
}

/** After a conflict: their document. */
export function takeTheirs(): void {
  const { theirs } = useSync.getState();
  if (theirs) adopt(theirs);
}

/** After a conflict: ours over theirs, which stays in the lab's revisions. */
export function keepMine(): void {
  const { theirs } = useSync.getState();
  if (!theirs) return;
  useSync.setState({ saved: 'dirty', version: theirs.version, theirs: null });
  void save();
}
