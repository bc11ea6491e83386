// The walks of docs/architecture.md: every function of this package that a call passes on its way, as the engine counts
// them, file by file from the top floor to the bottom.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availability } from '../../build/src/backend/registry.js';
import { root } from '../root.mjs';

/** From top to bottom, as docs/architecture.md lists them. */
const page = readFileSync(`${root}docs/architecture.md`, 'utf8');
const floors = /<!-- floors -->\s+```\n([^`]*)```/.exec(page)[1].trim().split(/\s+/);
const floorOf = (file) =>
  floors.indexOf(file.includes('/') ? file.slice(0, file.indexOf('/')) : file);

if (!availability('cpu').backend)
  throw new Error('the walks are those with the addon: npm run build');

/** By name, the functions of each walk. */
export const walks = JSON.parse(
  execFileSync(process.execPath, ['--no-opt', `${root}scripts/docs/count-calls.mjs`], {
    encoding: 'utf8',
  }),
);

function byFile(functions) {
  const files = new Map();
  for (const { file, name, count } of functions) {
    const names = files.get(file) ?? [];
    names.push(
      `${name === '' ? 'a closure' : `\`${name.replace('<instance_members_initializer>', 'fields')}\``}${count > 1 ? ` ×${count}` : ''}`,
    );
    files.set(file, names);
  }
  return [...files].sort(([a], [b]) => floorOf(a) - floorOf(b) || (a < b ? -1 : 1));
}

/** How many functions are called, those called several times counted as often. */
export const callsOf = (name) => walks[name].reduce((sum, { count }) => sum + count, 0);

const rowsOf = (name) => [
  ['file', 'functions'],
  ...byFile(walks[name]).map(([file, names]) => [`\`src/${file}\``, names.join(', ')]),
];

export const contents = Object.fromEntries(
  Object.keys(walks).flatMap((name) => [
    [`walk-${name}`, () => ({ rows: rowsOf(name), align: 'left' })],
    [`calls-${name}`, () => String(callsOf(name))],
    [`files-${name}`, () => String(new Set(walks[name].map(({ file }) => file)).size)],
  ]),
);
