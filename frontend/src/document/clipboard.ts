/** Copy and paste: a part of a drawing as a document of its own. */
import type { Point } from './edit';
import { freeName, hostOf, joinEnd, pathOf, splitEnd } from './names';
import type { Doc, LabLink, LabNode, LabNote } from './types';
import { isMachine } from './types';

export interface Clip {
  topowebClip: 1;
  nodes: LabNode[];
  links: LabLink[];
  notes: LabNote[];
}

/** The nodes with what they hold, and the links between them. Interfaces whose link stays behind are left out. */
export function cut(doc: Doc, paths: ReadonlySet<string>, notes: ReadonlySet<number>): Clip {
  const hosts = new Set(doc.nodes.filter((node) => node.kind === 'host' && paths.has(node.name)).map((node) => node.name));
  const nodes = doc.nodes.filter((node) => paths.has(pathOf(node)) || hosts.has(hostOf(node) ?? ''));
  const within = new Set(nodes.map(pathOf));
  const links = doc.links.filter((link) => link.ends.every((text) => within.has(splitEnd(text).node)));
  const ended = new Set(links.flatMap((link) => link.ends));
  const kept = nodes.map((node) => {
    if (!isMachine(node)) return node;
    const linked = node.interfaces?.filter((one) => node.kind === 'host' || ended.has(`${pathOf(node)}:${one.name}`));
    return { ...node, interfaces: linked };
  });
  return structuredClone({ topowebClip: 1, nodes: kept, links, notes: doc.notes.filter((_, index) => notes.has(index)) });
}

export function isClip(value: unknown): value is Clip {
  return typeof value === 'object' && value !== null && 'topowebClip' in value && value.topowebClip === 1;
}

/** Adds a clip with names that are free, moved by `by`; returns the new paths. */
export function paste(doc: Doc, clip: Clip, by: Point): string[] {
  const renamed = new Map<string, { path: string; from: string; to: string }>();
  const names = new Map<string | null, Set<string>>();
  const taken = (host: string | null) => {
    let set = names.get(host);
    if (!set) {
      set = new Set(doc.nodes.filter((node) => hostOf(node) === host).map((node) => node.name));
      names.set(host, set);
    }
    return set;
  };
  // Hosts first: what they hold follows their new names.
  const ordered = [...clip.nodes].sort((a, b) => Number(b.kind === 'host') - Number(a.kind === 'host'));
  for (const original of ordered) {
    const node = structuredClone(original);
    const before = pathOf(node);
    const host = hostOf(node);
    if (host !== null && 'host' in node) {
      const home = renamed.get(host)?.to ?? (taken(null).has(host) ? host : null);
      if (home === null) delete node.host;
      else node.host = home;
    }
    const set = taken(hostOf(node));
    if (set.has(node.name)) node.name = freeName(node.name.replace(/\d+$/, ''), set);
    set.add(node.name);
    node.x = (node.x ?? 0) + by.x;
    node.y = (node.y ?? 0) + by.y;
    renamed.set(before, { path: pathOf(node), from: original.name, to: node.name });
    doc.nodes.push(node);
  }
  pasteLinks(doc, clip, renamed);
  for (const note of clip.notes) doc.notes.push({ ...note, x: (note.x ?? 0) + by.x, y: (note.y ?? 0) + by.y });
  return [...renamed.values()].map((one) => one.path);
}

type Renamed = Map<string, { path: string; from: string; to: string }>;

/** `veth-ns1` and `veth-ns1-br` of a link whose ns1 became ns3 are `veth-ns3` and `veth-ns3-br`, where that fits. */
function pasteLinks(doc: Doc, clip: Clip, renamed: Renamed): void {
  for (const link of clip.links) {
    const words = link.ends.map((text) => renamed.get(splitEnd(text).node)).filter((one) => one !== undefined);
    const ends = link.ends.map((text) => {
      const end = splitEnd(text);
      const target = renamed.get(end.node)?.path ?? end.node;
      if (end.interface === null) return target;
      const name = rename(end.interface, words);
      const node = doc.nodes.find((one) => pathOf(one) === target);
      if (node && isMachine(node)) for (const one of node.interfaces ?? []) if (one.name === end.interface) one.name = name;
      return joinEnd({ node: target, interface: name });
    }) as [string, string];
    doc.links.push({ ...structuredClone(link), ends });
  }
}

const INTERFACE_NAME_LENGTH = 15;

function rename(name: string, words: { from: string; to: string }[]): string {
  const parts = name.split('-').map((part) => words.find((word) => word.from === part)?.to ?? part);
  const next = parts.join('-');
  return next.length <= INTERFACE_NAME_LENGTH ? next : name;
}
