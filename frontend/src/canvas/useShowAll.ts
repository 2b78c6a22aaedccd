/** Brings the whole drawing into view, at 100 % or smaller. */
import { useReactFlow } from '@xyflow/react';
import { useCallback } from 'react';

/** Fits once the page is laid out: React Flow learns the canvas's size in the frame after. The function returned gives up the fit. */
export function useShowAll(): () => () => void {
  const flow = useReactFlow();
  return useCallback(() => {
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => void flow.fitView({ maxZoom: 1, padding: 0.12 }));
    });
    return () => cancelAnimationFrame(frame);
  }, [flow]);
}
