/** Linking with the keyboard: L on a selected node, arrows to the nodes that can take the link, Enter. */
import { useGeometry } from '@/canvas/store';
import { closest, type Direction, nearest } from '@/canvas/walk';
import { useLab } from '@/store/lab';
import { link, refusedFrom } from '@/store/linking';
import { useView } from '@/store/view';
import { report } from './actions';

const DIRECTIONS: Record<string, Direction> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

function candidates(from: string): (readonly [string, { x: number; y: number; w: number; h: number }])[] {
  const refused = refusedFrom(useLab.getState().doc, from);
  return [...useGeometry.getState().rects].filter(([path]) => path !== from && !refused.has(path));
}

/** L: from the selected node, if there is just one; else with the mouse. */
export function startLink(): void {
  const { selection, setTool, point } = useView.getState();
  const [only] = selection;
  const { rects } = useGeometry.getState();
  const from = selection.size === 1 && only !== undefined && rects.has(only) ? only : undefined;
  const start = from === undefined ? undefined : rects.get(from);
  if (from === undefined || !start) {
    setTool({ name: 'link' });
    return;
  }
  const to = closest(start, candidates(from));
  setTool({ name: 'link', from, ...(to === null ? {} : { to }) });
  point(to === null ? [] : [to]);
}

/** True where the key was the link's. */
export function linkKey(key: string): boolean {
  const { tool, setTool, point } = useView.getState();
  if (tool.name !== 'link' || tool.from === undefined) return false;
  const direction = DIRECTIONS[key];
  if (direction) {
    const start = useGeometry.getState().rects.get(tool.to ?? tool.from);
    const next =
      start &&
      nearest(
        start,
        direction,
        candidates(tool.from).filter(([path]) => path !== tool.to),
      );
    if (next) {
      setTool({ ...tool, to: next });
      point([next]);
    }
    return true;
  }
  if (key !== 'Enter') return false;
  point([]);
  setTool({ name: 'select' });
  if (tool.to !== undefined) link(tool.from, tool.to).catch(report);
  return true;
}
