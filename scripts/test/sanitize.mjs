// The test suite with the addon compiled for sanitizers, in a copy of this checkout: `address` (with undefined
// behaviour and leaks) or `thread`. scripts/test/runs.mjs says which folders each takes, on the host and on the fake
// CUDA driver. Fails on any finding. Needs gcc with its sanitizers, on Linux.
//
// node scripts/test/sanitize.mjs address|thread [test files or folders, as cuda/tensors or async]
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.mjs';
import { keepDurations, longestFirst } from './durations.mjs';
import { chosen, filesOf } from './runs.mjs';
import { fakeDriver, imageOptions, makeTree } from './tree.mjs';

const kinds = {
  address: {
    sanitizers: 'address,undefined',
    libraries: ['libasan.so', 'libubsan.so'],
    // Not detect_stack_use_after_return: gcc's stacks for it do not align what AVX-512 wants aligned.
    environment: (log) => ({
      ASAN_OPTIONS: `detect_leaks=1:allocator_may_return_null=1:log_path=${log}`,
      LSAN_OPTIONS: 'exitcode=0', // V8 leaves much behind at exit; ourFindings() looks for what is ours
      UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}`,
      MISH_TEST_DEVICES: 'cpu', // on js no code of ours is native
      MISH_PROPERTY_RUNS: '1000',
      MISH_TEST_DROPPED: '50000',
      MISH_TEST_WORKERS: '30',
      MISH_TEST_EXITS: '4',
    }),
    runs: { host: 'asan', cuda: 'asan-cuda' },
  },
  thread: {
    sanitizers: 'thread',
    libraries: ['libtsan.so'],
    environment: (log) => ({
      TSAN_OPTIONS: `ignore_noninstrumented_modules=1:halt_on_error=1:exitcode=66:log_path=${log}`,
      MISH_TEST_DEVICES: 'cpu', // on js, no thread is at memory but V8's
      MISH_TEST_DROPPED: '50000',
      MISH_TEST_WORKERS: '20',
      MISH_TEST_EXITS: '4',
    }),
    runs: { host: 'tsan', cuda: 'tsan-cuda' },
  },
};

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  return status;
}

/** Reports of all processes, but of leaks only those that the addon allocated, itself or through Node-API. */
function ourFindings(directory) {
  const reports = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  return reports.flatMap((report) => {
    const hasLeaksOnly = !/runtime error|ERROR: (Address|Thread)Sanitizer/.test(report);
    if (!report.includes('ERROR: LeakSanitizer') || !hasLeaksOnly) return [report];
    const leaks = report.split('\n\n').filter((text) => text.includes('leak of'));
    return leaks.filter((leak) => {
      const frame = leak.search(/node-mish\.node|mish::/);
      return frame >= 0 && !leak.slice(0, frame).includes('v8::internal'); // V8's own, for a call of ours
    });
  });
}

function libraryPaths(libraries) {
  return libraries.map((name) => {
    const { stdout } = spawnSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' });
    const path = stdout?.trim();
    if (!path?.startsWith('/')) throw new Error(`gcc has no ${name}`);
    return path;
  });
}

const [kind, ...only] = process.argv.slice(2);
if (!Object.hasOwn(kinds, kind ?? '')) {
  console.error('usage: node scripts/test/sanitize.mjs address|thread [test files or folders]');
  process.exit(2);
}
const { sanitizers, libraries, environment, runs } = kinds[kind];
/** Each file on the host, on the fake driver, or on both; those of `only`, where some are asked for. */
const all = Object.entries(runs).flatMap(([where, run]) =>
  filesOf(run).map((name) => ({ name, run, isOnCuda: where === 'cuda' })),
);
const names = chosen([...new Set(all.map(({ name }) => name))], only);
const tests = longestFirst(all.filter(({ name }) => names.includes(name)));

const paths = libraryPaths(libraries);
const build = join(root, 'build', kind);
const env = { ...process.env, CC: 'gcc', CXX: 'g++' };
const options = [`--CDMISH_SANITIZE=${sanitizers}`, ...imageOptions()];
run('npx', ['cmake-js', 'compile', '--silent', '-O', build, ...options], { env });
const addonIn = (directory) => join(build, directory, 'node-mish.node');
const tree = join(build, 'tree');
makeTree(tree, { Release: addonIn('Release'), seams: addonIn('seams') });
// For tests with the fake CUDA driver, which reach into the addon: its test build is the one that is loaded.
const cudaTree = join(build, 'cuda-tree');
makeTree(cudaTree, { Release: addonIn('seams'), seams: addonIn('seams') });
const findings = join(build, 'findings');
rmSync(findings, { recursive: true, force: true });
mkdirSync(findings);

const begin = performance.now();
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(0)} s`;
let [passing, failed] = [0, 0];

/** A test file in a process of its own; all output where it fails. */
async function test({ name, run, isOnCuda }) {
  const since = performance.now();
  // Mocha itself would hand --expose-gc to a second process, and the leak check of the first take 3 s.
  const mocha = ['--expose-gc', 'node_modules/mocha/bin/mocha.js', '--no-config'];
  const args = [...mocha, '--timeout', '240000', `build/test/${name}.test.js`];
  const options = {
    cwd: isOnCuda ? cudaTree : tree,
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      ...environment(join(findings, 'report')),
      ...(isOnCuda ? fakeDriver(build) : {}),
      LD_PRELOAD: paths.join(':'),
    },
  };
  const {
    stdout = '',
    stderr = '',
    ...failure
  } = await promisify(execFile)(process.execPath, args, options).catch((error) => error);
  const count = Number(/^ *(\d+) passing/m.exec(stdout)?.[1] ?? 0);
  passing += count;
  failed += 'code' in failure ? 1 : 0;
  const outcome = 'code' in failure ? `FAILED\n${stdout}${stderr}` : `${count} passing`;
  console.log(`${name}${isOnCuda ? ' on cuda:0' : ''}: ${outcome} (${seconds(since)})`);
  keepDurations(run, { [name]: (performance.now() - since) / 1000 });
}

const queue = tests.values(); // an iterator, which those at work share
const work = async () => {
  for (const each of queue) await test(each);
};
await Promise.all(Array.from({ length: availableParallelism() }, work));
const found = ourFindings(findings);
for (const text of found) console.error(text);
console.log(
  `${sanitizers}: ${passing} tests of ${tests.length} files passing, ${failed} files failing, ${found.length} findings (${seconds(begin)})`,
);
process.exit(failed === 0 && found.length === 0 && passing > 0 ? 0 : 1);
