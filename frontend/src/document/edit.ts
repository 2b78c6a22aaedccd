/** What a person does to a drawing. Each function changes a draft of the document (immer) and is one step of undo with its caller. */
import { freeName, hostOf, joinEnd, pathOf, splitEnd } from './names';
import type { Doc, DrawnKind, LabNode } from './types';
import { isMachine } from './types';

export interface Point {
  x: number;
  y: number;
}

const STEMS: Record<Exclude<DrawnKind, 'note'>, { stem: string; from: number }> = {
  namespace: { stem: 'ns', from: 1 },
  router: { stem: 'router', from: 1 },
  bridge: { stem: 'br', from: 0 },
  host: { stem: 'host', from: 1 },
  lan: { stem: 'lan', from: 1 },
};

/** Names are unique within their host; host and LAN names, and those of the implied host, share the top. */
function namesIn(doc: Doc, host: string | null): Set<string> {
  return new Set(doc.nodes.filter((node) => hostOf(node) === host).map((node) => node.name));
}

export function addNode(doc: Doc, kind: Exclude<DrawnKind, 'note'>, at: Point, host: string | null): string {
  const home = kind === 'host' || kind === 'lan' ? null : host;
  const { stem, from } = STEMS[kind];
  const name = freeName(stem, namesIn(doc, home), from);
  const place = { name, x: at.x, y: at.y, ...(home === null ? {} : { host: home }) };
  doc.nodes.push({ kind, ...place } as LabNode);
  return home === null ? name : `${home}/${name}`;
}

export function addNote(doc: Doc, at: Point, text: string): number {
  doc.notes.push({ text, x: at.x, y: at.y });
  return doc.notes.length - 1;
}

export function findNode(doc: Doc, path: string): LabNode | undefined {
  return doc.nodes.find((node) => pathOf(node) === path);
}

/** Rewrites every mention of a path: links' ends and checks. */
function movePath(doc: Doc, from: string, to: string): void {
  if (from === to) return;
  for (const link of doc.links) {
    link.ends = link.ends.map((text) => {
      const end = splitEnd(text);
      return end.node === from ? joinEnd({ ...end, node: to }) : text;
    }) as [string, string];
  }
  for (const check of doc.checks) if (check.from === from) check.from = to;
}

export function renameNode(doc: Doc, path: string, name: string): string {
  const node = findNode(doc, path);
  if (!node || node.name === name) return path;
  const old = node.name;
  const host = hostOf(node);
  node.name = name;
  movePath(doc, path, pathOf(node));
  for (const other of doc.nodes) {
    if (node.kind === 'host' && hostOf(other) === old && 'host' in other) {
      const before = pathOf(other);
      other.host = name;
      movePath(doc, before, pathOf(other));
    }
    if (other.kind === 'bridge' && other.in === old && hostOf(other) === host) other.in = name;
  }
  return pathOf(node);
}

/** Into a host, or with null out to the implied one. A name that is taken there gets a number. */
export function moveToHost(doc: Doc, path: string, host: string | null): string {
  const node = findNode(doc, path);
  if (!node || node.kind === 'host' || node.kind === 'lan' || node.kind === 'internet' || hostOf(node) === host) return path;
  const taken = namesIn(doc, host);
  if (host === null) delete node.host;
  else node.host = host;
  if (node.kind === 'bridge') delete node.in;
  if (taken.has(node.name)) node.name = freeName(node.name.replace(/\d+$/, ''), taken);
  movePath(doc, path, pathOf(node));
  return pathOf(node);
}

/** An interface goes with the link that ends at it; a host's card at a LAN stays. */
function removeInterface(doc: Doc, text: string): void {
  const end = splitEnd(text);
  const node = findNode(doc, end.node);
  if (!node || !isMachine(node) || end.interface === null) return;
  node.interfaces = node.interfaces?.filter((one) => one.name !== end.interface);
  node.routes = node.routes?.filter((route) => route.dev !== end.interface);
}

export function removeLink(doc: Doc, index: number): void {
  const link = doc.links[index];
  if (!link) return;
  doc.links.splice(index, 1);
  const atLan = link.ends.some((text) => findNode(doc, splitEnd(text).node)?.kind === 'lan');
  if (!atLan) for (const text of link.ends) removeInterface(doc, text);
}

/** A host goes with all that it holds, a namespace with the bridges in it, and each with its links and checks. */
export function removeNode(doc: Doc, path: string): void {
  const node = findNode(doc, path);
  if (!node) return;
  const held = doc.nodes.filter(
    (other) =>
      (node.kind === 'host' && hostOf(other) === node.name) ||
      (other.kind === 'bridge' && other.in === node.name && hostOf(other) === hostOf(node)),
  );
  for (const other of held) if (other !== node) removeNode(doc, pathOf(other));
  for (let index = doc.links.length - 1; index >= 0; index -= 1) {
    if (doc.links[index]?.ends.some((text) => splitEnd(text).node === path)) removeLink(doc, index);
  }
  doc.checks = doc.checks.filter((check) => check.from !== path);
  doc.nodes.splice(doc.nodes.indexOf(node), 1);
}

export function renameInterface(doc: Doc, path: string, from: string, to: string): void {
  const node = findNode(doc, path);
  if (!node || from === to) return;
  if (isMachine(node)) {
    for (const one of node.interfaces ?? []) if (one.name === from) one.name = to;
    for (const route of node.routes ?? []) if (route.dev === from) route.dev = to;
  }
  for (const link of doc.links) {
    link.ends = link.ends.map((text) => (text === `${path}:${from}` ? `${path}:${to}` : text)) as [string, string];
  }
}
