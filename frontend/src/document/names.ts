/** How links and checks write nodes and interfaces: `host1/ns1:veth-ns1`. */
import type { Doc, LabNode } from './types';

/** What links and checks call the host that is not drawn. */
export const IMPLIED_HOST = 'host';

export interface End {
  node: string;
  /** null while it is not named yet. */
  interface: string | null;
}

export function splitEnd(text: string): End {
  const colon = text.indexOf(':');
  return colon < 0 ? { node: text, interface: null } : { node: text.slice(0, colon), interface: text.slice(colon + 1) };
}

export function joinEnd(end: End): string {
  return end.interface === null ? end.node : `${end.node}:${end.interface}`;
}

/** The node in which another one lives, as drawn: its host. */
export function hostOf(node: LabNode): string | null {
  return 'host' in node && node.host ? node.host : null;
}

export function pathOf(node: LabNode): string {
  const host = hostOf(node);
  return host === null ? node.name : `${host}/${node.name}`;
}

/** By path; of two nodes with the same path, which is a problem of the drawing, the first. */
export function nodesByPath(doc: Doc): Map<string, LabNode> {
  const found = new Map<string, LabNode>();
  for (const node of doc.nodes) {
    const path = pathOf(node);
    if (!found.has(path)) found.set(path, node);
  }
  return found;
}

/** The first of `ns1`, `ns2`, … that no node has. */
export function freeName(stem: string, taken: ReadonlySet<string>, from = 1): string {
  let number = from;
  while (taken.has(`${stem}${number}`)) number += 1;
  return `${stem}${number}`;
}

/** A link's key: that of its live status and of `data-link`. */
export function linkKey(ends: readonly [string, string]): string {
  return `${ends[0]}--${ends[1]}`;
}
