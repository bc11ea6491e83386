// node-mish build: compiles the addon from the sources that the package brings, on request only. Nothing is
// downloaded: what it needs is looked for, and named where it is missing.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { backend } from '../api/backend-info.ts';
import { mishError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import { type Command, checkNoOperands, type Flags } from './command.ts';
import { type Output, printable } from './output.ts';

const help = `node-mish build: compile the native addon here

Usage: node-mish build [--cuda]

For a platform without a shipped binary, or to compile for what you have. Needs
CMake 3.18 or later, a C++17 compiler (gcc 12 or clang; Apple clang; clang-cl),
and two packages beside node-mish, which it does not install by itself:

  npm install --save-dev cmake-js node-addon-api

The result replaces an earlier one, and is preferred to the shipped binary until
node-mish is installed again.

Flags:
  --cuda    with CUDA kernels, which need nvcc 13 or later; without it no CUDA
            device can be used, though the shipped binary could

Examples:
  node-mish build
  node-mish build --cuda
`;

const root = packageRoot();
const target = join(root, 'build', 'Release', 'node-mish.node');

const cannot = (why: string) => mishError('ERR_MISH_NATIVE', `cannot compile the addon: ${why}`);

/** The directory of an installed package, as programs of the user's or of this package would find it. */
function findPackage(name: string): string | undefined {
  for (const start of [process.cwd(), root]) {
    for (let directory = start; ; directory = dirname(directory)) {
      const found = join(directory, 'node_modules', name);
      if (existsSync(join(found, 'package.json'))) return found;
      if (directory === dirname(directory)) break;
    }
  }
  return undefined;
}

/** The directories of the packages that compiling needs. */
interface Requirements {
  readonly cmakeJs: string;
  readonly headers: string;
}

function requirements(): Requirements {
  const [cmakeJs, headers] = ['cmake-js', 'node-addon-api'].map(findPackage);
  if (!cmakeJs || !headers) {
    const missing = [...(cmakeJs ? [] : ['cmake-js']), ...(headers ? [] : ['node-addon-api'])];
    throw cannot(
      `${missing.join(' and ')} cannot be found. Install what is missing, then try again: npm install --save-dev ${missing.join(' ')}.`,
    );
  }
  if (spawnSync('cmake', ['--version']).error) {
    const how = 'apt-get install cmake g++, brew install cmake, winget install Kitware.CMake';
    throw cannot(`there is no cmake on the PATH. Install it and a C++17 compiler (${how}).`);
  }
  return { cmakeJs, headers };
}

/** Runs CMake in that directory; the addon that it made there. */
function compile(directory: string, cuda: boolean, { cmakeJs, headers }: Requirements): string {
  const options = [
    ...['--directory', root, '--out', directory, '--log-level', 'warn'],
    ...['--parallel', `${availableParallelism()}`, '--CDMISH_BUILD_SEAMS=OFF'],
    ...[`--CDMISH_CUDA=${cuda ? 'ON' : 'OFF'}`, `--CDMISH_NODE_ADDON_API=${headers}`],
  ];
  const program = join(cmakeJs, 'bin', 'cmake-js');
  const built = spawnSync(process.execPath, [program, 'build', ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (built.error) throw built.error;
  if (built.status !== 0) throw cannot(`CMake failed.\n${complaints(built)}`);
  return join(directory, 'Release', 'node-mish.node');
}

/** The last of what was printed, where the reason is; of Ninja and Make, not what went well. */
function complaints({ stdout, stderr }: SpawnSyncReturns<string>): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines
    .filter((line) => !/^(\[ *\d+[/%]|-- )/.test(line))
    .slice(-30)
    .join('\n');
}

/** Puts it where the loader looks first: whole, and without touching one that a process has open. */
function place(addon: string): void {
  const fresh = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  try {
    copyFileSync(addon, fresh);
    renameSync(fresh, target);
  } finally {
    rmSync(fresh, { force: true });
  }
}

async function run(operands: readonly string[], flags: Flags, output: Output): Promise<number> {
  checkNoOperands(operands);
  if (!existsSync(join(root, 'CMakeLists.txt'))) throw cannot(`its sources are not in ${root}.`);
  const required = requirements();
  const directory = mkdtempSync(join(tmpdir(), 'node-mish-build-'));
  try {
    output.print(printable(`Compiling in ${directory}`));
    place(compile(directory, Boolean(flags['cuda']), required));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  if (backend.file !== target) throw cannot(`it was made, but cannot be used. ${backend.reason}`);
  output.print(printable(`${target}: loads, ${backend.isa ?? backend.reason}`));
  return 0;
}

export const build: Command = {
  name: 'build',
  summary: 'compile the native addon here, where none was shipped',
  help,
  flags: { cuda: { type: 'boolean' } },
  run,
};
