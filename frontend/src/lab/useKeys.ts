/** The keys of the lab page. A key that is typed into a field is the field's; nothing is typed into a checkbox. */
import { useEffect } from 'react';
import { toggleProjector } from '@/canvas/projector';
import { walk } from '@/canvas/roving';
import { placeByKey } from '@/canvas/usePlacing';
import type { Direction } from '@/canvas/walk';
import type { DrawnKind } from '@/document/types';
import { looksOnly } from '@/store/access';
import { copySelection, deleteSelection, duplicateSelection, nudge, pasteText, selectAll } from '@/store/commands';
import { useLab } from '@/store/lab';
import { useLive } from '@/store/live';
import { openTerminal, shells, useTerminals } from '@/store/terminals';
import { TABS, useView } from '@/store/view';
import { report, runOrApply, stop } from './actions';
import { linkKey, startLink } from './linkKeys';
import { isThereNow } from './usePending';

const PLACES: Record<string, DrawnKind> = { n: 'namespace', r: 'router', b: 'bridge', h: 'host', e: 'lan', t: 'note' };
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const DIRECTIONS: Record<string, Direction> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
const STEP = 8;

export const isTyping = (event: Event): boolean =>
  event.target instanceof HTMLElement &&
  event.target.closest(
    'input:not([type="checkbox"]), textarea, select, [contenteditable="true"], [role="menu"], [role="alertdialog"], [role="dialog"]',
  ) !== null;
const onButton = (event: Event): boolean =>
  event.target instanceof HTMLElement && event.target.closest('button, a, input, [role="tab"]') !== null;

/** With Ctrl, or Cmd. True where the key was ours. */
function withControl(event: KeyboardEvent): boolean {
  const lab = useLab.getState();
  switch (event.key.toLowerCase()) {
    case 'z':
      if (event.shiftKey) lab.redo();
      else lab.undo();
      return true;
    case 'y':
      lab.redo();
      return true;
    case 'd':
      duplicateSelection();
      return true;
    case 'a':
      selectAll();
      return true;
    case 'enter':
      runOrApply();
      return true;
    case 'k':
      useView.getState().setDialog('find');
      return true;
    case '`':
      toggleTerminals();
      return true;
    case '.':
      void stop();
      return true;
    default:
      return false;
  }
}

function startAsking(name: 'ping' | 'trace'): void {
  const { selection, setTool } = useView.getState();
  const only = selection.size === 1 ? ([...selection][0] ?? null) : null;
  setTool({ name, from: only && !only.includes(':') ? only : null });
}

/** Those that are open; where there is none, one at the node that is selected. */
function toggleTerminals(): void {
  const { open, setOpen } = useTerminals.getState();
  if (useLive.getState().terminals.length > 0) setOpen(!open);
  else openAtSelection();
}

function openAtSelection(): void {
  const [only] = useView.getState().selection;
  const where = shells(useLab.getState().doc);
  if (!isThereNow()) return;
  openTerminal(only !== undefined && where.includes(only) ? only : (where[0] ?? '')).catch(report);
}

function leaveOff(): void {
  const view = useView.getState();
  view.point([]);
  if (view.tool.name !== 'select') view.setTool({ name: 'select' });
  else if (view.answer) view.setAnswer(null);
  else view.select([]);
}

/** From node to node where the keyboard is on one; else, and with Alt, what is selected moves. */
function arrowKey(event: KeyboardEvent): boolean {
  const direction = DIRECTIONS[event.key];
  const towards = ARROWS[event.key];
  if (!direction || !towards) return false;
  if (!event.altKey && walk(direction)) return true;
  if (useView.getState().selection.size === 0) return false;
  const step = event.shiftKey ? 1 : STEP;
  nudge({ x: towards[0] * step, y: towards[1] * step });
  return true;
}

/** What who may look only does by keys: walk, find, turn the panel's pages. */
function isForLooking(event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return key === 'a' || key === 'k';
  return event.key in ARROWS || /^([1-5?？]|escape)$/.test(key) || (event.shiftKey && key === 'p');
}

/** Alone. True where the key was ours. */
function alone(event: KeyboardEvent): boolean {
  if (linkKey(event.key)) return true;
  if (arrowKey(event)) return true;
  const view = useView.getState();
  const key = event.key.toLowerCase();
  const kind = PLACES[key];
  if (kind && !event.shiftKey) placeByKey(kind);
  else if (key === '?' || key === '？') view.setDialog('keys');
  else if (event.shiftKey && key === 'p') toggleProjector();
  else if (key === 'v') view.setTool({ name: 'select' });
  else if (key === 'l') startLink();
  else if (key === 'p') startAsking('ping');
  else if (key === 's') openAtSelection();
  else if (key === 'k') {
    view.setTab('checks');
    view.setAddingCheck(true);
  } else if (key === 'delete' || key === 'backspace') deleteSelection();
  else if (key === 'escape') leaveOff();
  else if (key === 'enter' && !onButton(event) && view.selection.size === 1) view.setRenaming([...view.selection][0] ?? null);
  else if (/^[1-5]$/.test(key) && !event.shiftKey) view.setTab(TABS[Number(key) - 1] ?? 'inspector');
  else return false;
  return true;
}

export function useKeys(): void {
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (looksOnly() && !isForLooking(event)) return;
      if (event.defaultPrevented || (event.altKey && !(event.key in ARROWS)) || isTyping(event)) return;
      if (event.ctrlKey || event.metaKey ? withControl(event) : alone(event)) event.preventDefault();
    };
    const up = (event: KeyboardEvent) => {
      if (event.key in ARROWS && !isTyping(event)) useLab.getState().endGesture();
    };
    const copy = (event: ClipboardEvent) => {
      if (isTyping(event) || String(getSelection() ?? '') !== '') return;
      if (copySelection()) event.preventDefault();
    };
    const cutOut = (event: ClipboardEvent) => {
      if (looksOnly() || isTyping(event) || !copySelection()) return;
      event.preventDefault();
      deleteSelection();
    };
    const pasted = (event: ClipboardEvent) => {
      if (!looksOnly() && !isTyping(event) && pasteText(event.clipboardData?.getData('text/plain') ?? '')) event.preventDefault();
    };
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('copy', copy);
    addEventListener('cut', cutOut);
    addEventListener('paste', pasted);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('copy', copy);
      removeEventListener('cut', cutOut);
      removeEventListener('paste', pasted);
    };
  }, []);
}
