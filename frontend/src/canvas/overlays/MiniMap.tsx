/** The whole drawing, small: where the window on it stands. Only where it covers nothing. */
import { useReactFlow, useStore } from '@xyflow/react';
import { type PointerEvent, useDeferredValue, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useLab } from '@/store/lab';
import { bounds, type Rect } from '../geometry';
import { useGeometry } from '../store';

const WIDTH = 160;
const HEIGHT = 112;
const MARGIN = 16;

const box = (rect: Rect) => `M${rect.x} ${rect.y}h${rect.w}v${rect.h}h${-rect.w}z`;

export function MiniMap() {
  const { t } = useTranslation();
  const flow = useReactFlow();
  const hosts = useLab((lab) => lab.doc.nodes);
  // It follows a drag when there is time for it.
  const rects = useDeferredValue(useGeometry((geometry) => geometry.rects));
  const paths = useDeferredValue(useGeometry((geometry) => geometry.paths));
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);

  const drawing = useMemo(() => {
    const all = bounds(rects.values());
    const groups = new Set(hosts.filter((node) => node.kind === 'host').map((node) => node.name));
    const entries = [...rects];
    return {
      all,
      hosts: entries
        .filter(([path]) => groups.has(path))
        .map(([, rect]) => box(rect))
        .join(''),
      nodes: entries
        .filter(([path]) => !groups.has(path))
        .map(([, rect]) => box(rect))
        .join(''),
      links: paths
        .map((path) => path?.points.map((point, index) => `${index === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('') ?? '')
        .join(''),
    };
  }, [hosts, rects, paths]);

  const window_: Rect = { x: -x / zoom, y: -y / zoom, w: width / zoom, h: height / zoom };
  if (!drawing.all || covers(rects, { x, y, zoom, width, height })) return null;
  const view = bounds([drawing.all, window_]) ?? window_;
  const pad = Math.max(view.w, view.h) * 0.04;
  const stroke = Math.max((view.w + 2 * pad) / WIDTH, (view.h + 2 * pad) / HEIGHT);
  const go = (event: PointerEvent<SVGSVGElement>) => {
    if (event.buttons !== 1) return;
    const matrix = event.currentTarget.getScreenCTM()?.inverse();
    if (!matrix) return;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    void flow.setCenter(point.x, point.y, { zoom });
  };
  return (
    <svg
      className="map float"
      viewBox={`${view.x - pad} ${view.y - pad} ${view.w + 2 * pad} ${view.h + 2 * pad}`}
      role="img"
      aria-label={t('overview')}
      onPointerDown={go}
      onPointerMove={go}
    >
      <path className="h" d={drawing.hosts} strokeWidth={stroke} />
      <path className="l" d={drawing.links} strokeWidth={stroke * 1.25} />
      <path className="n" d={drawing.nodes} />
      <rect className="view" x={window_.x} y={window_.y} width={window_.w} height={window_.h} rx={stroke * 2} strokeWidth={stroke * 1.25} />
    </svg>
  );
}

interface Window {
  x: number;
  y: number;
  zoom: number;
  width: number;
  height: number;
}

/** Whether a node stands where the map would be. */
function covers(rects: ReadonlyMap<string, Rect>, { x, y, zoom, width, height }: Window): boolean {
  const left = (width - WIDTH - 2 * MARGIN - x) / zoom;
  const top = (height - HEIGHT - 2 * MARGIN - y) / zoom;
  const [right, bottom] = [(width - x) / zoom, (height - y) / zoom];
  for (const rect of rects.values()) {
    if (rect.x < right && rect.x + rect.w > left && rect.y < bottom && rect.y + rect.h > top) return true;
  }
  return false;
}
