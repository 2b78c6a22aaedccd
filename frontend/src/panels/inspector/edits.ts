/** How a field of the inspector finds its part in a draft of the document. */
import { findNode } from '@/document/edit';
import { pathOf } from '@/document/names';
import type { Doc, LabLink, LabNode, Machine } from '@/document/types';
import { isMachine } from '@/document/types';
import { useLab } from '@/store/lab';

export function editNode(path: string, recipe: (node: LabNode) => void, gesture?: string): void {
  useLab.getState().edit((doc) => {
    const node = findNode(doc, path);
    if (node) recipe(node);
  }, gesture);
}

export function editMachine(path: string, recipe: (node: Machine) => void, gesture?: string): void {
  editNode(path, (node) => isMachine(node) && recipe(node), gesture);
}

export function editLink(index: number, recipe: (link: LabLink) => void, gesture?: string): void {
  useLab.getState().edit((doc) => {
    const link = doc.links[index];
    if (link) recipe(link);
  }, gesture);
}

/** Sets a key, or takes it out where its value is that of a key that is not there. */
export function put<T extends object, K extends keyof T>(target: T, key: K, value: T[K] | undefined | '' | null): void {
  if (value === undefined || value === '' || value === null) delete target[key];
  else target[key] = value as T[K];
}

/** A node's place in the document, as errors name it. */
export function placeOf(doc: Doc, path: string): string {
  return `nodes[${doc.nodes.findIndex((node) => pathOf(node) === path)}]`;
}
