/** What goes on under the pointer: which host would take what is dropped, which nodes could take a link. */
import { create } from 'zustand';
import type { DrawnKind } from '@/document/types';

interface DragStore {
  /** The host that lights up because it would take what is dropped. */
  over: string | null;
  /** The node from which a link is being drawn. */
  linking: string | null;
  refused: ReadonlySet<string>;
  /** What is carried from the palette, and where the pointer is on the page. */
  carried: { kind: DrawnKind; x: number; y: number } | null;
}

export const useDrag = create<DragStore>()(() => ({ over: null, linking: null, refused: new Set(), carried: null }));

export function setOver(over: string | null): void {
  if (useDrag.getState().over !== over) useDrag.setState({ over });
}
