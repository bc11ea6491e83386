// npm run gpu-check: all that only a machine with a GPU can show of the CUDA backend, in parts of which each may
// fail and leave the others: bits, speed, candidates, transfers, calls from JavaScript, the test suite, PyTorch
// beside it, compute-sanitizer. Ends with 1 when one failed, with 2 when there is nothing to test.
//
//   --fake          on the fake driver, few elements: tests this program; so does LD_LIBRARY_PATH=build/fake-cuda
//   --no-build      takes build/ and dist/ as they are: what is missing is skipped
//   --only A,B      these parts alone
//   --out DIR       for the report; else bench/results/, or build/gpu-check/ on the fake driver
//   --commit HASH   of what is tested, where there is no git
//   --minutes N     8, unless given: parts for which no time is left are skipped
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../root.mjs';
import { factsOf, pytorchOf, timesOf, writeReport } from './check-report.mjs';

const { values: options } = parseArgs({
  options: {
    fake: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    only: { type: 'string' },
    out: { type: 'string' },
    commit: { type: 'string' },
    minutes: { type: 'string', default: '8' },
  },
});

const build = join(root, 'build');
const work = join(build, 'gpu-check');
const program = join(build, 'gpu_check');
const candidates = join(build, 'cuda/node-mish-candidates.fatbin');
const begin = Date.now();
/** Kept for writing the report. */
const reserve = 5;
const left = () => 60 * Number(options.minutes) - reserve - (Date.now() - begin) / 1000;

if (options.fake) process.env.LD_LIBRARY_PATH = join(build, 'fake-cuda');
let isFake = options.fake || (process.env.LD_LIBRARY_PATH ?? '').includes('fake-cuda');

// ---- parts
class Skipped extends Error {}
class Failed extends Error {}
const skip = (why) => {
  throw new Skipped(why);
};
const fail = (why) => {
  throw new Failed(why);
};

/** Ends the process: nothing of this can be tested here. */
function unavailable(why) {
  console.error(`gpu-check: ${why}`);
  process.exit(2);
}

const report = { parts: [] };

/** `body` has so many seconds; what it returns is the report's, under the name. */
function part(name, seconds, body) {
  if (options.only && name !== 'device' && !options.only.split(',').includes(name)) return;
  console.log(`\n== ${name}`);
  const from = Date.now();
  const done = { part: name, result: 'passed' };
  try {
    if (left() < 5) skip('no time is left');
    report[name] = body(Math.floor(Math.min(seconds, left())));
    const failed = report[name]?.failed ?? [];
    if (failed.length > 0) fail(failed.map(({ what, why }) => `${what}: ${why}`).join('; '));
  } catch (error) {
    done.result = error instanceof Skipped ? 'skipped' : 'FAILED';
    done.why = error instanceof Skipped || error instanceof Failed ? error.message : error.stack;
    console.log(`${done.result}: ${done.why}`);
  }
  done.seconds = (Date.now() - from) / 1000;
  report.parts.push(done);
}

/**
 * What it said, where it is asked for: `pipe`. Over time it is killed, by the system's own program: with all that
 * it started.
 */
function run(command, args, seconds, { stdio = 'inherit', fails = true } = {}) {
  const limited = ['-s', 'KILL', `${Math.ceil(seconds)}`, command, ...args];
  const { error, status, signal, stdout } = spawnSync('timeout', limited, {
    ...{ cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
    stdio: ['ignore', stdio, 'inherit'],
  });
  if (error) fail(`${command}: ${error.message}`);
  if (status === 137 || signal === 'SIGKILL') fail(`${command} took more than ${seconds} s`);
  if (signal) fail(`${command} ended by ${signal}`);
  if (fails && status !== 0) {
    console.log((stdout ?? '').slice(-8000));
    fail(`${command} ended with ${status}`);
  }
  return { status, stdout: stdout ?? '' };
}

const has = (command, args = ['--version']) =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0;

// ---- building
function buildAll(seconds) {
  const cmakeJs = join(root, 'node_modules/cmake-js/bin/cmake-js');
  const tools = ['cmake', process.env.CXX ?? 'c++'].filter((tool) => !has(tool));
  if (!existsSync(cmakeJs)) tools.push('cmake-js');
  if (tools.length > 0) skip(`no ${tools.join(', ')} here: what is in build/ is taken`);
  run(process.execPath, [cmakeJs, 'compile', '--silent'], seconds);
  const target = (name) => ['--build', build, '-j', `${availableParallelism()}`, '--target', name];
  run('cmake', target('gpu_check'), seconds, { stdio: 'pipe' });
  const { status } = run('cmake', target('cuda-candidates'), seconds, {
    stdio: 'pipe',
    fails: false,
  });
  if (status !== 0) console.log('no candidates: their kernels were not compiled');
  if (!existsSync(join(root, 'dist/index.js')) || !existsSync(join(build, 'test'))) {
    run('npm', ['run', '--silent', 'build:dev'], seconds);
  }
}

/** The loader's own search, before anything is built. What it finds is no addon, and that is an error too. */
function requireDriver() {
  if (isFake || process.platform !== 'linux') return;
  try {
    process.dlopen({ exports: {} }, 'libcuda.so.1');
  } catch (error) {
    if (/libcuda\.so\.1: cannot open/.test(error.message)) {
      unavailable('no CUDA driver (libcuda.so.1) is found');
    }
  }
}

// ---- the native program
const nativeArgs = () => [
  ...(isFake ? ['--quick'] : []),
  ...(existsSync(candidates) ? ['--candidates', candidates] : []),
];

/** Its tables; also of a run that found something wrong. */
function native(name) {
  return (seconds) => {
    const json = join(work, `${name}.json`);
    rmSync(json, { force: true });
    // Comparing ends by itself a while before the program would be ended.
    const args = [name, ...nativeArgs(), '--seconds', `${0.8 * seconds}`, '--json', json];
    const { status } = run(program, args, seconds, { fails: false });
    if (status === 2) unavailable('there is no device to test (as said above)');
    if (!existsSync(json)) fail(`gpu_check ${name} ended with ${status}`);
    return JSON.parse(readFileSync(json, 'utf8'));
  };
}

// ---- the others
function checkCalls(seconds) {
  if (!existsSync(join(root, 'dist/index.js'))) skip('no dist/index.js');
  const json = join(work, 'calls.json');
  rmSync(json, { force: true });
  const script = join(root, 'scripts/gpu/check-calls.mjs');
  const args = [script, json, ...(isFake ? ['--quick'] : [])];
  const { status } = run(process.execPath, args, seconds, { fails: false });
  if (status === 2) (isFake ? skip : fail)('this addon cannot use cuda:0 (as said above)');
  if (status !== 0) fail(`check-calls.mjs ended with ${status}`);
  return JSON.parse(readFileSync(json, 'utf8'));
}

/** mocha prints what it prints; how many passed is read from it. */
function checkSuite(seconds) {
  const script = join(root, 'scripts/test/cuda.mjs');
  const needed = [script, join(root, 'node_modules/mocha'), join(build, 'test')];
  const missing = needed.filter((path) => !existsSync(path));
  if (missing.length > 0) skip(`no ${missing.join(', ')}`);
  // On the fake driver the whole of it has a run of its own, npm run test:cuda.
  const args = [script, ...(isFake ? ['api/operations/vectors'] : ['--real'])];
  const { status, stdout } = run(process.execPath, args, seconds, { stdio: 'pipe', fails: false });
  const count = (what) => Number(new RegExp(`(\\d+) ${what}`).exec(stdout)?.[1] ?? 0);
  const [passing, failing, pending] = ['passing', 'failing', 'pending'].map(count);
  if (status === 0 && passing === 0) (isFake ? skip : fail)(stdout.trim().split('\n').at(-1));
  console.log(`${passing} passing, ${failing} failing, ${pending} pending`);
  const failures = stdout.slice(Math.max(0, stdout.search(/\d+ failing/))).slice(0, 20_000);
  if (status !== 0) console.log(failures);
  const why = failing > 0 ? `${failing} tests fail` : `it ended with ${status}`;
  const failed = status === 0 ? [] : [{ what: 'the test suite', why }];
  return { passing, failing, pending, failed, ...(status === 0 ? {} : { failures }) };
}

function checkPytorch(seconds) {
  if (isFake) skip('PyTorch needs a real GPU');
  const usable = 'import sys, torch; sys.exit(0 if torch.cuda.is_available() else 3)';
  const python = ['python3', '/usr/bin/python3', 'python'].find((name) =>
    has(name, ['-c', usable]),
  );
  if (!python) skip('no Python with PyTorch that finds the GPU');
  const args = [join(root, 'bench/peers/pytorch_cuda.py')];
  const { rows, version, device } = JSON.parse(
    run(python, args, seconds, { stdio: 'pipe' }).stdout,
  );
  console.log(`PyTorch ${version} on ${device}: ${rows.length} times`);
  return { pytorch: rows, version, device };
}

function checkSanitized(seconds) {
  if (isFake) skip('compute-sanitizer needs a real GPU');
  const names = ['compute-sanitizer', '/usr/local/cuda/bin/compute-sanitizer'];
  const sanitizer = names.find((name) => has(name));
  if (!sanitizer) skip('no compute-sanitizer here');
  const tools = ['memcheck', 'racecheck', 'initcheck'];
  const rows = tools.map((tool) => {
    const args = ['--tool', tool, '--error-exitcode', '9', program, 'sanitize', 'candidates'];
    const { status, stdout } = run(sanitizer, [...args, ...nativeArgs(), '--quick'], seconds / 3, {
      stdio: 'pipe',
      fails: false,
    });
    const said = stdout.split('\n').filter((text) => text.startsWith('====')); // its own lines
    console.log(`${tool}: ${status === 0 ? 'nothing found' : `\n${said.slice(0, 60).join('\n')}`}`);
    return { tool, status, summary: said.at(-1) ?? '' };
  });
  const found = rows.filter(({ status }) => status !== 0);
  const failed = found.map(({ tool, summary }) => ({ what: tool, why: summary }));
  return { sanitizer: rows, failed };
}

// ---- all of it
requireDriver();
mkdirSync(work, { recursive: true });
if (!options['no-build']) part('build', 400, buildAll);
if (!existsSync(program)) unavailable('there is no build/gpu_check, and none could be built');
part('device', 60, native('device'));
const facts = factsOf(report.device);
isFake ||= facts.isFake === true;
part('bits', 150, native('bits'));
part('speed', 60, native('speed'));
part('candidates', 120, native('candidates'));
part('transfers', 60, native('transfers'));
part('calls', 60, checkCalls);
part('suite', 240, checkSuite);
part('pytorch', 60, checkPytorch);
part('sanitizer', 90, checkSanitized);

for (const table of [pytorchOf(report), timesOf(report.parts)])
  if (table) console.log(`\n${table}`);
const directory = options.out ?? (isFake ? work : join(root, 'bench/results'));
const files = await writeReport(directory, report, facts, options.commit);
console.log(`\n${files.join('\n')}`);
if (isFake) console.log('The fake driver: no report for bench/results/.');
process.exit(report.parts.some(({ result }) => result === 'FAILED') ? 1 : 0);
