// Counts the instructions that each built kernel executes for an element, on every ISA level that this CPU runs, and
// prints them as JSON.
//
//   node bench/count-instructions.mjs [--save <file>]
//
// Steps through the object files of build/ (npm run build:native) with bench/instructions.cc, so that nothing is
// estimated: loops, moves between blocks and all. Linux on x86-64 with a C++ compiler.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { save } = parseArgs({ options: { save: { type: 'string' } } }).values;

function run(command, args) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw new Error(`${command}: ${error.message}`);
  if (status === 3) throw new Error('the system lets no process step through another (ptrace)');
  if (status !== 0) throw new Error(`${command}: ${stderr.trim()}`);
  return stdout;
}

function countLevel(level) {
  const namespace = level.replaceAll('-', '_');
  const object = `${root}build/CMakeFiles/kernels_${namespace}.dir/binding/cpu/kernels.cc.o`;
  if (!existsSync(object))
    throw new Error(`${object}: no such file; npm run build:native makes it`);
  mkdirSync(`${root}build/bench`, { recursive: true });
  const program = `${root}build/bench/instructions-${level}`;
  const source = `${root}bench/instructions.cc`;
  const [compiler, ...flags] = (process.env.CXX || 'c++').split(/\s+/);
  run(compiler, [...flags, '-std=c++17', `-DMISH_ISA=${namespace}`, source, object, '-o', program]);
  return JSON.parse(run(program, []));
}

try {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`it runs on x86-64 Linux; this is ${process.platform}-${process.arch}`);
  }
  const addon = createRequire(import.meta.url)(`${root}build/Release/node-mish.node`);
  const counted = addon.levels.map((level) => [level, countLevel(level)]);
  const levels = Object.fromEntries(counted.map(([level, { ops }]) => [level, ops]));
  // Not the addon's, which may be another's than that of build/.
  const [, { compiler }] = counted[0];
  const report = { date: new Date().toISOString(), compiler, levels };
  const text = JSON.stringify(report, null, 2);
  if (save) writeFileSync(save, `${text}\n`);
  console.log(text);
} catch (error) {
  console.error(`count-instructions: ${error.message}`);
  process.exitCode = 1;
}
