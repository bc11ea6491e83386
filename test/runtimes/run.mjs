// Node 20, 22, 24 and 26: the package works on each, and so do the tests of its behaviour. Prints a line for
// each, and all output of one that failed; exits with 1 if any did. Needs npm run build:dev.
//
//   node test/runtimes/run.mjs [--others]     --others: not the tests on the very Node that runs this
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { installPackage } from '../../scripts/install-package.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));

/** All other tests run, new ones too; these are of files, tools and machine code, which no Node changes. */
const excluded = {
  'architecture.test.js': 'the text of source files',
  'bench-tables.test.js': 'the text of README.md and docs/',
  'binary.test.js': 'the bytes of the addon',
  'cli/**': 'the command line, a tool on top of the library',
  'consumer.test.js': "users' compilers; smoke.mjs imports and requires",
  'equal-bits.test.js': 'bits of the addon, by 100,000 calls of it',
  'kernel-bodies.test.js': 'a C++ program',
  'operator-costs.test.js': 'counts of instructions in C++ and of accesses in JavaScript',
  'pool.test.js': 'a C++ program',
  'prepack.test.js': 'what may be packed',
  'roots.test.js': 'the generators of constants',
  'streaming.test.js': 'instructions of the addon, and a C++ program',
  'thread-count.test.js': 'what the system and the environment say of CPUs',
  'verify.test.js': 'a C++ program',
};

/** Than npm test has: cases of a property, workers that are terminated, processes that exit. */
const fewer = { MISH_PROPERTY_RUNS: '500', MISH_TEST_WORKERS: '10', MISH_TEST_EXITS: '4' };

/** One for each core of CI's machines: more, and the tests that use threads wait for each other. */
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
  ...Object.keys(excluded).map((glob) => `--ignore=build/test/${glob}`),
  'build/test/**/*.test.js',
];

/** With --others, after an npm test: as it ran on that version, and is more. */
const isTestedElsewhere = (versions) =>
  process.argv.includes('--others') && versions.startsWith(`Node ${process.versions.node},`);

async function test(name) {
  const begin = performance.now();
  const smoke = readFileSync(`${here}smoke.mjs`, 'utf8');
  const versions = await outputOf(name, ['--input-type=module', '--eval', smoke]);
  if (isTestedElsewhere(versions)) return `${versions.trim()}: works; its tests are npm test`;
  const output = await outputOf(name, mocha);
  const count = (state) => Number(new RegExp(`^ *(\\d+) ${state}`, 'm').exec(output)?.[1] ?? 0);
  if (count('passing') === 0) throw new Error(`no test passed\n${output}`);
  const tests = `${count('passing')} tests passing, ${count('pending')} skipped`;
  return `${versions.trim()}: ${tests}, ${((performance.now() - begin) / 1000).toFixed(0)} s`;
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
const names = Object.keys(dependencies).values(); // an iterator, which those at work share
const work = async () => {
  for (const name of names) await report(name);
};
await Promise.all(Array.from({ length: atOnce }, work));
