/** What a part of the canvas reads of the document. */
import { useShallow } from 'zustand/react/shallow';
import { pathOf, splitEnd } from '@/document/names';
import type { Doc, LabNode } from '@/document/types';
import { isMachine } from '@/document/types';
import { useLab } from '@/store/lab';

const byPath = new WeakMap<Doc['nodes'], Map<string, LabNode>>();

/** The nodes of a document by path, found once for each document. */
export function nodeAt(doc: Doc, path: string): LabNode | undefined {
  let map = byPath.get(doc.nodes);
  if (!map) {
    map = new Map(doc.nodes.map((node) => [pathOf(node), node]));
    byPath.set(doc.nodes, map);
  }
  return map.get(path);
}

export function addressesOf(doc: Doc, end: string): readonly string[] {
  const { node: path, interface: name } = splitEnd(end);
  const node = nodeAt(doc, path);
  if (!node || !isMachine(node)) return [];
  return node.interfaces?.find((one) => one.name === name)?.addresses ?? [];
}

export function useAddresses(end: string): readonly string[] {
  return useLab(useShallow((lab) => addressesOf(lab.doc, end)));
}
