// Node 20, 22, 24 and 26: the package works on each, and so do the tests of its behaviour. Prints a line for
// each, and all output of one that failed; exits with 1 if any did. Needs npm run build:dev.
//
//   node test/runtimes/run.mjs [--others]     --others: not the tests on the very Node that runs this
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPackage } from '../../scripts/install-package.mjs';
import { root } from '../../scripts/root.mjs';
import { filesOf } from '../../scripts/test/runs.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Than npm test has: cases of a property, workers that are terminated, processes that exit. */
const fewer = { MISH_PROPERTY_RUNS: '500', MISH_TEST_WORKERS: '10', MISH_TEST_EXITS: '4' };

/** Processes, one for each core of CI's machines: more, and the tests that use threads wait for each other. */
const atOnce = 2;

function end(exit, message) {
  console.log(message);
  process.exit(exit);
}

function prepare() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    end(0, `skipped: the Nodes are for linux-x64, this is ${process.platform}-${process.arch}`);
  }
  if (!existsSync(`${root}build/test`)) end(1, 'No tests in build/test: npm run build:dev first.');
  installPackage('test/runtimes');
}

/** Of that Node in the repository's root. One that hangs is killed, and failed like any other. */
async function outputOf(name, args) {
  const env = { ...process.env, ...fewer };
  const options = { cwd: root, env, maxBuffer: 2 ** 28, timeout: 10 * 60_000 };
  const node = `${here}node_modules/${name}/bin/node`;
  return (await promisify(execFile)(node, args, options)).stdout;
}

/** As .mocharc.json has it, but --expose-gc for Node: from there, Mocha would hand it to a second process. */
const mocha = [
  ...['--expose-gc', 'node_modules/mocha/bin/mocha.js', '--no-config', '--no-color'],
  ...['--timeout=60000', '--forbid-only', '--reporter=build/test/support/reporter.js'],
];

/** The test files, every other one in each: two runs of a Node, so that no core waits for the last Node. */
function halves() {
  const files = filesOf('runtimes').map((name) => `build/test/${name}.test.js`);
  return [0, 1].map((half) => files.filter((_, i) => i % 2 === half));
}

/** With --others, after an npm test: as it ran on that version, and is more. */
const isTestedElsewhere = (versions) =>
  process.argv.includes('--others') && versions.startsWith(`Node ${process.versions.node},`);

let free = atOnce;
const waiting = [];

/** Runs it when a core is free, in the order of the calls. */
async function inTurn(task) {
  if (free > 0) free--;
  else await new Promise((begin) => waiting.push(begin));
  try {
    return await task();
  } finally {
    const begin = waiting.shift();
    if (begin) begin();
    else free++;
  }
}

async function test(name) {
  const smoke = readFileSync(`${here}smoke.mjs`, 'utf8');
  const evaluate = ['--input-type=module', '--eval', smoke];
  const versions = (await inTurn(() => outputOf(name, evaluate))).trim();
  if (isTestedElsewhere(versions)) return `${versions}: works; its tests are npm test's`;
  const runs = halves().map((files) => inTurn(() => outputOf(name, [...mocha, ...files])));
  const outputs = await Promise.all(runs);
  const count = (state) => {
    const pattern = new RegExp(`^ *(\\d+) ${state}`, 'm');
    return outputs.reduce((sum, output) => sum + Number(pattern.exec(output)?.[1] ?? 0), 0);
  };
  if (count('passing') === 0) throw new Error(`no test passed\n${outputs.join('')}`);
  return `${versions}: ${count('passing')} tests passing, ${count('pending')} skipped`;
}

async function report(name) {
  try {
    console.log(await test(name));
  } catch ({ message, signal, stdout = '', stderr = '' }) {
    const output = `${stdout}${stderr}` || message;
    console.log(`${name} FAILED${signal ? `, killed by ${signal}` : ''}\n${output}`);
    process.exitCode = 1;
  }
}

prepare();
const { dependencies } = JSON.parse(readFileSync(`${here}package.json`, 'utf8'));
await Promise.all(Object.keys(dependencies).map(report));
