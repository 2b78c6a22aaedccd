/** The size for a lecture room: everything a quarter larger, the drawing too. Kept in the browser; static/js/theme.js reads it before the page is painted. */
import { create } from 'zustand';

const STORED = 'topoweb.size';
const PROJECTOR = 'projector';
const LARGER = 1.25;

interface SizeStore {
  /** What counts as 100 %. */
  scale: number;
}

export const useSize = create<SizeStore>()(() => ({ scale: document.documentElement.dataset.size === PROJECTOR ? LARGER : 1 }));

export function toggleProjector(): void {
  const on = useSize.getState().scale === 1;
  if (on) {
    document.documentElement.dataset.size = PROJECTOR;
    localStorage.setItem(STORED, PROJECTOR);
  } else {
    delete document.documentElement.dataset.size;
    localStorage.removeItem(STORED);
  }
  useSize.setState({ scale: on ? LARGER : 1 });
}
