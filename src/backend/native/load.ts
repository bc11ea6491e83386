// Finds and loads the addon; the only file that opens binaries. Loads at first use, never throws and never
// prints: a failure is a value that says what was tried, why each thing failed, and what would help.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, sep, toNamespacedPath } from 'node:path';
import { environmentVariable, executablePath } from '../../base/environment.ts';
import type { Addon } from './addon.ts';
import { elfProblem } from './elf.ts';
import shipped from './prebuilds.cjs';

/** What is used of node-gyp-build. */
interface NodeGypBuild {
  resolve(directory: string): string;
}

export type NativeLoad =
  | { readonly addon: Addon; readonly file: string }
  | { readonly addon?: undefined; readonly reason: string };

/** The version of this package. */
export const version: string = shipped.version;

const expectedAbi = 8;
const platform = `${process.platform}-${process.arch}`;
const fileName = 'node-mish.node';
/** The file that is shipped for this platform, if one is. */
const shippedHere = shipped.binaries[platform];

// ---- what went wrong, and what would help
/** Why a file cannot be used, and the remedy, when it is not to build or install one. */
interface Failure {
  readonly reason: string;
  readonly remedy?: keyof typeof remedies;
}

const remedies = {
  allow:
    'start Node without --no-addons and, under --permission, with --allow-addons and --allow-fs-read of this package; start Deno with --allow-read and --allow-ffi',
  reinstall:
    'install it again, as what is installed is damaged: rm -rf node_modules/node-mish && npm install',
  build: 'compile it here, which tells what it needs: npx node-mish build',
  bundle:
    'install node-mish in a node_modules folder above the bundle, or copy node_modules/node-mish/prebuilds beside it',
};

const isFailure = (result: Addon | Failure): result is Failure => 'reason' in result;

function toldBy(error: unknown): Failure {
  const { code, name, message } = error as NodeJS.ErrnoException;
  const reason = code ? `${code}: ${message}` : String(message);
  const isRefused =
    code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED' || name === 'NotCapable'; // of Deno
  return isRefused ? { reason, remedy: 'allow' } : { reason };
}

// ---- one file
/** How a shipped file is not what was packed; undefined when it is. Opening a truncated one ends the process. */
function damageOf(file: string): string | undefined {
  if (!shippedHere) return `this package was packed without a binary for ${platform}`;
  const { bytes, sha256 } = shippedHere;
  const { size } = statSync(file);
  if (size !== bytes) return `the file is damaged: ${size} bytes, ${bytes} were packed`;
  // Loaded only here, as most of what imports this package never needs it. A Node without it is possible.
  const crypto = process.getBuiltinModule('node:crypto');
  const found = crypto?.createHash('sha256').update(readFileSync(file)).digest('hex');
  if (found === undefined || found === sha256) return undefined;
  return `the file is damaged: its SHA-256 is ${found}, ${sha256} was packed`;
}

function open(file: string): Addon {
  // Whoever else requires the file has the same object. In a bundle nobody does, nor is there always a require.
  if (!shipped.isBundled) return createRequire(file)(file) as Addon;
  const module = { exports: {} };
  process.dlopen(module, toNamespacedPath(file));
  return module.exports as Addon;
}

function checked(addon: Addon): Addon | Failure {
  if (addon.abi === expectedAbi) return addon;
  const reason = `a stale build: its ABI number is ${addon.abi}, this version of node-mish needs ${expectedAbi}`;
  return { reason };
}

/** The addon in that file, or why it cannot be used. */
function tryFile(file: string, isShipped: boolean): Addon | Failure {
  try {
    if (!existsSync(file)) {
      return isShipped && shippedHere
        ? { reason: 'no such file, though it was packed', remedy: 'reinstall' }
        : { reason: 'no such file' };
    }
    const damage = isShipped ? damageOf(file) : undefined;
    if (damage) return { reason: damage, remedy: 'reinstall' };
    const problem = process.platform === 'linux' ? elfProblem(file, process.arch) : undefined;
    return problem ? { reason: problem } : checked(open(file));
  } catch (error) {
    return toldBy(error);
  }
}

// ---- where to look
/** The directory of the package or, in a bundle, of the bundle or the program that runs it. */
function home(): string {
  if (shipped.home !== undefined) return shipped.home;
  return shipped.directory ?? dirname(process.argv[1] ?? '.');
}

/** Where node-mish is installed for a program in that directory, as a bundle does not say it. */
function installedFor(directory: string): string | undefined {
  try {
    const resolve = createRequire(join(directory, 'any.js')).resolve;
    return dirname(resolve('node-mish/package.json'));
  } catch {
    return undefined;
  }
}

/**
 * The file that node-gyp-build finds in a directory, under any of the names that prebuildify gives, or beside the
 * executable. It would take any addon: it never searches an application's directory, and another addon's file is
 * left alone.
 */
function foundIn(directory: string): string | undefined {
  if (shipped.home === undefined) return undefined; // a bundle does not bring node-gyp-build
  try {
    // Loaded here, and by a path that bundlers do not follow: most programs never need it.
    const gyp = createRequire(join(shipped.home, 'any.js'))('node-gyp-build') as NodeGypBuild;
    const file = gyp.resolve(directory);
    return /^node-mish(\.\w+)*\.node$/.test(basename(file)) ? file : undefined;
  } catch {
    return undefined; // it found nothing, or is not installed: the files tried before are all there is to report
  }
}

function findNative(): NativeLoad {
  const root = home();
  const failures = new Map<string, Failure>();
  const attempt = (file: string, isShipped: boolean): NativeLoad | undefined => {
    if (failures.has(file)) return undefined;
    const result = tryFile(file, isShipped);
    if (!isFailure(result)) return { addon: result, file };
    failures.set(file, result);
    return undefined;
  };

  const tries = shipped.isBundled ? bundledFiles(root) : packageFiles(root);
  for (const [file, isShipped] of tries) {
    const found = attempt(file, isShipped);
    if (found) return found;
  }
  const elsewhere =
    environmentVariable('NODE_MISH_PREBUILD') || (shipped.home ?? dirname(executablePath() ?? '.'));
  const named = attempt(prebuiltIn(elsewhere), false);
  if (named) return named;
  const other = foundIn(elsewhere);
  const isPacked = other?.startsWith(join(root, 'prebuilds') + sep) === true;
  const last = other === undefined ? undefined : attempt(other, isPacked);
  return last ?? { addon: undefined, reason: reasonOf(failures) };
}

const prebuiltIn = (directory: string): string => join(directory, 'prebuilds', platform, fileName);

/** A file, and whether it must be what was packed. */
type Try = readonly [file: string, isShipped: boolean];

const packageFiles = (root: string): readonly Try[] => [
  [join(root, 'build', 'Release', fileName), false],
  [prebuiltIn(root), true],
];

/** Where tracing tools put the file, where it can be copied to, and the package that the program has installed. */
function bundledFiles(root: string): readonly Try[] {
  const traced = shippedHere?.file;
  const installed = [root, process.cwd()].map(installedFor).filter((home) => home !== undefined);
  return [
    ...(traced ? [[traced, true] as const] : []),
    [prebuiltIn(root), true],
    ...installed.map((home) => [prebuiltIn(home), true] as const),
  ];
}

function reasonOf(failures: ReadonlyMap<string, Failure>): string {
  const told = new Set([...failures.values()].map(({ remedy }) => remedy ?? 'build'));
  // Where Node refuses all addons nothing else would help; nor does what changes a package, in a bundle.
  const helpful = told.has('allow')
    ? (['allow'] as const)
    : shipped.isBundled
      ? (['bundle'] as const)
      : (['reinstall', 'build'] as const).filter((remedy) => told.has(remedy));
  return [
    `the native addon could not be loaded on ${platform}, Node ${process.versions.node}. Tried:`,
    ...[...failures].map(([file, { reason }]) => `  - ${file}: ${reason}`),
    'What would help:',
    ...helpful.map((remedy) => `  - ${remedies[remedy]}`),
  ].join('\n');
}

let loaded: NativeLoad | undefined;

/** The addon, or why there is none; decided once. */
export function loadNative(): NativeLoad {
  loaded ??= findNative();
  return loaded;
}
