// The rules of who may know whom, as one pure function over { path: text } of src/, binding/ and cuda/.
import { builtinModules } from 'node:module';
import { posix } from 'node:path';

/** Paths from the repository's root, and what the files say. */
export type Sources = Readonly<Record<string, string>>;

// ---- src
/** Top to bottom: a file uses its own layer and those below. A new file is added here. */
const layers: readonly (readonly string[])[] = [
  ['index', 'operators', 'tfjs', 'cli'],
  ['cli/apply', 'cli/bench', 'cli/build', 'cli/check', 'cli/doctor', 'cli/plot'],
  ['cli/bench/chart'],
  ['cli/bench/report'],
  ['cli/bench/request'],
  ['cli/bench/level-process', 'cli/bench/levels'],
  ['cli/bench/measure'],
  ['cli/bench/calls', 'cli/bench/machine', 'cli/bench/operations', 'cli/bench/threads'],
  ['cli/bench/timing'],
  ['cli/bench/statistics'],
  ['cli/plot/png', 'cli/plot/svg'],
  ['cli/plot/panels'],
  ['cli/plot/curves', 'cli/plot/features', 'cli/plot/labels', 'cli/plot/theme'],
  ['cli/plot/activations', 'cli/plot/axes', 'cli/plot/ink'],
  ['cli/plot/erf', 'cli/plot/text'],
  ['cli/apply-pieces', 'cli/check-device', 'cli/interrupt', 'cli/tensor-file'],
  ['cli/check-values', 'cli/command', 'cli/error-sentence', 'cli/progress'],
  ['cli/output'],
  ['files/npy', 'files/safetensors', 'files/transform'],
  ['files/elementwise', 'files/tensor-io'],
  ['operators/gradient'],
  ['operators/definition'],
  ['operators/operator'],
  ['operators/cost', 'operators/run'],
  ['operators/tensor-type'],
  ['operators/schema'],
  ['tfjs/install'],
  ['tfjs/kernel-set', 'tfjs/layers', 'tfjs/op'],
  ['tfjs/settings'],
  ['tfjs/array-kernels', 'tfjs/portable-kernels'],
  ['tfjs/operations'],
  ['tfjs/host'],
  ['mish-async'],
  ['mish', 'execute-async'],
  ['async-call', 'execute'],
  ['abort', 'call'],
  ['tensor'],
  ['tensor-factory', 'tensor-token'],
  ['tensor-core'],
  ['tensor-parts', 'tensor-values'],
  ['backend-info', 'device', 'memory'],
  ['backend', 'in-flight'],
  ['backend/cpu', 'backend/cuda', 'backend/js-worker'],
  ['backend/cpu-async', 'backend/cuda-async', 'backend/js', 'backend/staged'],
  ['backend/cpu-calls', 'backend/cuda-calls', 'backend/host', 'backend/js-async'],
  ['backend/addon-indices', 'backend/cuda-errors', 'backend/cuda-storage', 'backend/slices'],
  ['backend/overlap'],
  ['backend/once-a-turn'],
  ['backend/js/float32-arrays'],
  ['backend/js/float32', 'backend/js/float64'],
  ['backend/js/kernels'],
  ['backend/js/exp'],
  ['backend/js/powers', 'backend/js/roots'],
  ['native'],
  ['addon', 'elf'],
  ['files/npy-header', 'files/safetensors-header'],
  ['files/layout', 'files/read-elements'],
  ['files/input-file', 'files/output-file'],
  ['files/json', 'files/path'],
  ['host-array'],
  ['array-buffer'],
  ['bare', 'byte-order', 'half', 'ops', 'options', 'shape', 'typed-array'],
  ['dtype'],
  ['errors'],
];
const layerOf = (name: string) => layers.findIndex((layer) => layer.includes(name));

/** Only these load the addon: the connectors, and the report of what was loaded. */
const nativeUsers = ['backend/cpu', 'backend/cuda', 'backend-info'];
/** And these know its type. */
const addonUsers = [
  ...['native', 'backend/cpu', 'backend/cuda'],
  ...['backend/addon-indices', 'backend/cpu-async', 'backend/cpu-calls'],
  ...['backend/cuda-async', 'backend/cuda-calls', 'backend/cuda-errors'],
];

/** What package.json lets src import. */
export interface Packages {
  readonly dependencies: readonly string[];
  /** Optional peers: perhaps not installed, so imported by a call that may fail, and is caught. */
  readonly optional: readonly string[];
}

interface Import {
  readonly from: string;
  /** The name of a file of src, or what the specifier says. */
  readonly to: string;
  readonly inSrc: boolean;
  readonly typeOnly: boolean;
  /** By a call, when it runs. */
  readonly called: boolean;
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
const nameOf = (path: string) => path.replace(/^src\//, '').replace(/\.ts$/, '');

/** `import { type A }` counts as a use: the module is loaded all the same. */
function importsOf(path: string, text: string): Import[] {
  const statement = /^(?:import|export)\s+(?:(type\s)?[\w*{][^'";=()]*?\bfrom\s*)?'([^']+)'/gm;
  const call = /\b(?:import|require)\(\s*'([^']+)'/g;
  const code = withoutComments(text);
  const found = [
    ...[...code.matchAll(statement)].map((m) => {
      return { to: m[2]!, typeOnly: Boolean(m[1]), called: false };
    }),
    ...[...code.matchAll(call)].map((m) => ({ to: m[1]!, typeOnly: false, called: true })),
  ];
  return found.map(({ to, ...how }) => {
    const target = posix.join(posix.dirname(path), to);
    const inSrc = to.endsWith('.ts') && target.startsWith('src/');
    return { from: nameOf(path), to: inSrc ? nameOf(target) : to, inSrc, ...how };
  });
}

function outsideProblem({ from, to, called }: Import, packages: Packages): string[] {
  if (from === 'native' && to === './prebuilds.cjs') return []; // scripts/release/list-prebuilds.mjs writes it
  const builtin = to.startsWith('node:') && builtinModules.includes(to.slice(5));
  if (builtin || packages.dependencies.includes(to)) return [];
  if (packages.optional.includes(to)) {
    return called
      ? []
      : [`src/${from}.ts imports '${to}', which may be missing: only import() may`];
  }
  return [
    `src/${from}.ts imports '${to}': neither a node: builtin nor in package.json dependencies`,
  ];
}

function insideProblems({ from, to, typeOnly }: Import): string[] {
  const upward = layerOf(from) > layerOf(to);
  const interfaceOnly = typeOnly && to === 'backend' && from.startsWith('backend/');
  const backendUser = from === 'backend' || from.startsWith('backend/');
  const rules: readonly (readonly [broken: boolean, rule: string])[] = [
    [layerOf(to) < 0, 'which is in no layer: add it to test/support/architecture.ts'],
    [layerOf(to) >= 0 && upward && !interfaceOnly, 'which is above it'],
    [to.startsWith('backend/') && !backendUser, 'which only backend.ts may'],
    [to === 'native' && !nativeUsers.includes(from), `which only ${nativeUsers.join(', ')} may`],
    [to === 'addon' && !addonUsers.includes(from), `which only ${addonUsers.join(', ')} may`],
  ];
  return rules
    .filter(([broken]) => broken)
    .map(([, rule]) => `src/${from}.ts imports src/${to}.ts, ${rule}`);
}

/** Each cycle among imports that exist at run time, once. */
function cycles(imports: readonly Import[]): string[] {
  const uses = new Map<string, string[]>();
  for (const { from, to, inSrc, typeOnly } of imports) {
    if (inSrc && !typeOnly) uses.set(from, [...(uses.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      found.push(`cycle: ${[...path.slice(path.indexOf(name)), name].join(' -> ')}`);
    } else if (!done.has(name)) {
      for (const next of uses.get(name) ?? []) visit(next, [...path, name]);
      done.add(name);
    }
  };
  for (const name of uses.keys()) visit(name, []);
  return found;
}

function srcProblems(sources: Sources, packages: Packages): string[] {
  const files = Object.entries(sources).filter(([path]) => /^src\/.*\.ts$/.test(path));
  const imports = files.flatMap(([path, text]) => importsOf(path, text));
  const unplaced = files
    .map(([path]) => nameOf(path))
    .filter((name) => layerOf(name) < 0)
    .map((name) => `src/${name}.ts is in no layer: add it to test/support/architecture.ts`);
  const binaries = files
    .filter(([path]) => path !== 'src/backend/native/load.ts')
    .filter(([, text]) => /createRequire|dlopen\(|node-gyp-build/.test(withoutComments(text)))
    .map(([path]) => `${path} touches binaries, which only src/backend/native/load.ts may`);
  const each = imports.flatMap((one) =>
    one.inSrc ? insideProblems(one) : outsideProblem(one, packages),
  );
  return [...unplaced, ...binaries, ...each, ...cycles(imports)];
}

// ---- binding
const plainHeaders = ['stddef.h', 'stdint.h', 'string.h', 'math.h'];
const nodeHeader = /^(napi|node_api|js_native_api|node|uv|v8)([-_./]|$)/;

/** Only these know Node-API. */
const nodeApiUsers = /^binding\/(addon|async|operands|cuda(_\w+)?)\.(cc|h)$/;

/** What both sides of the addon have: what computes on the CPU, and what does on devices. */
const shared = ['binding/ops.h', 'binding/system/seams.h'];

/** What cuda/ may include, of which the .cu files and their headers are compiled for devices too. */
function cudaIncludeProblem(quote: string, header: string, target: string): string | undefined {
  if (nodeHeader.test(header)) return 'cuda does not know Node-API';
  if (quote === '<') return undefined;
  const fine = /^(cuda|binding\/math)\//.test(target) || shared.includes(target);
  const isThread = target === 'binding/system/thread.h';
  return fine || isThread ? undefined : 'cuda knows math, ops.h, seams.h and cpu/thread.h only';
}

/** What a file of binding/math may include; what one outside may not. */
function includeProblem(path: string, quote: string, header: string): string | undefined {
  const target = posix.join(posix.dirname(path), header);
  if (path.startsWith('cuda/')) return cudaIncludeProblem(quote, header, target);
  const inDirectory = (name: string) => path.startsWith(`binding/${name}/`);
  if (inDirectory('math')) {
    const fine = quote === '<' ? plainHeaders.includes(header) : !header.includes('/');
    return fine ? undefined : 'binding/math knows plain C headers and its siblings only';
  }
  if (inDirectory('cpu') && nodeHeader.test(header)) return 'binding/cpu does not know Node-API';
  if (quote === '<') return undefined;
  if (inDirectory('cpu')) {
    const fine = /^binding\/(cpu|math)\//.test(target) || shared.includes(target);
    return fine ? undefined : 'binding/cpu knows math, ops.h and seams.h only';
  }
  const mathematics = target.startsWith('binding/math/');
  return mathematics ? 'only the kernels of binding/cpu and cuda know the mathematics' : undefined;
}

function bindingProblems(sources: Sources): string[] {
  const files = Object.entries(sources).filter(([path]) =>
    /^(binding\/.*\.(cc|h)|cuda\/.*\.(cc|cu|h))$/.test(path),
  );
  return files.flatMap(([path, text]) => {
    const includes = [...text.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)];
    const wrong = includes.flatMap(([, quote, header]) => {
      const problem = includeProblem(path, quote!, header!);
      return problem ? [`${path} includes ${header}: ${problem}`] : [];
    });
    const speaks = !nodeApiUsers.test(path) && /\bnapi_\w+|\bNapi::/.test(withoutComments(text));
    return speaks
      ? [...wrong, `${path} uses Node-API, which only addon, async, operands and cuda* may`]
      : wrong;
  });
}

/** Every broken rule in words; empty when all hold. */
export function architectureProblems(sources: Sources, packages: Packages): string[] {
  return [...srcProblems(sources, packages), ...bindingProblems(sources)];
}

// ---- every source file
const isSource = (path: string) =>
  /^(src|binding|cuda|bench|test|scripts)\/.*\.(ts|mts|cts|js|mjs|cjs|cc|cu|h|sollya|py|sh)$/.test(
    path,
  );
const longest = 300;

/** Built so that this file does not say it. */
const sharedFolder = ['..', 'shared'].join('/');

/** What any text file of the repository must not say, and what every source file must. */
export function textProblems(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([path, text]) => {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    const first = lines[0]?.startsWith('#!') ? lines[1] : lines[0];
    const rules: readonly (readonly [broken: boolean, rule: string])[] = [
      [text.includes(sharedFolder), `reads ${sharedFolder}, which a clone does not have`],
      [
        isSource(path) && !/^(\/\/|\/\*\*?|#) \S.{15,}/.test(first ?? ''),
        'does not start with a comment line that says what it is',
      ],
      [isSource(path) && lines.length > longest, `has ${lines.length} lines, more than ${longest}`],
    ];
    return rules.filter(([broken]) => broken).map(([, rule]) => `${path} ${rule}`);
  });
}
