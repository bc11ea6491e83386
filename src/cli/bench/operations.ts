// Operations to time: each as users call it, with `out` given, on memory that was touched before.

import { mish, mishBackward, mishDerivative, mishDoubleBackward } from '../../api/mish.ts';
import { type DType, dtypes, type HostArray, isHalf } from '../../base/dtype.ts';
import type { Precision } from '../../base/options.ts';
import { encode } from '../../tensor/convert.ts';
import type { Call } from './timing.ts';

/** Operands that an operation reads and writes; an operand that it does both with counts twice. */
const traffic = {
  forward: { reads: 1, writes: 1 },
  derivative: { reads: 1, writes: 1 },
  derivative2: { reads: 1, writes: 1 },
  backward: { reads: 2, writes: 1 },
  accumulate: { reads: 3, writes: 1 },
  'double-backward': { reads: 3, writes: 2 },
} as const;

export type BenchOp = keyof typeof traffic;
export const benchOps = Object.keys(traffic) as readonly BenchOp[];

/** Bytes that one element reads and writes. */
export function bytesPerElement(op: BenchOp, dtype: DType): number {
  const { reads, writes } = traffic[op];
  return (reads + writes) * dtypes[dtype].bytes;
}

/** Memory for any of those operations on `size` elements, filled with values as layers have them. */
export function fillMemory(ops: readonly BenchOp[], dtype: DType, size: number): HostArray {
  const operands = Math.max(...ops.map((op) => traffic[op].reads + traffic[op].writes));
  const memory = new dtypes[dtype].array(operands * size);
  const some = encode(normalValues(Math.min(size, 2 ** 16)), dtype);
  for (let begin = 0; begin < memory.length; begin += some.length) {
    memory.set(some.subarray(0, memory.length - begin), begin);
  }
  return memory;
}

/** Normal deviates by Box and Muller, the same on every run. */
function normalValues(count: number): Float64Array {
  let state = 1;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

export interface Work {
  readonly op: BenchOp;
  readonly dtype: DType;
  readonly precision: Precision;
  readonly size: number;
}

/** The operation on consecutive parts of that memory. */
export function operationOf({ op, dtype, precision, size }: Work, memory: HostArray): Call {
  // The types of the calls tell dtypes apart; here one function serves all.
  const part = (i: number) => memory.subarray(i * size, (i + 1) * size) as Float32Array;
  const [x, dy, third, fourth] = [part(0), part(1), part(2), part(3)];
  const options = {
    ...(isHalf(dtype) ? { dtype } : {}),
    ...(precision === 'fast' ? { precision } : {}),
  };
  const [second, secondTwo] = [
    { ...options, out: dy },
    { ...options, out: dy, order: 2 },
  ] as const;
  const gradient = { ...options, out: third };
  const sum = { ...gradient, accumulate: true };
  const pair = { ...options, out: { x: fourth, dy: part(4) } };
  const calls: Readonly<Record<BenchOp, Call>> = {
    forward: () => mish(x, second),
    derivative: () => mishDerivative(x, second),
    derivative2: () => mishDerivative(x, secondTwo),
    backward: () => mishBackward(x, dy, gradient),
    accumulate: () => mishBackward(x, dy, sum),
    'double-backward': () => mishDoubleBackward(x, dy, third, pair),
  };
  return calls[op];
}

/**
 * The two halves of the memory that the operation goes over: copying one to the other reads and writes
 * as many bytes, in the same memory, so that neither finds more of it in a cache.
 */
export function halvesOf({ op, size }: Work, memory: HostArray): [HostArray, HostArray] {
  const { reads, writes } = traffic[op];
  const half = Math.floor(((reads + writes) * size) / 2);
  return [memory.subarray(0, half), memory.subarray(half, 2 * half)];
}
