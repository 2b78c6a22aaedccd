/** Names that a field may put into the drawing while one types: any other would break the paths that links are written with. */
import { hostOf, pathOf } from './names';
import type { Doc, LabNode } from './types';

const NODE_NAME_LENGTH = 63;
const INTERFACE_NAME_LENGTH = 15;
const NAME = /^[A-Za-z0-9._][A-Za-z0-9._-]*$/;

export function isName(text: string, kind: LabNode['kind'] | 'interface'): boolean {
  const longest = kind === 'bridge' || kind === 'interface' ? INTERFACE_NAME_LENGTH : NODE_NAME_LENGTH;
  return NAME.test(text) && text.length <= longest && text !== '.' && text !== '..';
}

/** Whether another node beside this one has the name: two with one path would share their links. */
export function isTaken(doc: Doc, path: string, name: string): boolean {
  const node = doc.nodes.find((one) => pathOf(one) === path);
  return node !== undefined && doc.nodes.some((one) => one !== node && one.name === name && hostOf(one) === hostOf(node));
}
