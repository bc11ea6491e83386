// The rules of the architecture, as pure functions over { path: text }: which file may import which, what a source
// file begins with, how long it may be and how many share a folder.
import { builtinModules } from 'node:module';
import { posix } from 'node:path';

/** Paths from the repository's root, and what the files say. */
export type Sources = Readonly<Record<string, string>>;

/** What package.json says of src: what it may import, and where users enter it. */
export interface Package {
  readonly dependencies: readonly string[];
  /** Optional peers: perhaps not installed, so only a dynamic import, whose failure is caught, may name them. */
  readonly optional: readonly string[];
  /** The files of src that `exports` and `bin` lead to. */
  readonly entries: readonly string[];
}

interface Import {
  readonly from: string;
  /** The path of a file of src, or what the specifier says. */
  readonly to: string;
  readonly isInSrc: boolean;
  readonly isDynamic: boolean;
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

/** The folder of src that a file is in, '' for an entry point; and the folder in that, if any. */
function placeOf(path: string): { readonly folder: string; readonly subfolder: string } {
  const parts = path.split('/').slice(1, -1);
  return { folder: parts[0] ?? '', subfolder: parts.slice(1).join('/') };
}

/** Types count as much as values: a file cannot be read without the types it names. */
function importsOf(path: string, text: string): Import[] {
  const statement = /^(?:import|export)\s+(?:(?:type\s)?[\w*{][^'";=()]*?\bfrom\s*)?'([^']+)'/gm;
  const call = /\b(?:import|require)\(\s*'([^']+)'/g;
  const code = withoutComments(text);
  const found = [
    ...[...code.matchAll(statement)].map((match) => ({ to: match[1]!, isDynamic: false })),
    ...[...code.matchAll(call)].map((match) => ({ to: match[1]!, isDynamic: true })),
  ];
  return found.map(({ to, isDynamic }) => {
    const target = posix.join(posix.dirname(path), to);
    const isInSrc = to.startsWith('.') && target.startsWith('src/');
    return { from: path, to: isInSrc ? target : to, isInSrc, isDynamic };
  });
}

function packageProblem({ from, to, isDynamic }: Import, of: Package): string[] {
  const isBuiltin = to.startsWith('node:') && builtinModules.includes(to.slice(5));
  if (isBuiltin || of.dependencies.includes(to)) return [];
  if (!of.optional.includes(to)) {
    return [`${from} imports '${to}': neither a node: builtin nor in package.json dependencies`];
  }
  return isDynamic ? [] : [`${from} imports '${to}', which may be missing: only import() may`];
}

/** The inside of a folder is its own: what is in a subfolder is imported from that folder alone. */
function insideProblem({ from, to }: Import): string[] {
  const { folder, subfolder } = placeOf(to);
  if (subfolder === '' || placeOf(from).folder === folder) return [];
  return [`${from} imports ${to}, which is inside src/${folder}/: import from that folder itself`];
}

/** Subfolders of src/backend/ are backends: the registry knows all of them, and none knows another. */
function backendProblem({ from, to }: Import): string[] {
  const [one, other] = [placeOf(from), placeOf(to)];
  const isIntoBackend = other.folder === 'backend' && other.subfolder !== '';
  const isOutside = one.folder !== 'backend' || one.subfolder === other.subfolder;
  if (!isIntoBackend || isOutside || from === 'src/backend/registry.ts') return [];
  return [`${from} imports ${to}: only src/backend/registry.ts knows which backends there are`];
}

/** Each circle in a graph, once, as a -> b -> a. */
function circles(edges: readonly (readonly [from: string, to: string])[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (!next.has(from)) next.set(from, new Set());
    next.get(from)!.add(to);
  }
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      found.push([...path.slice(path.indexOf(name)), name].join(' -> '));
    } else if (!done.has(name)) {
      for (const one of next.get(name) ?? []) visit(one, [...path, name]);
      done.add(name);
    }
  };
  for (const name of next.keys()) visit(name, []);
  return found;
}

const isTypeScript = (path: string) => /^src\/.*\.ts$/.test(path);

/** The imports among the folders of src, '' for the entry points, by the files that make them. */
export function folderEdges(sources: Sources): (readonly [from: string, to: string])[] {
  const imports = Object.entries(sources)
    .filter(([path]) => isTypeScript(path))
    .flatMap(([path, text]) => importsOf(path, text))
    .filter(({ isInSrc }) => isInSrc);
  return imports
    .map(({ from, to }) => [placeOf(from).folder, placeOf(to).folder] as const)
    .filter(([from, to]) => from !== to);
}

/** The floors of src from top to bottom, each with its folders and entry points, as docs/architecture.md lists them. */
export function floorsOf(page: string): readonly (readonly string[])[] {
  const block = /<!-- floors -->\s+```\n([^`]*)```/.exec(page)?.[1] ?? '';
  return block
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
}

/** Imports among folders that do not lead down those floors, and folders that are on none. */
export function floorProblems(
  sources: Sources,
  floors: readonly (readonly string[])[],
): readonly string[] {
  const heightOf = (folder: string) =>
    folder === '' ? 0 : floors.findIndex((floor) => floor.includes(folder));
  const folders = new Set(
    Object.keys(sources)
      .filter(isTypeScript)
      .map((path) => placeOf(path).folder),
  );
  const homeless = [...folders].filter((folder) => heightOf(folder) < 0);
  const upward = folderEdges(sources).filter(([from, to]) => heightOf(from) >= heightOf(to));
  return [
    ...homeless.map((folder) => `src/${folder}/ is on no floor of docs/architecture.md`),
    ...new Set(
      upward.map(([from, to]) => `src/${from}/ imports src/${to}/, which is not below it`),
    ),
  ];
}

/** A folder of src imports only from folders below it: so folders make no circle, and neither do files. */
function srcProblems(sources: Sources, of: Package): string[] {
  const files = Object.entries(sources).filter(([path]) => isTypeScript(path));
  const imports = files.flatMap(([path, text]) => importsOf(path, text));
  const inSrc = imports.filter(({ isInSrc }) => isInSrc);
  const homeless = files
    .map(([path]) => path)
    .filter((path) => placeOf(path).folder === '' && !of.entries.includes(path))
    .map((path) => `${path} is in no folder, and no entry point of package.json`);
  const binaries = files
    .filter(([path]) => path !== 'src/backend/native/load.ts')
    .filter(([, text]) => /createRequire|dlopen\(|node-gyp-build/.test(withoutComments(text)))
    .map(([path]) => `${path} touches binaries, which only src/backend/native/load.ts may`);
  return [
    ...homeless,
    ...binaries,
    ...imports.filter((one) => !one.isInSrc).flatMap((one) => packageProblem(one, of)),
    ...inSrc.flatMap(insideProblem),
    ...inSrc.flatMap(backendProblem),
    ...circles(folderEdges(sources)).map((circle) => `circle of folders: ${circle}`),
    ...circles(inSrc.map(({ from, to }) => [from, to])).map((circle) => `circle: ${circle}`),
  ];
}

// ---- binding and cuda
const plainHeaders = ['stddef.h', 'stdint.h', 'string.h', 'math.h'];
const nodeHeader = /^(napi|node_api|js_native_api|node|uv|v8)([-_./]|$)/;
/** As binding/cpu, whatever subfolder the file is in. */
const cppFolder = (path: string) => posix.dirname(path).split('/').slice(0, 2).join('/');
const isCpp = (path: string) => /^(binding|cuda)\/.*\.(cc|h|cu)$/.test(path);

/** A folder of C++ includes only from folders below it; some folders know less than that allows. */
function cppProblems(sources: Sources): string[] {
  const files = Object.entries(sources).filter(([path]) => isCpp(path));
  const includes = files.flatMap(([path, text]) =>
    [...text.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)].map(([, quote, header]) => {
      const isOwn = quote === '"';
      return { path, header: header!, isOwn, to: posix.join(posix.dirname(path), header!) };
    }),
  );
  const problems = includes.flatMap(({ path, header, isOwn, to }) => {
    const is = (folder: string) => path.startsWith(`${folder}/`);
    const rules: readonly (readonly [broken: boolean, rule: string])[] = [
      [is('binding/math') && !isOwn && !plainHeaders.includes(header), 'plain C headers only'],
      [is('binding/math') && isOwn && !to.startsWith('binding/math/'), 'math includes math only'],
      [is('binding/cpu') && isOwn && to.startsWith('cuda/'), 'the CPU kernels do not know CUDA'],
      [!is('binding/node') && nodeHeader.test(header), 'only binding/node knows Node-API'],
      [
        isOwn && to.startsWith('binding/math/') && (is('binding/node') || is('cuda/host')),
        'only kernels know the mathematics',
      ],
    ];
    const broken = rules.filter(([isBroken]) => isBroken);
    return broken.map(([, rule]) => `${path} includes ${header}: ${rule}`);
  });
  const speakers = files
    .filter(([path]) => !path.startsWith('binding/node/'))
    .filter(([, text]) => /\bnapi_\w+|\bNapi::/.test(withoutComments(text)))
    .map(([path]) => `${path} uses Node-API, which only binding/node may`);
  const edges = includes
    .filter(({ isOwn }) => isOwn)
    .map(({ path, to }) => [cppFolder(path), cppFolder(to)] as const)
    .filter(([from, to]) => from !== to);
  return [...problems, ...speakers, ...circles(edges).map((one) => `circle of folders: ${one}`)];
}

/** Every broken rule in words; empty when all hold. */
export function architectureProblems(sources: Sources, of: Package): string[] {
  return [...srcProblems(sources, of), ...cppProblems(sources)];
}

// ---- every source file
const isSource = (path: string) =>
  /^(src|binding|cuda|bench|test|scripts|examples)\/.*\.(ts|mts|cts|js|mjs|cjs|cc|cu|h|sollya|py|sh|cmake)$/.test(
    path,
  ) || /(^|\/)CMakeLists\.txt$/.test(path);
const mostLines = 300;
const mostFiles = 16;

/** Built so that this file does not say it. */
const sharedFolder = ['..', 'shared'].join('/');

/** What a text file of the repository must not say, and what every source file must. */
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
      [
        isSource(path) && lines.length > mostLines,
        `has ${lines.length} lines, more than ${mostLines}`,
      ],
    ];
    return rules.filter(([isBroken]) => isBroken).map(([, rule]) => `${path} ${rule}`);
  });
}

/** Folders with more source files than a reader takes in at a glance. */
export function folderProblems(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths.filter(isSource)) {
    const folder = posix.dirname(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > mostFiles)
    .map(([folder, count]) => `${folder}/ has ${count} files, more than ${mostFiles}`);
}
