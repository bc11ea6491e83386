// npm run verify: builds the program of test/native/verify from the kernels as they are shipped, and runs it
// with the arguments given. CXX chooses the compiler.
//
// With --save FILE, the report is written there beside the date, the machine and the program, as
// bench/results/ has it (needs dist/).
//
// With --arm64 (npm run verify:arm64) it builds the program and the addon for arm64 too, on x86-64, and runs a
// sample and every hard input by qemu. No claim may be broken, no loop of the addon scalar, and no bit of a
// result another than x86-64's.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { root } from '../root.mjs';
import { imageOptions } from './tree.mjs';

const [compiler] = (process.env.CXX || 'c++').trim().split(/\s+/);
const directory = join(root, 'build', 'verify', basename(compiler)); // one for each: CMake keeps the first
const jobs = `${availableParallelism()}`;

function fail(...sentences) {
  console.error(sentences.join('\n'));
  process.exit(1);
}

/** Ends the process where the command fails, having shown what it said. */
function run(command, args, stdio) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio });
  if (!error && status === 0) return;
  process.stderr.write(error ? `${command}: ${error.message}\n` : `${stdout ?? ''}${stderr ?? ''}`);
  process.exit(status ?? 1);
}

// ---- this machine
const hardInputs = ['--hard-inputs', join(root, 'test', 'vectors')];

function buildProgram(build) {
  run('cmake', ['--build', build, '--target', 'verify', '-j', jobs], 'pipe');
  return join(build, 'programs', 'verify');
}

function verify(args, stdio) {
  const options = ['-DCMAKE_BUILD_TYPE=Release', '-DMISH_BUILD_SEAMS=OFF'];
  run('cmake', ['-S', root, '-B', directory, ...options], 'pipe');
  run(buildProgram(directory), [...hardInputs, ...args], stdio);
}

/** Regions and hashes are left out. */
async function verifyAndSave(file, args) {
  if (!file) fail('verify: --save needs the name of a file');
  const { machine, program } = await import('../../build/src/cli/bench/machine.js');
  const json = join(directory, 'report.json');
  verify([...args, '--json', json], 'inherit');
  // Of the compiler of what was verified, not of the addon, which may be another's.
  const { compiler, claims: all } = JSON.parse(readFileSync(json, 'utf8'));
  const claims = all.map(({ regions, bits, ...claim }) => claim);
  const report = {
    date: new Date(),
    program: { ...program(), compiler },
    machine: machine(),
    claims,
  };
  writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`);
}

// ---- arm64
const packages = {
  cmake: 'cmake',
  'clang++-19': 'clang-19',
  'aarch64-linux-gnu-ld': 'g++-aarch64-linux-gnu', // and its headers and libraries
  'aarch64-linux-gnu-objdump': 'binutils-aarch64-linux-gnu',
  'qemu-aarch64-static': 'qemu-user-static',
};
const arm64 = join(root, 'build', 'arm64');
/** Reports of the same inputs on both. Emulated, the sample of npm run verify would take five minutes. */
const sample = ['--sampled', '--thinned', '4'];
const reports = { here: join(arm64, 'x86-64.json'), there: join(arm64, 'arm64.json') };

function requireTools() {
  const missing = Object.keys(packages).filter((tool) => spawnSync(tool, ['--version']).error);
  if (missing.length === 0) return;
  const names = missing.map((tool) => packages[tool]).join(' ');
  fail(`verify:arm64: no ${missing.join(', ')} here. apt-get install ${names}`);
}

/** Leaves the addon where check-binary.mjs has passed it, and returns the program. */
function crossCompile() {
  const toolchain = `--CDCMAKE_TOOLCHAIN_FILE=${join(root, 'scripts/release/arm64-linux.cmake')}`;
  const options = ['--silent', '-p', jobs, '-d', root, '-O', arm64, '--CDMISH_BUILD_SEAMS=OFF'];
  const cmakeJs = join(root, 'node_modules', 'cmake-js', 'bin', 'cmake-js');
  run(process.execPath, [cmakeJs, 'compile', ...options, ...imageOptions(), toolchain], 'pipe');
  const addon = join(arm64, 'Release', 'node-mish.node');
  const check = join(root, 'scripts/release/check-binary.mjs');
  run(process.execPath, [check, addon, '--no-scalar'], 'inherit');
  return buildProgram(arm64);
}

/** The hash of the results of each claim; the reference is compared with MPFR on one of them only. */
function bitsOf(report) {
  const { claims } = JSON.parse(readFileSync(report, 'utf8'));
  const ours = claims.filter(({ kernel }) => kernel !== 'reference');
  return new Map(ours.map(({ kernel, claim, bits }) => [`${kernel} ${claim}`, bits]));
}

function compareBits() {
  if (!existsSync(reports.here)) {
    console.log('skipped: the bits of x86-64, as this CPU has none of its levels');
    return;
  }
  const [here, there] = [bitsOf(reports.here), bitsOf(reports.there)];
  const names = [...new Set([...here.keys(), ...there.keys()])];
  const other = names.filter((name) => here.get(name) !== there.get(name));
  if (other.length > 0) fail("Other bits than x86-64's:", ...other.map((name) => `- ${name}`));
  console.log(`The results of all ${names.length} claims have the bits of x86-64.`);
}

function verifyArm64(args) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(
      'skipped: arm64 beside x86-64, which needs x86-64 Linux; on arm64 see npm run verify',
    );
    return;
  }
  requireTools();
  const program = crossCompile();
  for (const report of Object.values(reports)) rmSync(report, { force: true });
  const options = [...hardInputs, ...sample, ...args, '--json', reports.there];
  run('qemu-aarch64-static', ['-L', '/usr/aarch64-linux-gnu', program, ...options], 'inherit');
  verify([...sample, ...args, '--json', reports.here], 'pipe');
  compareBits();
}

const args = process.argv.slice(2);
const at = args.indexOf('--save');
if (args[0] === '--arm64') verifyArm64(args.slice(1));
else if (at >= 0) await verifyAndSave(args[at + 1], args.toSpliced(at, 2));
else verify(args, 'inherit');
