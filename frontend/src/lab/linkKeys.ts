/** Linking with the keyboard: L on a selected node, arrows or a name to the node that shall take the link, Enter. */
import type { Rect } from '@/canvas/geometry';
import { useGeometry } from '@/canvas/store';
import { closest, type Direction, nearest } from '@/canvas/walk';
import { useLab } from '@/store/lab';
import { link, refusedFrom } from '@/store/linking';
import { useView } from '@/store/view';
import { report } from './actions';

const DIRECTIONS: Record<string, Direction> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
/** What may be in a node's path. */
const NAMED = /^[\w./-]$/;

/** The nodes that can take a link, of which the name has what was typed. */
function candidates(from: string, typed = ''): (readonly [string, Rect])[] {
  const refused = refusedFrom(useLab.getState().doc, from);
  const wanted = typed.toLowerCase();
  return [...useGeometry.getState().rects].filter(([path]) => path !== from && !refused.has(path) && path.toLowerCase().includes(wanted));
}

/** Points at the node that Enter links to. */
function aim(from: string, to: string | null, typed = ''): void {
  const { setTool, point } = useView.getState();
  setTool({ name: 'link', from, ...(typed === '' ? {} : { typed }), ...(to === null ? {} : { to }) });
  point(to === null ? [] : [to]);
}

/** L: from the selected node, if there is just one; else with the mouse. */
export function startLink(): void {
  const { selection, setTool } = useView.getState();
  const [only] = selection;
  const start = selection.size === 1 && only !== undefined ? useGeometry.getState().rects.get(only) : undefined;
  if (only === undefined || !start) setTool({ name: 'link' });
  else aim(only, closest(start, candidates(only)));
}

/** True where the key was the link's. */
export function linkKey(key: string): boolean {
  const { tool, setTool, point } = useView.getState();
  if (tool.name !== 'link' || tool.from === undefined) return false;
  const { from, to, typed = '' } = tool;
  const direction = DIRECTIONS[key];
  if (direction) step(from, to, typed, direction);
  else if (key === 'Enter') {
    point([]);
    setTool({ name: 'select' });
    if (to !== undefined) link(from, to).catch(report);
  } else if (key === 'Backspace') type(from, typed.slice(0, -1));
  else if (NAMED.test(key)) type(from, typed + key);
  else return false;
  return true;
}

function step(from: string, to: string | undefined, typed: string, direction: Direction): void {
  const start = useGeometry.getState().rects.get(to ?? from);
  const others = candidates(from, typed).filter(([path]) => path !== to);
  const next = start && nearest(start, direction, others);
  if (next) aim(from, next, typed);
}

/** A name that begins with what was typed comes before one that has it inside. */
function type(from: string, typed: string): void {
  const start = useGeometry.getState().rects.get(from);
  const found = candidates(from, typed);
  const first = found.filter(([path]) =>
    path
      .slice(path.indexOf('/') + 1)
      .toLowerCase()
      .startsWith(typed.toLowerCase()),
  );
  aim(from, start ? closest(start, first.length > 0 ? first : found) : null, typed);
}
