/** A port marks each end of a link: full = up, crossed = down, hollow = not there yet. */
import { memo } from 'react';
import { useLinkEnds, useLinkState } from '../state';
import { type NodePort, useGeometry } from '../store';
import { useBand } from '../useZoomBand';

const NONE: readonly NodePort[] = [];

export const Ports = memo(function Ports({ path }: { path: string }) {
  const ports = useGeometry((geometry) => geometry.ports.get(path) ?? NONE);
  const far = useBand(({ band }) => band === 'names');
  if (far || ports.length === 0) return null;
  return (
    <svg className="ports" aria-hidden="true">
      {ports.map((port) => (
        <Port key={`${port.link} ${port.end}`} port={port} />
      ))}
    </svg>
  );
});

const Port = memo(function Port({ port }: { port: NodePort }) {
  const { ends } = useLinkState(useLinkEnds(port.link));
  const state = ends[port.end];
  return (
    <g className={`port ${state}`} transform={`translate(${port.x} ${port.y})`}>
      <rect x={-5} y={-5} width={10} height={10} rx={2} />
      {state === 'down' && <path d="m-2.5 -2.5 5 5m0 -5-5 5" />}
    </g>
  );
});
