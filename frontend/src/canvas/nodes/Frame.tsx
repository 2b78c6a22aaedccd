/** What every node on the canvas shares: the rim at which a link begins, its ports, its mark, its hooks for tests. */
import { Handle, Position } from '@xyflow/react';
import { memo, type ReactNode } from 'react';
import { Icon } from '@/icons/Icon';
import { useTroubles } from '@/store/troubles';
import { useView } from '@/store/view';
import { useDrag } from '../drag';
import { type NodeState, useNodeState } from '../state';
import { Ports } from './Ports';

const MARK_ICONS = { add: 'plus', remove: 'minus', change: 'tilde' } as const;

interface Props {
  path: string;
  shape: 'card' | 'circle' | 'bar' | 'pill' | 'group';
  selected: boolean | undefined;
  children: ReactNode;
}

export const NodeFrame = memo(function NodeFrame({ path, shape, selected, children }: Props) {
  const { state, mark } = useNodeState(path);
  const pointed = useView((view) => view.pointed.has(path));
  const troubled = useTroubles((troubles) => troubles.items.has(path));
  const lit = useDrag((drag) => drag.over === path);
  const refused = useDrag((drag) => drag.linking !== null && drag.linking !== path && drag.refused.has(path));
  const traced = useView((view) => view.traced.has(path));
  const classes = [
    'node',
    `shape-${shape}`,
    state,
    selected && 'selected',
    pointed && 'pointed',
    lit && 'lit',
    refused && 'refused',
    traced && 'traced',
  ];
  return (
    <div className={classes.filter(Boolean).join(' ')} data-node={path} data-state={state}>
      {children}
      <Badge state={state} mark={mark} />
      {troubled && state !== 'failed' && mark === null && <Icon name="warn" className="warn" />}
      <Handle className="rim" type="source" position={Position.Top} isConnectableEnd />
      <Ports path={path} />
    </div>
  );
});

function Badge({ state, mark }: NodeState) {
  if (state === 'failed') return <Icon name="warn" className="badge" />;
  if (state === 'applying') return <Icon name="half" className="badge" />;
  return mark ? <Icon name={MARK_ICONS[mark]} className={`badge ${mark}`} /> : null;
}
