// The request of `node-mish bench`, from its flags: lists of operations, dtypes, sizes, threads and levels.
import { availability } from '../../backend/registry.ts';
import { suggestion } from '../../base/did-you-mean.ts';
import { type DType, dtypeNames } from '../../base/dtype.ts';
import { isThreadCount, type Precision, threadCountProblem } from '../../base/options.ts';
import { type Command, type Flags, usageError } from '../command.ts';
import { hostLevel, type Plan } from './measure.ts';
import { type BenchOp, benchOps } from './operations.ts';
import { allThreads, canChooseThreads } from './threads.ts';

export const benchFlags: Command['flags'] = {
  op: { type: 'string' },
  dtype: { type: 'string' },
  precision: { type: 'string' },
  size: { type: 'string' },
  threads: { type: 'string' },
  isa: { type: 'string' },
  quick: { type: 'boolean' },
  json: { type: 'boolean' },
  save: { type: 'string' },
  chart: { type: 'string' },
};

export interface Request {
  readonly plan: Plan;
  /** ISA levels, each in a process of its own but for the one in use. */
  readonly levels: readonly string[];
}

const ki = (...counts: readonly number[]) => counts.map((count) => count * 1024);
const usualSizes = ki(1, 4, 16, 64, 256, 1024, 4096, 16384, 65536);
/** In JavaScript an element takes 10 to 50 times as long. */
const usualSizesInJs = usualSizes.filter((size) => size <= 2 ** 20);
const quickSizes = ki(1, 64, 1024);
const largest = 2 ** 30;

const parts = (text: string) => text.split(',').map((part) => part.trim());

/** The flag's list, each one of `allowed`; undefined without the flag. */
function choices<T extends string>(
  flags: Flags,
  name: string,
  allowed: readonly T[],
): readonly T[] | undefined {
  const value = flags[name] as string | undefined;
  if (value === undefined) return undefined;
  const wrong = parts(value).find((part) => !allowed.includes(part as T));
  if (wrong === undefined) return [...new Set(parts(value))] as T[];
  throw usageError(
    `--${name}: expected some of ${allowed.join(', ')}; got '${wrong}'.${suggestion(wrong, allowed)}`,
  );
}

function sizesOf(flags: Flags): readonly number[] | undefined {
  const value = flags['size'] as string | undefined;
  if (value === undefined) return undefined;
  return [...new Set(parts(value).map(sizeOf))].sort((a, b) => a - b);
}

function sizeOf(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,10}) ?(Ki|Mi|)$/.exec(text) ?? [];
  const size = Number(digits) * { '': 1, Ki: 2 ** 10, Mi: 2 ** 20 }[unit]!;
  if (size >= 1 && size <= largest) return size;
  throw usageError(`--size: expected 1 to 1024Mi elements, as 1000,64Ki,16Mi; got '${text}'.`);
}

function threadsOf(flags: Flags): readonly number[] {
  const all = allThreads();
  const asked = parts((flags['threads'] as string | undefined) ?? '1,all').map((text) => {
    const count = text === 'all' ? all : Number(text);
    if (/^(\d+|all)$/.test(text) && isThreadCount(count) && (count === 1 || canChooseThreads())) {
      return count;
    }
    if (canChooseThreads()) throw usageError(threadCountProblem('--threads', 'all', `'${text}'`));
    throw usageError(`--threads: expected 1: JavaScript has no more; got '${text}'.`);
  });
  return [...new Set(asked)];
}

function levelsOf(flags: Flags): readonly string[] {
  const inUse = hostLevel();
  const cpu = availability('cpu');
  const known = (inUse !== 'js' && cpu.backend && cpu.levels) || [inUse];
  const asked = choices(flags, 'isa', ['all', ...known]);
  if (!asked) return [inUse];
  return asked.includes('all') ? known : asked;
}

export function requestOf(flags: Flags): Request {
  const quick = flags['quick'] === true;
  const js = hostLevel() === 'js';
  const dtypes: readonly DType[] = quick ? ['float32'] : dtypeNames;
  const usual = quick ? quickSizes : js ? usualSizesInJs : usualSizes;
  const ops: readonly BenchOp[] = ['forward', 'backward'];
  const precisions: readonly Precision[] = ['exact', 'fast'];
  const plan: Plan = {
    ops: choices(flags, 'op', benchOps) ?? ops,
    dtypes: choices(flags, 'dtype', dtypeNames) ?? dtypes,
    precisions: choices(flags, 'precision', precisions) ?? precisions,
    sizes: sizesOf(flags) ?? usual,
    threads: threadsOf(flags),
    effort: quick ? { milliseconds: 30, leastRounds: 3 } : { milliseconds: 250, leastRounds: 7 },
  };
  return { plan, levels: levelsOf(flags) };
}
