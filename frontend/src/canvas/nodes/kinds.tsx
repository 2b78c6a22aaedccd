/** One component for each kind of node: the outline tells the kind, the icon repeats it. */
import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { splitEnd } from '@/document/names';
import { subnetOf } from '@/document/subnets';
import type { Doc, LabNode, Machine } from '@/document/types';
import { Icon } from '@/icons/Icon';
import { useLab } from '@/store/lab';
import type { DrawnNode, NoteNode } from '../flow';
import { HOST, NOTE } from '../geometry';
import { addressesOf } from '../read';
import { footSpan } from '../routing';
import { useGeometry } from '../store';
import { NodeFrame } from './Frame';
import { NodeName, NoteText } from './NodeName';

type Of<K extends LabNode['kind']> = Extract<LabNode, { kind: K }>;

function useRouteWords(node: Machine): string {
  const { t } = useTranslation();
  const routes = node.routes ?? [];
  // An interface that is up and has an address brings a route to its own subnet.
  const reaches = (node.interfaces ?? []).some((one) => one.up !== false && (one.addresses ?? []).length > 0);
  if (routes.length === 0) return t(reaches ? 'node.noGateway' : 'node.noRoutes');
  const gateways = new Set(routes.map((route) => route.via ?? ''));
  const [only] = gateways;
  return gateways.size === 1 && only ? t('node.via', { address: only }) : t('node.routes', { count: routes.length });
}

const NamespaceNode = memo(function NamespaceNode({ data, selected }: NodeProps<DrawnNode>) {
  const node = data.node as Of<'namespace'>;
  const routes = useRouteWords(node);
  return (
    <NodeFrame path={data.path} shape="card" selected={selected}>
      <Icon name="ns" className="kind" />
      <NodeName path={data.path} node={node} />
      <p className="second mono">{routes}</p>
    </NodeFrame>
  );
});

const RouterNode = memo(function RouterNode({ data, selected }: NodeProps<DrawnNode>) {
  const node = data.node as Of<'router'>;
  const { t } = useTranslation();
  const count = node.routes?.length ?? 0;
  return (
    <NodeFrame path={data.path} shape="circle" selected={selected}>
      <Icon name="router" className="kind" />
      <NodeName path={data.path} node={node} />
      <p className="second mono">{count > 0 ? t('node.routes', { count }) : t('node.forwards')}</p>
    </NodeFrame>
  );
});

const BridgeNode = memo(function BridgeNode({ data, selected }: NodeProps<DrawnNode>) {
  const node = data.node as Of<'bridge'>;
  const { t } = useTranslation();
  const count = useGeometry((geometry) => geometry.ports.get(data.path)?.length ?? 0);
  return (
    <NodeFrame path={data.path} shape="bar" selected={selected}>
      <Icon name="bridge" className="kind" />
      <NodeName path={data.path} node={node} />
      <span className="mono address">{node.addresses?.join('  ')}</span>
      <span className="mono aside">{node.in ? t('node.portsIn', { count, name: node.in }) : t('node.ports', { count })}</span>
    </NodeFrame>
  );
});

/** The subnets of the cards that are plugged into a LAN. */
function subnetsOn(doc: Doc, lan: string): string[] {
  const found = new Set<string>();
  for (const link of doc.links) {
    const at = link.ends.findIndex((text) => splitEnd(text).node === lan);
    if (at < 0) continue;
    for (const address of addressesOf(doc, link.ends[1 - at] as string)) {
      const subnet = subnetOf(address);
      if (subnet) found.add(subnet);
    }
  }
  return [...found];
}

const LanNode = memo(function LanNode({ data, selected }: NodeProps<DrawnNode>) {
  const subnets = useLab(useShallow((lab) => subnetsOn(lab.doc, data.path)));
  return (
    <NodeFrame path={data.path} shape="pill" selected={selected}>
      <Icon name="lan" className="kind" />
      <NodeName path={data.path} node={data.node} />
      <span className="mono aside">{subnets.slice(0, 2).join('  ')}</span>
    </NodeFrame>
  );
});

const InternetNode = memo(function InternetNode({ data, selected }: NodeProps<DrawnNode>) {
  return (
    <NodeFrame path={data.path} shape="card" selected={selected}>
      <Icon name="cloud" className="kind" />
      <NodeName path={data.path} node={data.node} />
      <p className="second mono">NAT</p>
    </NodeFrame>
  );
});

const ROUTES_SHOWN = 2;

const HostNode = memo(function HostNode({ data, selected, width }: NodeProps<DrawnNode>) {
  const node = data.node as Of<'host'>;
  const { t } = useTranslation();
  const routes = node.routes ?? [];
  const forwards = node.sysctls?.['net.ipv4.ip_forward'] !== 0;
  const span = useGeometry(useShallow((geometry) => footSpan(width ?? HOST.minW, geometry.ports.get(data.path) ?? [])));
  const shown = span.narrow ? 1 : ROUTES_SHOWN;
  return (
    <NodeFrame path={data.path} shape="group" selected={selected}>
      <Icon name="host" className="kind" />
      <NodeName path={data.path} node={node} />
      <div className={span.narrow ? 'foot narrow' : 'foot'} style={{ left: span.left, width: span.width }}>
        <p>
          {t('node.routesTitle')} <span className="mono dim">{forwards ? t('node.forwardingOn') : t('node.forwardingOff')}</span>
        </p>
        {routes.slice(0, shown).map((route) => (
          <p key={`${route.to} ${route.via ?? ''} ${route.metric ?? ''}`} className="mono">
            {route.to} <span className="dim">{route.via ? t('node.via', { address: route.via }) : (route.type ?? route.dev)}</span>
          </p>
        ))}
        {routes.length > shown && <p className="mono dim">{t('node.more', { count: routes.length - shown })}</p>}
      </div>
    </NodeFrame>
  );
});

/** A sheet with a folded corner. */
function Paper({ width: w, height: h }: { width: number; height: number }) {
  return (
    <svg aria-hidden="true">
      <path d={`M4 0h${w - 4}v${h - 20}l-20 20H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z`} />
      <path d={`M${w} ${h - 20}h-20v20z`} />
    </svg>
  );
}

const PaperNote = memo(function PaperNote({ data, selected, width, height }: NodeProps<NoteNode>) {
  return (
    <div className={selected ? 'note selected' : 'note'} data-note={data.index}>
      <Paper width={width ?? NOTE.w} height={height ?? NOTE.h} />
      <NoteText index={data.index} note={data.note} />
    </div>
  );
});

export const nodeTypes = {
  namespace: NamespaceNode,
  router: RouterNode,
  bridge: BridgeNode,
  lan: LanNode,
  internet: InternetNode,
  host: HostNode,
  note: PaperNote,
};
