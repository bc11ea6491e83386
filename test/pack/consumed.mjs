// The installed package as programs use it on every Node, and as linters of packages see it.
import { join } from 'node:path';
import {
  addConsumers,
  modules,
  project,
  run,
  runNode,
  versions,
  withoutNodeNoise,
} from './place.mjs';
import { add, addProgram } from './report.mjs';

// ---- programs
const programs = { import: 'imported.mjs', 'require()': 'required.cjs', worker: 'worker.mjs' };

async function testPrograms(installed) {
  for (const runtime of versions) {
    for (const [how, file] of Object.entries(programs)) {
      addProgram({ runtime, how }, await runNode(runtime, [file], installed));
    }
    await testCommand(installed, runtime, 'doctor', (report) => report.native.isa);
    await testCommand(installed, runtime, 'check', (report) => report.ok && 'every device');
  }
}

/** @param judge - what of its JSON shows that it is right; undefined or false when it is not */
async function testCommand(installed, runtime, command, judge) {
  const cli = join(installed, 'node_modules', 'node-mish', 'dist', 'cli.js');
  const outcome = await runNode(runtime, [cli, command, '--json'], installed);
  const { exit, stdout, stderr } = outcome;
  const found = exit === 0 && withoutNodeNoise(stderr) === '' && judge(JSON.parse(stdout));
  const problem = found ? undefined : `exit ${exit}\n${stdout}${stderr}`;
  add({ runtime, how: `node-mish ${command}`, result: `ok, ${found}` }, problem);
}

// ---- linters of packages
async function testLinters(tarball) {
  const directory = project('linters');
  const publint = join(modules, 'publint', 'src', 'cli.js');
  const attw = join(modules, '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const linters = {
    'publint --strict': [publint, 'run', tarball, '--strict'],
    'attw --profile strict': [attw, tarball, '--profile', 'strict', '--no-emoji'],
  };
  for (const [how, args] of Object.entries(linters)) {
    const { exit, stdout, stderr } = await run(process.execPath, args, { cwd: directory });
    add({ runtime: 20, how }, exit === 0 ? undefined : `${stdout}${stderr}`);
  }
}

export async function testConsumers(installed, tarball) {
  addConsumers(installed);
  await testPrograms(installed);
  await testLinters(tarball);
}
