/** Name over address, at the end of a link. */
import { memo } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { shallow } from 'zustand/shallow';
import { splitEnd } from '@/document/names';
import { useShownState } from '@/lab/usePending';
import { useLive } from '@/store/live';
import { usePendingStore } from '@/store/pending';
import { addressesOf, useAddresses } from '../read';
import { ADDRESSES_SHOWN, labelAt, type PortPlace } from '../routing';

export const EndLabel = memo(function EndLabel({ end, place, aside = 0 }: { end: string; place: PortPlace; aside?: number }) {
  const { interface: name } = splitEnd(end);
  const drawn = useAddresses(end);
  const applied = usePendingStore(useShallow((pending) => (pending.applied ? addressesOf(pending.applied, end) : drawn)));
  const running = useShownState() === 'running';
  const seen = useLive(useShallow((live) => (running ? live.addresses[end] : undefined)));
  if (name === null) return null;
  // What one draws is shown as one draws it; else what is there.
  const addresses = shallow(applied, drawn) ? (seen ?? drawn) : drawn;
  const shown = addresses.slice(0, ADDRESSES_SHOWN);
  const rest = addresses.length - shown.length;
  const at = labelAt(place.side, shown.length + 1 + (rest > 0 ? 1 : 0), aside);
  return (
    <g className={`if at-${place.side}`} textAnchor={at.anchor} transform={`translate(${place.x} ${place.y})`}>
      <g>
        <text x={at.x} y={at.name}>
          {name}
        </text>
        {shown.map((address, line) => (
          <text key={address} className="a" x={at.x} y={at.address + 16 * line}>
            {address}
          </text>
        ))}
        {rest > 0 && (
          <text className="a" x={at.x} y={at.address + 16 * ADDRESSES_SHOWN}>
            +{rest}
          </text>
        )}
      </g>
    </g>
  );
});
