// Binaries for the tests of check-binary.mjs: an addon in small that passes, whose kernels are one-line loops,
// and variants of it that each break one thing.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runToEnd } from '../repository.ts';

interface Operations {
  /** Of binding/ops.h: the identifier, and the dtype whose kernel serves float32_fast. */
  readonly operations: readonly { readonly id: string; readonly fast: string }[];
}

/** What the checks are called in the script's report. */
export const checks = {
  libraries: 'no shared library is named',
  versions: 'no symbol has a version',
  imports: 'imports only Node-API and plain libc',
  exports: 'exports only the two entry points',
  avx: 'AVX only in dispatched kernels',
  vectors: 'every kernel is vectorised',
  hardened: 'hardened',
  seams: 'no test seams',
  size: 'within the size budget',
  cuda: 'CUDA kernels are embedded',
} as const;

/** A variant of the addon that passes. */
export interface Fixture {
  /** Appended to the addon's source. */
  readonly source?: string;
  /** More options for its compiler and linker; the last one of a kind wins. */
  readonly compile?: readonly string[];
  readonly link?: readonly string[];
  /** One of the hardening options, left out. */
  readonly without?: string;
  /** Linked without binding/exports.map. */
  readonly everythingExported?: boolean;
  readonly kernels?: readonly (keyof typeof kernelOptions | keyof typeof arm64KernelOptions)[];
  /** The checks that must fail, and no other. */
  readonly fails: readonly string[];
  readonly says?: RegExp;
}

const { operations } = (await import(`${root}scripts/operations.mjs`)) as Operations;

/** A kernel for every operation and dtype that binding/ops.h lists. */
const kernelSource = `
namespace mish { namespace math { struct float16; struct bfloat16; struct float32_fast; }
namespace cpu { namespace LEVEL { namespace {
#define LOOP(name) template <class T> void name(double* y, const double* x, long n) { \\
  _Pragma("GCC ivdep") for (long i = 0; i < n; ++i) y[i] = x[i] * 1.5 + x[i] * x[i]; }
${operations.map(({ id }) => `LOOP(${id})`).join(' ')}
}
#define EVERY_EXACT(name) name<float>, name<double>, name<math::float16>, name<math::bfloat16>
#define EVERY(name) EVERY_EXACT(name), name<math::float32_fast>
using Kernel = void (*)(double*, const double*, long);
extern const Kernel kTable[] = {
  ${operations.map(({ id, fast }) => `${fast === 'float32_fast' ? 'EVERY' : 'EVERY_EXACT'}(${id})`).join(', ')}};
} } }`;

const v3 = ['-DLEVEL=x86_64_v3', '-march=x86-64-v3'];
const v4 = ['-DLEVEL=x86_64_v4', '-march=x86-64-v4', '-mprefer-vector-width=512'];
const scalar = '-fno-tree-vectorize';

/** Objects with kernels: right ones, and wrong ones. */
const kernelOptions = {
  v3,
  v4,
  'v3 with AVX-512': ['-DLEVEL=x86_64_v3', '-march=x86-64-v4', '-mprefer-vector-width=256'],
  'v3 scalar': [...v3, scalar],
  'v4 scalar': [...v4, scalar],
  'v4 in 256 bits': [...v4, '-mprefer-vector-width=256'],
};

/** The same for arm64, by a compiler of its own. */
const arm64KernelOptions = {
  arm64: ['-DLEVEL=arm64'],
  'arm64 scalar': ['-DLEVEL=arm64', scalar],
};

const addonSource = `
#define SHOWN __attribute__((visibility("default")))
#define USED __attribute__((used))
extern "C" SHOWN int node_api_module_get_api_version_v1() { return 8; }
extern "C" SHOWN void* napi_register_module_v1(void*, void* exports) { return exports; }
static USED double baseline(double x) { return x * 1.5; }
static USED int table[] = {1};
`;

const calling = (name: string) =>
  `extern "C" void ${name}(); static USED void call_${name}() { ${name}(); }\n`;

const { libraries, versions, imports, exports, avx, vectors, hardened, seams, size } = checks;

export const fixtures: Readonly<Record<string, Fixture>> = {
  'nothing wrong': { fails: [] },
  'Node-API and libc called': {
    source: ['napi_throw', 'node_api_symbol_for', 'free', 'pthread_create'].map(calling).join(''),
    fails: [],
  },
  'libstdc++ named': {
    link: ['-Wl,--no-as-needed', '-lstdc++'],
    fails: [libraries],
    says: /NEEDED\).*libstdc\+\+/,
  },
  'a run path': { link: ['-Wl,-rpath,/opt'], fails: [libraries], says: /RUNPATH|RPATH/ },
  'a symbol of one glibc': {
    source: calling('free'),
    link: ['-lc'],
    fails: [libraries, versions],
    says: /GLIBC_2/,
  },
  'a symbol of some libcs': {
    source: calling('pthread_cond_wait'),
    fails: [imports],
    says: /pthread_cond_wait/,
  },
  'another export': {
    source: 'extern "C" SHOWN int extra() { return 1; }',
    everythingExported: true,
    fails: [exports],
    says: /extra is exported/,
  },
  'no entry point': {
    compile: ['-Dnapi_register_module_v1=renamed'],
    fails: [exports],
    says: /napi_register_module_v1 is not exported/,
  },
  'AVX in a baseline function': { compile: ['-mavx2'], fails: [avx], says: /baseline.* uses VEX/ },
  'BMI2 in a baseline function': {
    source: 'static USED long shifted(long x, long n) { return x << n; }',
    compile: ['-mbmi2'],
    fails: [avx],
    says: /shifted.* uses VEX/,
  },
  'AVX-512 in an AVX2 kernel': {
    kernels: ['v3 with AVX-512', 'v4'],
    fails: [avx],
    says: /x86_64_v3.* uses EVEX/,
  },
  'scalar AVX2 kernels': { kernels: ['v3 scalar', 'v4'], fails: [vectors], says: /0 packed %ymm/ },
  'scalar AVX-512 kernels': {
    kernels: ['v3', 'v4 scalar'],
    fails: [vectors],
    says: /0 packed %zmm/,
  },
  'half-wide AVX-512 kernels': {
    kernels: ['v3', 'v4 in 256 bits'],
    fails: [vectors],
    says: /0 packed %zmm/,
  },
  'a level missing': { kernels: ['v3'], fails: [vectors], says: /0 kernels of x86_64_v4/ },
  'writable relocations': { link: ['-Wl,-z,norelro'], fails: [hardened], says: /-z,relro/ },
  'lazy binding': { link: ['-Wl,-z,lazy'], fails: [hardened], says: /-z,now/ },
  'unloaded with its worker': { without: '-Wl,-z,nodelete', fails: [hardened], says: /nodelete/ },
  'an executable stack': {
    link: ['-Wl,-z,execstack'],
    fails: [hardened],
    says: /stack is executable/,
  },
  'writable code': {
    source: 'asm(".section .both, \\"awx\\"\\n.quad 0\\n.text");',
    fails: [hardened],
    says: /writable and executable/,
  },
  'relocated code': {
    source: 'asm(".text\\n.quad napi_register_module_v1");',
    link: ['-Wl,-z,notext'],
    fails: [hardened],
    says: /TEXTREL/,
  },
  'a seam': {
    source: 'static USED const char seam[] = "MISH_TEST_ANYTHING";',
    fails: [seams],
    says: /'MISH_TEST_'/,
  },
  'too much data': {
    source: 'asm(".section .rodata\\n.fill 840000, 1, 1\\n.text");',
    fails: [size],
    says: /8[45]\d{4} bytes are loaded: the budget is 838860/,
  },
  'a std::thread': {
    compile: ['-std=c++17', '-include', 'thread'],
    source: 'static USED void wait() { std::thread([] {}).join(); }',
    link: ['-lstdc++', '-lgcc_s', '-lc'],
    fails: [libraries, versions, imports],
    says: /libstdc\+\+|GLIBC_2\.3[4-9]/,
  },
};

/** The same script on another CPU's binary. */
export const arm64Fixtures: Readonly<Record<string, Fixture>> = {
  'nothing wrong': { kernels: ['arm64'], fails: [] },
  'scalar kernels': {
    kernels: ['arm64 scalar'],
    fails: [vectors],
    says: /0 packed v operations beside [1-9]/,
  },
  'a level missing': { kernels: [], fails: [vectors], says: /0 kernels of arm64/ },
};

// ---- making them
export const arm64Compiler = 'aarch64-linux-gnu-g++';
const hardening = ['relro', 'now', 'noexecstack', 'nodelete'].map((word) => `-Wl,-z,${word}`);
const objectName = (name: string) => `kernels-${name.replaceAll(' ', '-')}.o`;

function compile(compiler: string, directory: string, args: readonly string[]): void {
  const { exit, stderr } = runToEnd(compiler, args, { cwd: directory });
  assert.equal(exit, 0, `${compiler} ${args.join(' ')}\n${stderr}`);
}

/** The objects that {@link linkFixture} takes kernels from. */
export function compileKernels(directory: string, compiler = 'c++'): void {
  writeFileSync(join(directory, 'kernels.cc'), kernelSource);
  const wanted = compiler === arm64Compiler ? arm64KernelOptions : kernelOptions;
  for (const [name, options] of Object.entries(wanted)) {
    const output = ['-c', 'kernels.cc', '-o', objectName(name)];
    const flags = ['-O3', '-fPIC', '-fvisibility=hidden', ...options];
    compile(compiler, directory, [...flags, ...output]);
  }
}

/** The path of the linked fixture. */
export function linkFixture(directory: string, fixture: Fixture, compiler = 'c++'): string {
  const { source = '', link = [], without, kernels = ['v3', 'v4'] } = fixture;
  writeFileSync(join(directory, 'addon.cc'), addonSource + source);
  const map = `-Wl,--version-script=${root}binding/exports.map`;
  const flags = ['-O2', '-shared', '-fPIC', '-fvisibility=hidden', '-nostdlib'];
  compile(compiler, directory, [
    ...[...flags, ...(fixture.compile ?? [])],
    ...hardening.filter((option) => option !== without),
    ...(fixture.everythingExported ? [] : [map]),
    ...['addon.cc', ...kernels.map(objectName), ...link, '-o', 'fixture.node'],
  ]);
  return join(directory, 'fixture.node');
}
