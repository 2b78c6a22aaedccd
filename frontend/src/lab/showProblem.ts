/** To a problem of the drawing: its item is selected, its form open, the cursor in its field. */
import type { ServerProblem } from '@/api/http';
import { isAt } from '@/components/Problems';
import { useLab } from '@/store/lab';
import { itemsAt } from '@/store/troubles';
import { useView } from '@/store/view';

export function showProblem(problem: ServerProblem): void {
  const { select, setTab } = useView.getState();
  const [item] = itemsAt(useLab.getState().doc, problem);
  select(item === undefined ? [] : [item]);
  setTab(problem.path.startsWith('checks') ? 'checks' : 'inspector');
  // The form is there with the next frame.
  requestAnimationFrame(() => fieldAt(problem.path)?.focus());
}

/** The innermost field that a place in the document belongs to. */
function fieldAt(place: string): HTMLElement | null {
  const fields = [...document.querySelectorAll<HTMLElement>('.panel [data-path]')].filter((field) => isAt(place, field.dataset.path ?? ''));
  const [innermost] = fields.toSorted((a, b) => (b.dataset.path ?? '').length - (a.dataset.path ?? '').length);
  return innermost?.querySelector<HTMLElement>('input, select, textarea') ?? null;
}
