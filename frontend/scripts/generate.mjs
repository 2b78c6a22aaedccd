// Types of what Python owns: `npm run generate` writes src/generated/, `npm run generate -- --check` says whether it is fresh.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import openapiTS, { astToString } from 'openapi-typescript';

const root = fileURLToPath(new URL('../../', import.meta.url));
const generated = fileURLToPath(new URL('../src/generated/', import.meta.url));
const python = existsSync(`${root}.venv/bin/python`) ? `${root}.venv/bin/python` : 'python3';
const banner = '// Made by `npm run generate` from the Python sources. Do not edit.\n';

function fromPython(...args) {
  return JSON.parse(execFileSync(python, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 }));
}

/** Pydantic titles every property, which would make a type alias of each; and the compiler knows tuples as draft 7 writes them. */
function plainer(value) {
  if (Array.isArray(value)) return value.map(plainer);
  if (value === null || typeof value !== 'object') return value;
  const { title, prefixItems, ...rest } = value;
  const kept = typeof title === 'string' ? rest : { ...rest, ...(title && { title }) };
  if (prefixItems) kept.items = prefixItems;
  return Object.fromEntries(Object.entries(kept).map(([key, inner]) => [key, plainer(inner)]));
}

async function schemaTypes(schema, name) {
  const bare = plainer(schema);
  // Python's names, not made from properties' titles.
  for (const [key, definition] of Object.entries(bare.$defs ?? {})) definition.title = key;
  const types = await compile({ ...bare, title: name }, name, {
    bannerComment: banner,
    additionalProperties: false,
    unreachableDefinitions: true,
    maxItems: 4,
    style: { singleQuote: true, printWidth: 140 },
  });
  return types.replace(/^( \*\n)? \* This interface was referenced by .*\n \* via .*\n/gm, '').replace(/^\/\*\*\n \*\/\n/gm, '');
}

function table(name, type, value) {
  return `${banner}\nexport const ${name}: ${type} = ${JSON.stringify(value, null, 2)};\n`;
}

const files = {
  'document.ts': await schemaTypes(fromPython('-m', 'labs.document.export', 'schema'), 'LabDocument'),
  'messages.ts': await schemaTypes(fromPython('-m', 'labs.messages.export', 'schema'), 'Messages'),
  'sysctls.ts': table(
    'SYSCTLS',
    'Readonly<Record<string, { default: number; minimum: number; maximum: number }>>',
    fromPython('-m', 'labs.document.export', 'sysctls'),
  ),
  'operations.ts': table('OPERATIONS', 'readonly string[]', fromPython('-m', 'labs.messages.export', 'operations')),
  'words.ts': table('WORDS', 'Readonly<Record<string, string>>', fromPython('-m', 'labs.document.export', 'words')),
  'api.ts': banner + astToString(await openapiTS(fromPython('manage.py', 'export_openapi'))),
};

const stale = [];
for (const [name, text] of Object.entries(files)) {
  const path = generated + name;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  stale.push(name);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.error(`src/generated/ is older than the Python sources: ${stale.join(', ')}. Run \`npm run generate\`.`);
  process.exit(1);
}
