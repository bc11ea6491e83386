// npm run test:fuzz: builds the libFuzzer target of test/native/fuzz where sources are newer, and runs it.
//
//   node scripts/test/fuzz.mjs [--seconds N] [--require]
//
// For N seconds, 60 unless given, on top of what earlier runs found worth keeping (build/fuzz/corpus). Prints how
// much ran; a finding goes to build/fuzz/findings, and exits with 1. Needs CMake and a clang that has libFuzzer;
// without them it says so and is skipped, or fails where it is required.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { operations } from '../operations.mjs';
import { root } from '../root.mjs';

const directory = join(root, 'build', 'fuzz');
const [corpus, seeds, findings] = ['corpus', 'seeds', 'findings'].map((name) =>
  join(directory, name),
);
const longestInput = 4096; // bytes; elements repeat, so that they need not be as many as operands take

function fail(...sentences) {
  console.error(sentences.join('\n'));
  process.exit(1);
}

// ---- what it needs
function skip(reason) {
  if (required) fail(`fuzz: ${reason}`);
  console.log(`skipped: the fuzzer, ${reason}`);
  process.exit(0);
}

function hasLibFuzzer(compiler) {
  const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c++', '-', '-o', '/dev/null'];
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const char*, long) { return 0; }';
  return spawnSync(compiler, args, { input }).status === 0;
}

function findCompiler() {
  const [asked] = (process.env.CXX || '').trim().split(/\s+/);
  const compilers = [asked, 'clang++-19', 'clang++'].filter(Boolean);
  const found = compilers.find(hasLibFuzzer);
  if (!found) skip(`no compiler here has libFuzzer: tried ${compilers.join(', ')}`);
  if (spawnSync('cmake', ['--version']).error) skip('there is no cmake here');
  return found;
}

function run(command, args) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || status !== 0) fail(`${command} ${args.join(' ')}`, error ?? `${stdout}${stderr}`);
}

/** Returns the program. */
function build(compiler) {
  const folder = join(directory, basename(compiler)); // one for each: CMake keeps the first
  const options = [`-DCMAKE_CXX_COMPILER=${compiler}`, '-DCMAKE_BUILD_TYPE=Release'];
  run('cmake', ['-S', root, '-B', folder, ...options, '-DMISH_BUILD_SEAMS=OFF']);
  run('cmake', ['--build', folder, '--target', 'fuzz', '-j', `${availableParallelism()}`]);
  return join(folder, 'programs', 'fuzz');
}

// ---- the first inputs: special values in every operation and dtype, laid out as input.cc reads them
const runs = operations.length + 1; // the copies are the last
const floatBits = [
  ...['00000000', '80000000', '3f800000', 'bf800000', '7f800000', 'ff800000', '7f7fffff'],
  ...['00000001', '80000001', '007fffff', '00800000', '80800000', 'ff7fffff', '33800000'],
  ...['7fc00000', 'ffc00000', '7f800001', 'ffbfffff', '7fffffff', 'bf98a10b', '3fbecbc7'],
  ...['c2c80000', 'c2d00000', 'c3160000', '42b17218', '41a00000', 'c1a00000', 'c0000000'],
];
const doubleBits = [
  ...['0000000000000000', '8000000000000000', '3ff0000000000000', 'bff0000000000000'],
  ...['7ff0000000000000', 'fff0000000000000', '7fefffffffffffff', '0000000000000001'],
  ...['800fffffffffffff', '0010000000000000', '7ff8000000000000', 'fff7ffffffffffff'],
  ...['7ff0000000000001', 'bff31421617c5c8f', 'c087480000000000', 'c090000000000000'],
  ...['4086280000000000', '4034000000000000', 'c000000000000000', '3c90000000000000'],
];
const float16Bits = [
  ...['0000', '8000', '3c00', 'bc00', '7c00', 'fc00', '7bff', 'fbff', '0001', '83ff', '0400'],
  ...['7e00', 'fe00', '7c01', 'fdff', 'bcc5', '3df6', 'cb00', 'cc40', 'd640', '4d00', 'c000'],
];
const bfloat16Bits = [
  ...['0000', '8000', '3f80', 'bf80', '7f80', 'ff80', '7f7f', 'ff7f', '0001', '807f', '0080'],
  ...['7fc0', 'ffc0', '7f81', 'ffbf', 'bf98', '3fbf', 'c2b8', 'c2c8', 'c316', '42b1', 'c000'],
];
const bitsOfDtypes = [floatBits, doubleBits, float16Bits, bfloat16Bits, floatBits];

/** Flags, in place, five offsets, pieces, three cuts; and a length. */
const ways = [
  { length: 67, rest: [0, 0x33, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0] },
  { length: 1101, rest: [7, 0x33, 68, 1, 2, 72, 72, 3, 5, 0, 64, 0, 44, 2] },
  { length: 300, rest: [4, 0x10, 72, 3, 80, 0, 0, 2, 31, 0, 200, 0, 0, 0] },
  { length: 4500, rest: [1, 0x33, 0, 65, 66, 64, 64, 1, 0, 8, 0, 0, 0, 0] },
  { length: 1000, rest: [32, 0x33, 64, 64, 64, 64, 64, 0, 0, 0, 0, 0, 0, 0] },
  { length: 40, rest: [24, 0x31, 8, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0] },
];

/** Little-endian bytes of the bits, from another one on for each repetition, so that they meet each other. */
function elementsOf(bits) {
  const once = (turn) => [...bits.slice(turn), ...bits.slice(0, turn)];
  const hex = [0, 1, 2, 5, 11].flatMap(once);
  return Buffer.concat(hex.map((each) => Buffer.from(each, 'hex').reverse()));
}

function writeSeeds() {
  rmSync(seeds, { recursive: true, force: true });
  for (const folder of [corpus, seeds, findings]) mkdirSync(folder, { recursive: true });
  for (let op = 0; op < runs; op++)
    for (const [dtype, bits] of bitsOfDtypes.entries())
      for (const [way, { length, rest }] of ways.entries()) {
        const head = Buffer.from([op, dtype, 0, length % 256, length >> 8, ...rest]);
        writeFileSync(
          join(seeds, `${op}-${dtype}-${way}`),
          Buffer.concat([head, elementsOf(bits)]),
        );
      }
}

// ---- running it
function fuzz(program, seconds) {
  const log = join(directory, 'log.txt');
  const descriptor = openSync(log, 'w');
  const options = [`-max_total_time=${seconds}`, `-max_len=${longestInput}`, '-timeout=60'];
  const prefix = `-artifact_prefix=${findings}/`;
  const args = [...options, prefix, '-print_final_stats=1', corpus, seeds];
  const { error, status } = spawnSync(program, args, { stdio: ['ignore', descriptor, descriptor] });
  closeSync(descriptor);
  if (error) fail(`${program}: ${error.message}`);
  return { status, said: readFileSync(log, 'utf8'), log };
}

function report(program, { status, said, log }) {
  const skipped = /^skipped: (.*)$/m.exec(said);
  if (skipped) skip(skipped[1]);
  if (status !== 0) {
    const own = /^FINDING: (?:.*\n){3}/m.exec(said)?.[0];
    const sanitizers = said.match(/^.*(?:ERROR|runtime error|SUMMARY): .*$/gm)?.join('\n');
    const what = own ?? sanitizers ?? said;
    const file = /Test unit written to (.*)/.exec(said)?.[1];
    const again = file ? `Again: ${program} ${file}` : 'It left no input.';
    fail(what.trim(), `All it said: ${log}`, again);
  }
  const last = (pattern) => [...said.matchAll(pattern)].at(-1)?.[1];
  const runs = last(/number_of_executed_units: (\d+)/g);
  const coverage = last(/cov: (\d+)/g);
  const each = last(/average_exec_per_sec: +(\d+)/g);
  console.log(`${last(/^kernels: (.*)$/gm)}`);
  console.log(`${runs} runs, ${each} a second, coverage ${coverage}: no finding`);
}

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, require: { type: 'boolean' } },
});
const required = values.require;
const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seconds) || seconds < 1)
  fail('fuzz: --seconds needs a whole number from 1');
const program = build(findCompiler());
writeSeeds();
report(program, fuzz(program, seconds));
