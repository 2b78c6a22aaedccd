/** The document as the editor holds it: every list is there. */
import type { LabDocument } from '@/generated/document';

export type Doc = LabDocument & Required<Pick<LabDocument, 'nodes' | 'links' | 'checks' | 'notes'>>;
export type LabNode = Doc['nodes'][number];
export type LabLink = Doc['links'][number];
export type LabNote = Doc['notes'][number];
export type LabCheck = Doc['checks'][number];
export type NodeKind = LabNode['kind'];
export type Machine = Extract<LabNode, { kind: 'host' | 'namespace' | 'router' }>;
/** What the palette makes. */
export type DrawnKind = Exclude<NodeKind, 'internet'> | 'note';

export function isMachine(node: LabNode): node is Machine {
  return node.kind === 'host' || node.kind === 'namespace' || node.kind === 'router';
}

export function withLists(document: LabDocument): Doc {
  return {
    ...document,
    nodes: document.nodes ?? [],
    links: document.links ?? [],
    checks: document.checks ?? [],
    notes: document.notes ?? [],
  };
}

export function emptyDocument(name: string): Doc {
  return { topoweb: 1, name, nodes: [], links: [], checks: [], notes: [] };
}
