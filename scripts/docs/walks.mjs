// The walks of docs/architecture.md: every function of this package that a call passes on its way, as the engine counts
// them, file by file from the top floor to the bottom.
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { availability } from '../../dist/backend/registry.js';
import { mish, mishAsync, Tensor } from '../../dist/index.js';
import { root } from '../root.mjs';

const x = Float32Array.from({ length: 16 }, (_, i) => i - 8);
const tensor = Tensor.from(x);

/** What is called by walks, each once more than is counted: the first call loads the addon and compiles. */
const calls = {
  mish: () => mish(x),
  'mish-async': () => mishAsync(x),
  'mish-tensor': () => mish(tensor),
};

/** From top to bottom, as docs/architecture.md lists them. */
const page = readFileSync(`${root}docs/architecture.md`, 'utf8');
const floors = /<!-- floors -->\s+```\n([^`]*)```/.exec(page)[1].trim().split(/\s+/);
const floorOf = (file) =>
  floors.indexOf(file.includes('/') ? file.slice(0, file.indexOf('/')) : file);

/** The functions that ran, in the files of dist. */
function functionsOf(scripts) {
  const marker = '/dist/';
  return scripts
    .filter(({ url }) => url.includes(marker))
    .flatMap(({ url, functions }) => {
      const file = url.slice(url.lastIndexOf(marker) + marker.length).replace(/\.js$/, '.ts');
      return functions
        .filter(({ ranges }) => ranges[0].count > 0)
        .map(({ functionName, ranges }) => ({ file, name: functionName, count: ranges[0].count }));
    });
}

async function walked(call) {
  const session = new Session();
  session.connect();
  await call();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await call();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  await session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
  return functionsOf(result);
}

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

if (!availability('cpu').backend)
  throw new Error('the walks are those with the addon: npm run build');

/** By name, the functions of each walk. */
export const walks = {};
for (const [name, call] of Object.entries(calls)) walks[name] = await walked(call);

/** How many functions are called, those called several times counted as often. */
export const callsOf = (name) => walks[name].reduce((sum, { count }) => sum + count, 0);

const rowsOf = (name) => [
  ['file', 'functions'],
  ...byFile(walks[name]).map(([file, names]) => [`\`src/${file}\``, names.join(', ')]),
];

export const contents = Object.fromEntries(
  Object.keys(calls).flatMap((name) => [
    [`walk-${name}`, () => ({ rows: rowsOf(name), align: 'left' })],
    [`calls-${name}`, () => String(callsOf(name))],
    [`files-${name}`, () => String(new Set(walks[name].map(({ file }) => file)).size)],
  ]),
);
