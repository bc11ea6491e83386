// Finds and loads the addon; the only file that opens binaries. Loads at first use, never throws and never
// prints: a failure is a value that says what was tried, why each thing failed, and what would help.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve, sep, toNamespacedPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addon } from './addon.ts';
import { elfProblem } from './elf.ts';
import shipped from './prebuilds.cjs';

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
    'start Node without --no-addons and, under --permission, with --allow-addons and --allow-fs-read of this package',
  reinstall:
    'install it again, as what is installed is damaged: rm -rf node_modules/node-mish && npm install',
  build: 'compile it here, which tells what it needs: npx node-mish build',
  bundle:
    'keep node-mish out of the bundle (esbuild: --external:node-mish), or have .node files put beside it (--loader:.node=file)',
};

const isFailure = (result: Addon | Failure): result is Failure => 'reason' in result;

function toldBy(error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code ? `${code}: ${message}` : String(message);
  const isRefused = code === 'ERR_DLOPEN_DISABLED' || code === 'ERR_ACCESS_DENIED';
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
/** The directory of the package or, in a bundle, of the bundle; of the process, where that is no file. */
function home(): string {
  if (!shipped.isBundled) return shipped.home!;
  if (shipped.directory !== undefined) return shipped.directory;
  return import.meta.url.startsWith('file:') ? dirname(fileURLToPath(import.meta.url)) : '.';
}

/** What the bundler made of the literal path: the addon, or where it put the file. */
function tryBundled(root: string): { readonly file: string; readonly result: Addon | Failure } {
  let file = `${fileName} in the bundle`;
  try {
    if (!shippedHere) return { file, result: { reason: `none was packed for ${platform}` } };
    const made = shippedHere.load();
    if (typeof made !== 'string') return { file, result: checked(made as Addon) };
    file = made.startsWith('file:') ? fileURLToPath(made) : resolve(root, made);
    return { file, result: tryFile(file, true) };
  } catch (error) {
    return { file, result: toldBy(error) };
  }
}

/**
 * The file that node-gyp-build finds in a directory, under any of the names that prebuildify gives, or beside the
 * executable. It would take any addon: it never searches an application's directory, and another addon's file is
 * left alone.
 */
function foundIn(directory: string): string | undefined {
  try {
    const file = shipped.find(directory);
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

  if (shipped.isBundled) {
    const { file, result } = tryBundled(root);
    if (!isFailure(result)) return { addon: result, file };
    failures.set(file, result);
  } else {
    const local = attempt(join(root, 'build', 'Release', fileName), false);
    if (local) return local;
  }
  const prebuilds = join(root, 'prebuilds');
  const packed = attempt(join(prebuilds, platform, fileName), true);
  if (packed) return packed;
  const elsewhere =
    process.env['NODE_MISH_PREBUILD'] || (shipped.home ?? dirname(process.execPath));
  const named = attempt(join(elsewhere, 'prebuilds', platform, fileName), false);
  if (named) return named;
  const other = foundIn(elsewhere);
  const last = other === undefined ? undefined : attempt(other, other.startsWith(prebuilds + sep));
  return last ?? { addon: undefined, reason: reasonOf(failures) };
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
