/** What is carried from the palette, under the pointer; the host that would take it lights up. */
import { useReactFlow } from '@xyflow/react';
import { useEffect } from 'react';
import { Icon } from '@/icons/Icon';
import { KIND_ICONS } from '@/lab/Palette';
import { useLab } from '@/store/lab';
import { setOver, useDrag } from '../drag';
import { useGeometry } from '../store';
import { hostAt } from '../useFlow';

export function Carried() {
  const carried = useDrag((drag) => drag.carried);
  const flow = useReactFlow();
  useEffect(() => {
    if (!carried) return;
    const adoptable = carried.kind !== 'host' && carried.kind !== 'lan' && carried.kind !== 'note';
    const at = flow.screenToFlowPosition({ x: carried.x, y: carried.y });
    setOver(adoptable ? hostAt(at, useGeometry.getState().rects, useLab.getState().doc) : null);
  }, [carried, flow]);
  if (!carried) return null;
  return (
    <div className={`carried ${carried.kind}`} style={{ left: carried.x, top: carried.y }}>
      <Icon name={KIND_ICONS[carried.kind]} />
    </div>
  );
}
