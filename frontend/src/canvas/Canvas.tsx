/** The drawing: React Flow with our nodes and links, and what floats over it. */
import '@xyflow/react/dist/base.css';
import { Background, BackgroundVariant, ConnectionMode, ReactFlow, SelectionMode } from '@xyflow/react';
import { type MouseEvent, useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/lab/actions';
import { Finder } from '@/lab/Finder';
import { KeysDialog } from '@/lab/KeysDialog';
import { looksOnly, useLooksOnly } from '@/store/access';
import { useView } from '@/store/view';
import { ConnectionLine } from './ConnectionLine';
import { useDrag } from './drag';
import type { FlowNode, LinkEdge } from './flow';
import { GRID } from './geometry';
import { Link } from './links/Link';
import { nodeTypes } from './nodes/kinds';
import { AnswerBubble } from './overlays/AnswerBubble';
import { Carried } from './overlays/Carried';
import { ContextMenu, type MenuPlace } from './overlays/ContextMenu';
import { Drift } from './overlays/Drift';
import { DropMenu } from './overlays/DropMenu';
import { EmptyHint } from './overlays/EmptyHint';
import { Forwards } from './overlays/Forwards';
import { MiniMap } from './overlays/MiniMap';
import { Removed } from './overlays/Removed';
import { RunFailure } from './overlays/RunFailure';
import { ToolHint } from './overlays/ToolHint';
import { TraceStrip, TrailOverlay } from './overlays/Trail';
import { ZoomBar } from './overlays/ZoomBar';
import { leaveWalking, onFocus, useRoving } from './roving';
import { useFlow } from './useFlow';
import { useLinking } from './useLinking';
import { usePlacing } from './usePlacing';
import { useFit } from './useShowAll';
import { useBand, useZoomBand } from './useZoomBand';
import { useZoomKeys } from './useZoomKeys';

const edgeTypes = { link: Link };
const SNAP: [number, number] = [GRID, GRID];
/** The wheel's; the left one draws a box that selects, the right one opens a menu. */
const PAN_BUTTONS = [1];
/** Above so many nodes and zoomed in, only what is in view is in the page. */
const CULL_FROM = 60;

export function Canvas() {
  const { t } = useTranslation();
  const surface = useRef<HTMLElement>(null);
  const flow = useFlow();
  const linking = useLinking();
  const { placeAt } = usePlacing(surface);
  const onMove = useZoomBand();
  const { band, scale } = useBand();
  const tool = useView((view) => view.tool);
  const lookingOnly = useLooksOnly();
  const busy = useDrag((drag) => drag.linking !== null);
  useFit();
  useRoving();
  useZoomKeys();

  const onNodeClick = useCallback((event: MouseEvent, node: FlowNode) => {
    const { tool: now, setTool } = useView.getState();
    if ((now.name !== 'ping' && now.name !== 'trace') || node.type === 'note') return;
    event.stopPropagation();
    if (now.from === null) return setTool({ ...now, from: node.id });
    setTool({ name: 'select' });
    if (now.from !== node.id) void ask(now.name, now.from, node.id);
  }, []);

  const onPaneClick = useCallback(
    (event: MouseEvent) => {
      const { tool: now, setTool } = useView.getState();
      if (now.name === 'place') placeAt(now.kind, { x: event.clientX, y: event.clientY });
      if (now.name !== 'select') setTool({ name: 'select' });
    },
    [placeAt],
  );

  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const openMenu = useCallback((event: MouseEvent | globalThis.MouseEvent, item: { id: string } | null) => {
    event.preventDefault();
    if (looksOnly()) return;
    const { selection, select } = useView.getState();
    if (item && !selection.has(item.id)) select([item.id]);
    setMenu({ x: event.clientX, y: event.clientY, item: item?.id ?? null });
  }, []);
  const closeMenu = useCallback(() => setMenu(null), []);

  const onNodeDoubleClick = useCallback((_event: MouseEvent, node: FlowNode) => looksOnly() || useView.getState().setRenaming(node.id), []);
  return (
    <main
      ref={surface}
      className={`canvas zoom-${band} tool-${tool.name}${busy ? ' linking' : ''}`}
      aria-label={t('canvas')}
      style={{ '--text-scale': scale } as React.CSSProperties}
    >
      <ReactFlow<FlowNode, LinkEdge>
        nodes={flow.nodes}
        edges={flow.edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={flow.onNodesChange}
        onEdgesChange={flow.onEdgesChange}
        onNodeDrag={flow.onNodeDrag}
        onNodeDragStop={flow.onNodeDragStop}
        onNodeClick={onNodeClick}
        onNodeDoubleClick={onNodeDoubleClick}
        onPaneClick={onPaneClick}
        onNodeContextMenu={openMenu}
        onEdgeContextMenu={openMenu}
        onPaneContextMenu={(event) => openMenu(event, null)}
        onConnectStart={linking.onConnectStart}
        onConnectEnd={linking.onConnectEnd}
        isValidConnection={linking.isValidConnection}
        connectionLineComponent={ConnectionLine}
        connectionMode={ConnectionMode.Loose}
        connectionRadius={1}
        onMove={onMove}
        minZoom={0.1}
        maxZoom={2.5}
        snapToGrid
        snapGrid={SNAP}
        selectionOnDrag={tool.name === 'select'}
        selectionMode={SelectionMode.Partial}
        panOnDrag={PAN_BUTTONS}
        panOnScroll
        zoomOnDoubleClick={false}
        nodesDraggable={tool.name === 'select' && !lookingOnly}
        nodesConnectable={!lookingOnly}
        onlyRenderVisibleElements={flow.nodes.length > CULL_FROM && (band === 'all' || band === 'most')}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={['Shift', 'Meta', 'Control']}
        elevateNodesOnSelect={false}
        elevateEdgesOnSelect={false}
        disableKeyboardA11y
        edgesFocusable={false}
        onFocus={onFocus}
        onPointerDownCapture={leaveWalking}
      >
        <Background variant={BackgroundVariant.Dots} gap={16} size={2} />
        <Forwards />
        <Removed />
        <Drift />
        <TrailOverlay />
      </ReactFlow>
      <p id="node-keys" className="sr">
        {t('aria.node')}
      </p>
      <EmptyHint />
      <ToolHint />
      <AnswerBubble />
      <RunFailure />
      <ZoomBar />
      <MiniMap />
      <TraceStrip />
      <Carried />
      <KeysDialog />
      <Finder />
      {menu && <ContextMenu place={menu} close={closeMenu} />}
      {linking.drop && <DropMenu drop={linking.drop} choose={linking.choose} cancel={linking.cancel} />}
    </main>
  );
}
