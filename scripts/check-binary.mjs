// Whether an addon binary for Linux may ship: no shared library, no symbol version, nothing exported
// but Node-API's two entry points, AVX only behind the run-time dispatch, vectorised kernels, hardened,
// and without test seams.
//
//   node scripts/check-binary.mjs [file] [--no-scalar]     default: build/Release/node-mish.node
//
// Prints one line per check (ok, FAIL or skip, with the reason) and the size; exit 1 after a FAIL.
// Reads with nm, readelf and objdump (package binutils), and only looks: nothing is loaded. An addon for
// another CPU than this one is disassembled by that CPU's objdump.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2);
const [file = `${root}build/Release/node-mish.node`] = args.filter((arg) => !arg.startsWith('--'));
/** How many scalar operations each packed one of a kernel excuses: gcc 12 and clang 19 leave none. */
const excused = args.includes('--no-scalar') ? 0 : 4;

/** Thrown by a check that cannot be made here. */
class Skip extends Error {}

// ---- the tools
function tool(name, args, source = 'binutils') {
  const { error, status, stdout, stderr } = spawnSync(name, [...args, file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 2 ** 28,
  });
  if (error?.code === 'ENOENT') throw new Skip(`no ${name} here: install ${source}`);
  if (error || status !== 0) throw new Error(`${name} cannot read it: ${error ?? stderr.trim()}`);
  return stdout;
}

const lines = (text) => text.split('\n').filter(Boolean);
const once = (f) => {
  let value;
  return () => {
    value ??= f();
    return value;
  };
};

const dynamicSection = once(() => tool('readelf', ['-dW']));
const programHeaders = once(() => tool('readelf', ['-lW']));
/** The dynamic symbols: [{ kind, name }], kind as nm's letter. */
const dynamicSymbols = once(() =>
  lines(tool('nm', ['-D'])).map((line) => {
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
  const needs = tool('readelf', ['-VW']).match(/\bName: \S+/g) ?? [];
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

// ---- instructions
/**
 * By e_machine: Node's and GNU's name of the CPU, the widest registers of its levels, and arithmetic as
 * objdump writes it, in scalar and in packed registers.
 */
const machines = {
  62: {
    arch: 'x64',
    gnu: 'x86_64',
    levels: { x86_64_v3: '%ymm', x86_64_v4: '%zmm' },
    scalar: /^v(?:add|sub|mul|div|fn?m(?:add|sub)(?:132|213|231))s[ds]\s/,
    packed: /^v(?:add|sub|mul|div|fn?m(?:add|sub)(?:132|213|231))p[ds]\s.*?(%[yz]mm)/,
  },
  183: {
    arch: 'arm64',
    gnu: 'aarch64',
    levels: { arm64: 'v' },
    scalar: /^f(?:add|sub|mul|div|n?m(?:add|sub|ul))\s+[ds]\d/,
    packed: /^f(?:add|sub|mul|div|mla|mls)\s+(v)\d+\.(?:2d|4s)/,
  },
};
const machine = once(() => {
  const number = readFileSync(file).readUInt16LE(18);
  if (!machines[number]) throw new Skip(`no kernels exist for its CPU, e_machine ${number}`);
  return machines[number];
});
const levelOf = (symbol) =>
  Object.keys(machine().levels).find((level) => symbol.includes(`mish::cpu::${level}::`));

function disassembly() {
  const { arch, gnu } = machine();
  if (arch === process.arch) return tool('objdump', ['-d', '-C', '-w']);
  const source = `binutils-${gnu.replace('_', '-')}-linux-gnu`;
  return tool(`${gnu}-linux-gnu-objdump`, ['-d', '-C', '-w'], source);
}

/** Per function: how its instructions are encoded, and how many packed and scalar ones compute. */
const functions = once(() => {
  if (tool('nm', ['-a']).trim() === '') {
    throw new Skip('the file is stripped: check it before it is');
  }
  const found = [];
  for (const line of lines(disassembly())) {
    const start = /^[0-9a-f]+ <(.*)>:$/.exec(line);
    if (start) found.push({ name: start[1], encodings: new Map(), packed: {}, scalar: 0 });
    const instruction = /^ +[0-9a-f]+:\t([0-9a-f ]+?) *\t(.*)$/.exec(line);
    if (instruction) account(found.at(-1), instruction[1].split(' '), instruction[2]);
  }
  return found;
});

const segmentPrefixes = ['26', '2e', '36', '3e', '64', '65', '67'];
const encodingOf = { c4: 'VEX', c5: 'VEX', 62: 'EVEX' }; // in 64-bit mode those bytes are nothing else

function account(found, bytes, text) {
  const encoding = encodingOf[bytes.find((byte) => !segmentPrefixes.includes(byte))];
  // Before or after its encoding, a mask or 512-bit register is the 512-bit level's.
  const kind = encoding && /%k[0-7]|%zmm/.test(text) ? 'EVEX' : encoding;
  if (kind && !found.encodings.has(kind)) found.encodings.set(kind, text.replace(/\s+/g, ' '));
  const { scalar, packed } = machine();
  if (scalar.test(text)) found.scalar++;
  const register = packed.exec(text)?.[1];
  if (register) found.packed[register] = (found.packed[register] ?? 0) + 1;
}

function dispatch() {
  if (machine().arch === 'arm64') throw new Skip('arm64 has one level, nothing is dispatched');
  return functions().flatMap(({ name, encodings }) => {
    const level = levelOf(name);
    const allowed = level === 'x86_64_v4' ? ['VEX', 'EVEX'] : level ? ['VEX'] : [];
    return [...encodings]
      .filter(([encoding]) => !allowed.includes(encoding))
      .map(
        ([encoding, text]) =>
          `${name} uses ${encoding} ('${text}'), which CPUs that run it may not have: ` +
          'compile it for its own level, static or in its namespace',
      );
  });
}

// The operations and dtypes there are: the enumerators of binding/ops.h, one loop for each pair.
const enumerators = (name) => {
  const text = readFileSync(`${root}binding/ops.h`, 'utf8');
  const [, body] = new RegExp(`enum class ${name} \\{([^}]*)\\}`).exec(text);
  return body.match(/\w+/g);
};
const operations = new RegExp(`::(${enumerators('Op').join('|')})<`);
/** f'' of float32_fast is that of float32. */
const kernelsPerLevel = enumerators('Op').length * enumerators('Dtype').length - 1;

/**
 * A loop that the compiler left scalar is ten times slower and gives the same bits: nobody would see.
 */
function vectorised() {
  const { levels } = machine();
  return Object.entries(levels).flatMap(([level, widest]) => {
    const isLoop = ({ name }) => levelOf(name) === level && operations.test(name);
    const loops = functions().filter(isLoop);
    const kernels = loops.filter(({ name }) => !name.includes('::run_streamed'));
    const wrong = loops
      .map(({ name, packed, scalar }) => ({ name, scalar, packed: packed[widest] ?? 0 }))
      .filter(({ packed, scalar }) => packed === 0 || scalar > excused * packed)
      .map(
        ({ name, packed, scalar }) =>
          `${name}: ${packed} packed ${widest} operations beside ${scalar} scalar ones: ` +
          'its loop is not vectorised; see binding/cpu/kernels.cc',
      );
    if (kernels.length === kernelsPerLevel) return wrong;
    const count = `${kernels.length} kernels of ${level}, ${kernelsPerLevel} expected`;
    return [...wrong, `${count}: build every level, or bring this script up to date`];
  });
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

// ---- the report
const checks = {
  'no shared library is named': sharedLibraries,
  'no symbol has a version': symbolVersions,
  'imports only Node-API and plain libc': imports,
  'exports only the two entry points': exports,
  'AVX only in dispatched kernels': dispatch,
  'every kernel is vectorised': vectorised,
  hardened: hardening,
  'no test seams': testSeams,
};

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
  console.log(`      ${readFileSync(file).length} bytes`);
}

main();
