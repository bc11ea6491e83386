// The time to import the package and to start its command, beside Node alone and other native packages, each in
// processes of its own, by turns.
//
//   node bench/import.mjs [--rounds <n>] [--save <file>]     npm run bench:import
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, program } from '../build/src/cli/bench/machine.js';
import { spreadOf } from '../build/src/cli/bench/statistics.js';
import { installPackage } from '../scripts/install-package.mjs';
import { root } from '../scripts/root.mjs';
import { importTable } from './import-table.mjs';
import { print } from './peers/tables.mjs';

const flags = parseArgs({
  options: { rounds: { type: 'string' }, save: { type: 'string' } },
}).values;
const rounds = Number(flags.rounds ?? 31);

installPackage('bench/peers');
const peers = join(root, 'bench', 'peers');
const directory = mkdtempSync(join(tmpdir(), 'node-mish-'));
process.on('exit', () => rmSync(directory, { recursive: true }));
const empty = join(directory, 'empty.mjs');
writeFileSync(empty, '');
const module = (name) => ['--input-type=module', '--eval', `import '${name}'`];
const script = (name) => ['--eval', `require('${name}')`];

/** What Node runs, and which of these it is compared with: the same without the package. */
const cases = [
  { name: 'node, a script', args: ['--eval', '0'] },
  { name: 'node, a module', args: ['--input-type=module', '--eval', '0'] },
  // Most of what an import adds where it is the first: Node's own work, whatever is in the file.
  { name: 'import of an empty file', args: module(pathToFileURL(empty)), beside: 'node, a module' },
  { name: "require('node-mish')", args: script('node-mish'), beside: 'node, a script' },
  { name: "import 'node-mish'", args: module('node-mish'), beside: 'node, a module' },
  { name: 'node-mish --version', args: ['dist/cli.cjs', '--version'], beside: 'node, a script' },
  {
    ...{ name: "require('better-sqlite3')", args: script('better-sqlite3'), cwd: peers },
    beside: 'node, a script',
  },
  {
    ...{ name: "require('onnxruntime-node')", args: script('onnxruntime-node'), cwd: peers },
    beside: 'node, a script',
  },
];

function milliseconds({ args, cwd = root, name }) {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}: exit ${status}\n${stderr}`);
  return performance.now() - begin;
}

const samples = new Map(cases.map(({ name }) => [name, []]));
for (let round = -1; round < rounds; round++) {
  for (const each of cases) {
    const time = milliseconds(each);
    if (round >= 0) samples.get(each.name).push(time); // the first fills the caches of the system
  }
}
const rows = cases.map(({ name, beside }) => ({ name, beside, ...spreadOf(samples.get(name)) }));
const report = { date: new Date().toISOString(), program: program(), machine: machine(), rows };
if (flags.save) writeFileSync(flags.save, `${JSON.stringify(report, null, 1)}\n`);
console.log('Milliseconds of a process, the median, and of that what the package adds\n');
print(importTable(report));
