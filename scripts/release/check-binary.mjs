// Checks that an addon binary for Linux may ship: no shared library, no symbol version, nothing exported
// but Node-API's two entry points, AVX only behind the run-time dispatch, vectorised kernels, hardened,
// without test seams, not too large and, with --cuda, with CUDA kernels.
//
//   node scripts/release/check-binary.mjs [file] [--no-scalar] [--cuda]     default: build/Release/node-mish.node
//
// Prints one line per check (ok, FAIL or skip, with the reason) and the size; exit 1 after a FAIL.
// Reads with nm, readelf and objdump (package binutils), and only looks: nothing is loaded.
import { existsSync, readFileSync } from 'node:fs';
import { root } from '../root.mjs';
import { instructionChecks } from './binary-instructions.mjs';
import { lines, once, Skip, tool } from './binary-tools.mjs';
import { fatbinBytes } from './fatbin.mjs';

const args = process.argv.slice(2);
const [file = `${root}build/Release/node-mish.node`] = args.filter((arg) => !arg.startsWith('--'));
/** How many scalar operations each packed one of a kernel excuses: gcc 12 and clang 19 leave none. */
const excused = args.includes('--no-scalar') ? 0 : 4;

const dynamicSection = once(() => tool('readelf', ['-dW'], file));
const programHeaders = once(() => tool('readelf', ['-lW'], file));
/** The dynamic symbols: [{ kind, name }], kind as nm's letter. */
const dynamicSymbols = once(() =>
  lines(tool('nm', ['-D'], file)).map((line) => {
    const [, kind, name] = /^(?:[0-9a-f]+)?\s+(\w) ([^@]+)/.exec(line);
    return { kind, name };
  }),
);

// ---- what may be asked of the process, and what is offered to it
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const libc =
  /^(free|malloc|mem(cmp|cpy|move|set)|snprintf|str(cmp|len)|syscall|__stack_chk_(fail|guard))$/;
/**
 * To start a thread that no signal is delivered to. What has two versions in some glibc (create,
 * setstacksize, sigmask) is one function under both, so it does not matter which is found.
 */
const threads =
  /^(pthread_(create|sigmask|attr_(init|destroy|setdetachstate|setstacksize))|sigfillset)$/;
/** To find the CUDA driver. They were moved from one library to another in glibc 2.34; Node has either. */
const libraries = /^dl(open|sym)$/;
const nodeApi = /^(napi|node_api)_/;
const allowed = [libc, threads, libraries, nodeApi];

function sharedLibraries() {
  const named = dynamicSection().match(/\((NEEDED|RPATH|RUNPATH)\).*\[.*\]/g) ?? [];
  return named.map(
    (entry) => `${entry}: link with -nostdlib, and take nothing that needs a shared library`,
  );
}

/** A symbol version of any height keeps the file from loading on musl. */
function symbolVersions() {
  const needs = tool('readelf', ['-VW'], file).match(/\bName: \S+/g) ?? [];
  return needs.map(
    (name) => `${name}: link with -nostdlib; that leaves libc's symbols unversioned`,
  );
}

function imports() {
  const undefinedKinds = new Set(['U', 'w', 'v']);
  return dynamicSymbols()
    .filter(
      ({ kind, name }) => undefinedKinds.has(kind) && !allowed.some((each) => each.test(name)),
    )
    .map(({ name }) => `${name} is asked of the process: do without, or prove it is in every libc`);
}

function exports() {
  const defined = dynamicSymbols().filter(({ kind }) => !'Uwv'.includes(kind));
  const names = defined.map(({ name }) => name);
  return [
    ...names
      .filter((name) => !entryPoints.includes(name))
      .map((name) => `${name} is exported: link with binding/exports.map`),
    ...entryPoints
      .filter((name) => !names.includes(name))
      .map((name) => `${name} is not exported: Node cannot load the addon`),
  ];
}

// ---- hardening
function hardening() {
  const [dynamic, headers] = [dynamicSection(), programHeaders()];
  const flags = (segment) =>
    new RegExp(`^ +${segment} +(?:0x\\w+ +){5}([RWE ]{3})`, 'gm')[Symbol.matchAll](headers);
  const [stack] = [...flags('GNU_STACK')].map(([, flag]) => flag);
  const writableCode = [...flags('LOAD')].some(([, flag]) => /W/.test(flag) && /E/.test(flag));
  const wanted = [
    [/GNU_RELRO/.test(headers), 'relocations stay writable: link with -Wl,-z,relro'],
    [/BIND_NOW|Flags:.* NOW/.test(dynamic), 'symbols are bound lazily: link with -Wl,-z,now'],
    [
      /Flags:.* NODELETE/.test(dynamic),
      'it is unloaded when a worker ends: link with -Wl,-z,nodelete',
    ],
    [
      stack !== undefined && !stack.includes('E'),
      'the stack is executable: link with -Wl,-z,noexecstack',
    ],
    [!writableCode, 'a segment is writable and executable: link without -N or -z execstack'],
    [!/TEXTREL/.test(dynamic), 'code is relocated at load (TEXTREL): compile with -fPIC'],
  ];
  return wanted.filter(([fine]) => !fine).map(([, remedy]) => remedy);
}

function testSeams() {
  const bytes = readFileSync(file);
  return ['MISH_TEST_', 'fpMode', 'setFpMode']
    .filter((text) => bytes.includes(text))
    .map((text) => `'${text}' is in the file: ship build/Release, not the build with test seams`);
}

// ---- size
/** What one platform may take of the tarball, 0.8 MiB; half of it are CUDA kernels. */
const budgetBytes = 0.8 * 2 ** 20;

/** What of the file is loaded: not its symbols, which stripping takes away. */
function loadedBytes() {
  const segments = programHeaders().matchAll(/^ +LOAD +(?:0x\w+ +){3}(0x\w+)/gm);
  return [...segments].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

function size() {
  const bytes = loadedBytes();
  return bytes <= budgetBytes ? [] : [`${bytes} bytes are loaded: the budget is ${budgetBytes}`];
}

// ---- CUDA kernels
/** The bytes of the fatbin; undefined when there is none. */
const cudaBytes = once(() => fatbinBytes(readFileSync(file)));

const cudaKernels = () =>
  cudaBytes() ? [] : ['there is no fatbin in it: build with nvcc, or with MISH_CUDA_IMAGE'];

// ---- the report
const checks = {
  'no shared library is named': sharedLibraries,
  'no symbol has a version': symbolVersions,
  'imports only Node-API and plain libc': imports,
  'exports only the two entry points': exports,
  ...instructionChecks(file, excused),
  hardened: hardening,
  'no test seams': testSeams,
  'within the size budget': size,
  ...(args.includes('--cuda') ? { 'CUDA kernels are embedded': cudaKernels } : {}),
};

/** The bytes of the file; and, where they can be told, those that are loaded and the CUDA kernels among them. */
function sizes() {
  const parts = [`${readFileSync(file).length} bytes`];
  try {
    parts.push(`${loadedBytes()} of ${Math.floor(budgetBytes)} loaded`);
  } catch {
    // no readelf here
  }
  if (cudaBytes()) parts.push(`${cudaBytes()} of CUDA kernels`);
  return parts.join(', ');
}

function outcome(check) {
  try {
    const failures = check();
    return failures.length === 0 ? { word: 'ok' } : { word: 'FAIL', failures };
  } catch (error) {
    if (error instanceof Skip) return { word: 'skip', reason: error.message };
    return { word: 'FAIL', failures: [error.message] };
  }
}

function unreadable() {
  if (!existsSync(file)) return 'no such file';
  const header = readFileSync(file).subarray(0, 64);
  const isElf = header.length === 64 && header.readUInt32BE(0) === 0x7f454c46;
  return isElf ? undefined : 'not an ELF file';
}

function main() {
  if (process.platform !== 'linux') {
    console.log(`skip  every check: they read Linux binaries, and this is ${process.platform}`);
    return;
  }
  const problem = unreadable();
  if (problem) {
    console.log(`FAIL  ${file}: ${problem}; npm run build:native makes one`);
    process.exitCode = 1;
    return;
  }
  for (const [name, check] of Object.entries(checks)) {
    const { word, reason, failures = [] } = outcome(check);
    console.log(`${word.padEnd(4)}  ${name}${reason ? `: ${reason}` : ''}`);
    for (const failure of failures) console.log(`      - ${failure}`);
    if (word === 'FAIL') process.exitCode = 1;
  }
  console.log(`      ${sizes()}`);
}

main();
