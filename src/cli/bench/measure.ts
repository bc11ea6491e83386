// The points of a benchmark: each operation beside copies of as many bytes, by turns.
import { freemem } from 'node:os';
import { availability } from '../../backend/registry.ts';
import type { DType, HostArray } from '../../base/dtype.ts';
import { mishError } from '../../base/errors.ts';
import type { Precision } from '../../base/options.ts';
import { hostDevice } from '../../device/default-device.ts';
import {
  type BenchOp,
  bytesPerElement,
  fillMemory,
  halvesOf,
  operationOf,
  type Work,
} from './operations.ts';
import { type Spread, scaled } from './statistics.ts';
import { withThreads } from './threads.ts';
import { type Call, type Effort, timeByTurns } from './timing.ts';

/** Points that differ in size only. */
export interface Series {
  readonly op: BenchOp;
  readonly dtype: DType;
  readonly precision: Precision;
  /** The ISA level of the kernels, or js. */
  readonly isa: string;
  readonly threads: number;
}

export interface Point extends Series {
  readonly size: number;
  readonly rounds: number;
  /** Bytes that the operation reads and writes; a copy, half of it each way. */
  readonly bytes: number;
  /** Nanoseconds of an element. */
  readonly ns: Spread;
  /** The same for a copy of as many bytes: with the process's memcpy, or TypedArray.set without addon. */
  readonly memcpy: Spread;
  /** And for one with streaming stores; the addon has it. */
  readonly streaming?: Spread;
}

export const timesMemcpy = ({ ns, memcpy }: Point): number => ns.median / memcpy.median;
export const timesStreaming = ({ ns, streaming }: Point): number | undefined =>
  streaming && ns.median / streaming.median;
export const gigabytesPerSecond = ({ bytes, size, ns }: Point): number => bytes / size / ns.median;

/** The addon's copy; undefined where JavaScript computes. */
function hostCopy() {
  const cpu = availability('cpu');
  return cpu.backend ? cpu.copy : undefined;
}

/** What memcpy is here. */
export function baseline(): 'memcpy' | 'TypedArray.set' {
  return hostCopy() ? 'memcpy' : 'TypedArray.set';
}

/** Copies of as many bytes as the work moves. */
function copiesOf(work: Work, memory: HostArray): Call[] {
  const [source, target] = halvesOf(work, memory);
  const copy = hostCopy();
  if (!copy) return [() => target.set(source)];
  return (['plain', 'streaming'] as const).map(
    (stores) => () => copy(stores, work.dtype, source, target),
  );
}

function measurePoint(series: Series, size: number, memory: HostArray, effort: Effort): Point {
  const work = { ...series, size };
  const calls = [operationOf(work, memory), ...copiesOf(work, memory)];
  const timed = timeByTurns(calls, effort);
  const [ns, memcpy, streaming] = timed.calls.map((spread) => scaled(spread, 1 / size));
  return {
    ...work,
    rounds: timed.rounds,
    bytes: size * bytesPerElement(series.op, series.dtype),
    ns: ns!,
    memcpy: memcpy!,
    ...(streaming && { streaming }),
  };
}

/** The ISA level of the kernels that compute on the host, or js. */
export function hostLevel(): string {
  if (hostDevice().kind === 'js') return 'js';
  const cpu = availability('cpu');
  return cpu.backend ? (cpu.isa ?? 'unknown') : 'js';
}

export interface Plan {
  readonly ops: readonly BenchOp[];
  readonly dtypes: readonly DType[];
  /** Fast is for float32; other dtypes are exact. */
  readonly precisions: readonly Precision[];
  readonly sizes: readonly number[];
  readonly threads: readonly number[];
  readonly effort: Effort;
}

/** The sizes that fit in half of the free memory. @throws ERR_MISH_OOM when none does */
function sizesThatFit({ ops, sizes }: Plan, dtype: DType): readonly number[] {
  const bytes = Math.max(...ops.map((op) => bytesPerElement(op, dtype)));
  const free = freemem();
  const fitting = sizes.filter((size) => bytes * size < free / 2);
  if (fitting.length > 0) return fitting;
  const asked = `${bytes * Math.min(...sizes)} bytes in less than half of the free ${free}`;
  throw mishError('ERR_MISH_OOM', `--size: expected ${asked}. Choose smaller sizes.`);
}

/** Each series when it is done. */
export function* measure(plan: Plan): Generator<readonly Point[]> {
  const isa = hostLevel();
  for (const dtype of plan.dtypes) {
    const sizes = sizesThatFit(plan, dtype);
    const memory = fillMemory(plan.ops, dtype, Math.max(...sizes));
    const precisions = plan.precisions.filter((each) => each === 'exact' || dtype === 'float32');
    for (const op of plan.ops) {
      for (const precision of precisions) {
        for (const threads of plan.threads) {
          const series = { op, dtype, precision, isa, threads };
          const point = (size: number) => measurePoint(series, size, memory, plan.effort);
          yield withThreads(threads, () => sizes.map(point));
        }
      }
    }
  }
}
