/** + and − zoom, Shift 1 shows all of it, Shift A arranges it. */
import { useReactFlow } from '@xyflow/react';
import { useEffect } from 'react';
import { isTyping } from '@/lab/useKeys';
import { useArrange } from './overlays/ZoomBar';
import { useShowAll } from './useShowAll';

const QUICK = { duration: 120 };

export function useZoomKeys(): void {
  const flow = useReactFlow();
  const showAll = useShowAll();
  const arrange = useArrange();
  useEffect(() => {
    const down = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      if (event.key === '+' || event.key === '=') void flow.zoomIn(QUICK);
      else if (event.key === '-' || event.key === '−') void flow.zoomOut(QUICK);
      else if (event.shiftKey && event.code === 'Digit1') showAll();
      else if (event.shiftKey && event.code === 'KeyA') arrange();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  }, [flow, showAll, arrange]);
}
