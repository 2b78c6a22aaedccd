/** Names that a field may put into the drawing while one types: any other would break the paths that links are written with. */
import type { LabNode } from './types';

const NODE_NAME_LENGTH = 63;
const INTERFACE_NAME_LENGTH = 15;
const NAME = /^[A-Za-z0-9._][A-Za-z0-9._-]*$/;

export function isName(text: string, kind: LabNode['kind'] | 'interface'): boolean {
  const longest = kind === 'bridge' || kind === 'interface' ? INTERFACE_NAME_LENGTH : NODE_NAME_LENGTH;
  return NAME.test(text) && text.length <= longest && text !== '.' && text !== '..';
}
