/** Both languages say everything, and say it of the same things. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '@/generated/operations';
import { WORDS } from '@/generated/words';
import { en } from './en';
import { zh } from './zh';

type Tree = { [key: string]: string | Tree };

const PLURAL = /_(zero|one|two|few|many|other)$/;

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}

const params = (text: string): string[] => [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] as string))].toSorted();
const bases = (texts: Map<string, string>): Set<string> => new Set([...texts.keys()].map((key) => key.replace(PLURAL, '')));

const NAMESPACES = Object.keys(en) as (keyof typeof en)[];

describe.each(NAMESPACES)('the words of %s', (namespace) => {
  const [english, chinese] = [flat(en[namespace]), flat(zh[namespace])];

  it('are there in both languages', () => {
    expect(bases(chinese)).toEqual(bases(english));
  });

  it('have the plurals that their language has', () => {
    for (const key of english.keys()) if (key.endsWith('_one')) expect(english.has(key.replace(PLURAL, '_other')), key).toBe(true);
    for (const key of chinese.keys()) expect(/_(one|few|many)$/.test(key), key).toBe(false);
  });

  it('name the same things', () => {
    for (const [key, text] of chinese) {
      const same = english.get(key) ?? english.get(`${key.replace(PLURAL, '')}_other`) ?? '';
      expect(params(text), key).toEqual(params(same));
    }
  });

  it('are not English where they should be Chinese', () => {
    // What is the same in both languages: commands, names of formats, units.
    const same = [...chinese].filter(([key, text]) => /[a-z]{4}/i.test(text.replace(/\{\{\w+\}\}/g, '')) && english.get(key) === text);
    for (const [key, text] of same) expect(text, key).toMatch(/^[\w.{}" -]{1,24}$/);
  });
});

describe('what the server says is wrong', () => {
  it('is there in Chinese, for every code', () => {
    expect(Object.keys(WORDS).filter((code) => !(code in zh.words))).toEqual([]);
  });

  it('names in Chinese only what the server sends', () => {
    for (const [code, text] of Object.entries(WORDS)) {
      const sent = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const param of params((zh.words as Record<string, string>)[code] ?? '')) expect(sent, code).toContain(param);
    }
  });
});

it('says every operation of a plan', () => {
  expect(OPERATIONS.filter((name) => !(name in en.operations))).toEqual([]);
});

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'generated' || entry.name === 'i18n' ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') ? [readFileSync(path, 'utf8')] : [];
  });
}

describe('keys', () => {
  const code = sources(join(import.meta.dirname, '..')).join('\n');
  const literals = new Set([...code.matchAll(/['"`]([A-Za-z0-9_.:-]+)['"`]/g)].map((match) => (match[1] as string).replace(/^\w+:/, '')));
  // Of the form `kind.${…}`: a name, a dot, and what is chosen at run time.
  const patterns = [...code.matchAll(/`(?:\w+:)?([A-Za-z0-9_]+\.[A-Za-z0-9_.]*\$\{[^`]*)`/g)].map((match) => {
    const pieces = (match[1] as string).replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '\u0000').split('\u0000');
    return new RegExp(`^${pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\w.]+')}$`);
  });

  // Operations are said by their class's name: see useOperationText.
  it.each(NAMESPACES.filter((namespace) => namespace !== 'operations'))('of %s are all used', (namespace) => {
    const unused = [...bases(flat(en[namespace]))].filter((key) => {
      const plain = key.replace(/_\w+$/, '');
      return !literals.has(key) && !literals.has(plain) && !patterns.some((pattern) => pattern.test(key));
    });
    expect(unused).toEqual([]);
  });
});
