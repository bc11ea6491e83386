// Finds and loads the addon; the only file that opens binaries. Loads at first use, never throws and
// never prints: a failure is a value that says what was tried and why each thing failed.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { HostArray } from './dtype.ts';
import { elfProblem } from './elf.ts';

/** What the addon exports; binding/addon.cc is the other side. */
export interface Addon {
  readonly abi: number;
  /** What compiled it, with its version. */
  readonly compiler: string;
  /** Names in the order of the indices that `run` takes and returns. */
  readonly ops: readonly string[];
  readonly dtypes: readonly string[];
  readonly statuses: readonly string[];
  /** ISA levels that this CPU runs, best first; the best is selected. */
  readonly levels: readonly string[];
  select(isa: string): boolean;
  /** A dtype of -1 is the one that the first operand's kind says. Looks at all operands before it writes. */
  run(op: number, dtype: number, ...operands: readonly unknown[]): number;
  /**
   * `settle` is called for each job that was submitted and has ended, with its record, and false when it was
   * ended early. Once is enough for the environment, also where this is loaded twice: then the first one's is called.
   */
  connect(settle: (record: never, done: boolean) => void): number;
  /** Goes on with jobs that have ended: what `settle` called without a record asks for, in another turn. */
  settleMore(): void;
  /**
   * Leaves the operation to the pool's threads. The record is kept until then, and must keep the operands'
   * memory, which must stay where it is, and `aborted`, whose element ends the job once it is not 0.
   */
  submit(
    record: object,
    aborted: Int32Array | undefined,
    op: number,
    dtype: number,
    ...operands: readonly unknown[]
  ): number;
  /** Ends those submitted jobs that are aborted and wait for their turn. */
  sweep(): void;
  /** For the whole process; a count of 0 takes back what was set so. */
  setThreads(count: number, ofEnvironment: boolean): void;
  /** The threads that a large call uses, and the name of what says so. */
  threads(): { readonly count: number; readonly from: string };
  copy(streaming: boolean, dtype: number, source: HostArray, target: HostArray): number;
}

export type NativeLoad =
  | { readonly addon: Addon; readonly file: string }
  | { readonly addon?: undefined; readonly reason: string };

const expectedAbi = 5;

const require: NodeJS.Require = createRequire(import.meta.url);
const root: string = fileURLToPath(new URL('..', import.meta.url));
const platform = `${process.platform}-${process.arch}`;

let loaded: NativeLoad | undefined;

/** The addon, or why there is none; decided once. */
export function loadNative(): NativeLoad {
  loaded ??= findNative();
  return loaded;
}

/** A local build, else the shipped binary at its literal path, else wherever node-gyp-build finds one. */
function candidates(): string[] {
  const files = [
    `${root}build/Release/node-mish.node`,
    `${root}prebuilds/${platform}/node-mish.node`,
  ];
  try {
    const found = (require('node-gyp-build') as { resolve(directory: string): string }).resolve(
      root,
    );
    if (!files.includes(found)) files.push(found);
  } catch {
    // It found nothing, or is not installed: then the paths above are all there is to report.
  }
  return files;
}

function findNative(): NativeLoad {
  const failures: string[] = [];
  for (const file of candidates()) {
    const result = tryFile(file);
    if (typeof result !== 'string') return { addon: result, file };
    failures.push(`  - ${file}: ${result}`);
  }
  return {
    addon: undefined,
    reason: [
      `the native addon could not be loaded on ${platform}, Node ${process.versions.node}. Tried:`,
      ...failures,
      `  To get it: a version of node-mish that ships a binary for ${platform}; or, in a checkout with CMake and a C++ compiler, npm run build:native`,
    ].join('\n'),
  };
}

/** The addon in that file, or why it cannot be used. */
function tryFile(file: string): Addon | string {
  try {
    if (!existsSync(file)) return 'no such file';
    const problem = process.platform === 'linux' ? elfProblem(file, process.arch) : undefined;
    if (problem) return problem;
    const addon = require(file) as Addon;
    if (addon.abi !== expectedAbi) {
      return `a stale build: its ABI number is ${addon.abi}, this version of node-mish needs ${expectedAbi}. Build again`;
    }
    return addon;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ? `${code}: ${message}` : message;
  }
}

/** The version of this package. */
export const version: string = (require('../package.json') as { version: string }).version;
