/** What runs and is not drawn any more stays, struck through, until Apply. */
import { ViewportPortal } from '@xyflow/react';
import { useMemo } from 'react';
import { pathOf } from '@/document/names';
import type { Doc } from '@/document/types';
import { usePending } from '@/lab/usePending';
import { useLab } from '@/store/lab';
import { placeNodes, type Rect } from '../geometry';
import { routeLinks } from '../routing';

interface Ghosts {
  nodes: { path: string; rect: Rect; round: string }[];
  links: { key: string; d: string }[];
}

const ROUND: Record<Doc['nodes'][number]['kind'], string> = {
  namespace: '12px',
  internet: '12px',
  host: '12px',
  router: '50%',
  bridge: '4px',
  lan: '999px',
};

function ghostsOf(applied: Doc, doc: Doc): Ghosts {
  const drawn = new Set(doc.nodes.map(pathOf));
  const linked = new Set(doc.links.map((link) => link.ends.join('--')));
  const rects = placeNodes(applied);
  const nodes = applied.nodes.flatMap((node) => {
    const path = pathOf(node);
    const rect = rects.get(path);
    return rect && !drawn.has(path) ? [{ path, rect, round: ROUND[node.kind] }] : [];
  });
  const gone = applied.links.some((link) => !linked.has(link.ends.join('--')));
  const paths = gone ? routeLinks(applied, rects) : [];
  const links = paths.flatMap((path, index) => {
    const key = applied.links[index]?.ends.join('--') ?? '';
    if (!path || linked.has(key)) return [];
    return [{ key, d: path.points.map((point, at) => `${at === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('') }];
  });
  return { nodes, links };
}

export function Removed() {
  const doc = useLab((lab) => lab.doc);
  const { applied, plan, drawn } = usePending();
  // A drawing with problems has no plan, and what it leaves out runs all the same.
  const removes = plan.length > 0 ? plan.some((entry) => entry.change === 'remove') : drawn;
  const ghosts = useMemo(() => (applied && removes ? ghostsOf(applied, doc) : null), [applied, removes, doc]);
  if (!ghosts || ghosts.nodes.length + ghosts.links.length === 0) return null;
  return (
    <ViewportPortal>
      <svg className="overlay-layer under" aria-hidden="true">
        {ghosts.links.map((link) => (
          <path key={link.key} className="removed-link" d={link.d} />
        ))}
      </svg>
      {ghosts.nodes.map(({ path, rect, round }) => (
        <div
          key={path}
          className="removed-node"
          data-removed={path}
          style={{ transform: `translate(${rect.x}px, ${rect.y}px)`, width: rect.w, height: rect.h, borderRadius: round }}
        >
          <s>{path}</s>
        </div>
      ))}
    </ViewportPortal>
  );
}
