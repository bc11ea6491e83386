// The JS backend: every operation in every dtype on any JavaScript engine, evaluated in double and
// rounded once. The readable reference for the native kernels, and what serves where they cannot.

import { type DType, dtypes, type HostArray, isHalf } from '../../base/dtype.ts';
import { halfCodecs } from '../../base/half.ts';
import { typedArrayBuffer, typedArrayByteOffset, typedArrayLength } from '../../base/intrinsics.ts';
import { type Op, opNames, ops } from '../../base/ops.ts';
import { onceATurn } from '../event-loop.ts';
import { arrayBackend, hostMemory } from '../host-memory.ts';
import type { ArrayBackend, AsyncJob } from '../interface.ts';
import { checkHostOverlap } from '../overlap.ts';
import * as float32 from './float32.ts';
import { float32Arrays } from './float32-arrays.ts';
import * as float64 from './float64.ts';
import { computeInWorker, sweepWaiting } from './js-async.ts';
import {
  type Block,
  blockLength,
  type Kernel,
  type Kernels,
  makeKernels,
  withFloat32Factors,
} from './kernels.ts';

function run(op: Op, dtype: DType, inputs: readonly HostArray[], outputs: readonly HostArray[]) {
  const length = typedArrayLength(inputs[0]);
  checkHostOverlap(op, dtypes[dtype].bytes, inputs, outputs);
  const kernel = kernelsOf[dtype][op];
  if (length <= short) kernel(inputs, outputs, length);
  else kernel(ownViews(dtype, inputs), ownViews(dtype, outputs), length);
}

/**
 * A caller's array may be a subclass, or have properties: loops over each kind of those would be
 * compiled anew, and in the end for none. A view costs 36 ns, so short arrays are taken as they are.
 */
const short = 64;

function ownViews(dtype: DType, arrays: readonly HostArray[]): HostArray[] {
  const { array: View } = dtypes[dtype];
  return arrays.map(
    (array) =>
      new View(typedArrayBuffer(array), typedArrayByteOffset(array), typedArrayLength(array)),
  );
}

const newBlocks = (count: number) =>
  Array.from({ length: count }, () => new Float64Array(blockLength));
const [inputBlocks, outputBlocks] = [newBlocks(3), newBlocks(2)];

/** Block by block; all operands of a block are read before any result of it is written. */
function inBlocks(dtype: DType, kernels: Kernels<Block>): Kernels<HostArray> {
  const inBlocksOf = (op: Op): Kernel<HostArray> => {
    const kernel = kernels[op];
    const { readsOutput } = ops[op];
    return (inputs, outputs, length) => {
      for (let begin = 0; begin < length; begin += blockLength) {
        const count = Math.min(blockLength, length - begin);
        for (let i = 0; i < inputs.length; i++) {
          load(dtype, inputs[i]!, begin, count, inputBlocks[i]!);
        }
        if (readsOutput) load(dtype, outputs[0]!, begin, count, outputBlocks[0]!);
        kernel(inputBlocks, outputBlocks, count);
        for (let i = 0; i < outputs.length; i++) {
          store(dtype, outputBlocks[i]!, count, outputs[i]!, begin);
        }
      }
    };
  };
  return Object.fromEntries(opNames.map((op) => [op, inBlocksOf(op)])) as Kernels<HostArray>;
}

function load(dtype: DType, from: HostArray, begin: number, count: number, to: Block): void {
  if (isHalf(dtype)) halfCodecs[dtype].toNumbers(from as Uint16Array, begin, count, to);
  else for (let i = 0; i < count; i++) to[i] = from[begin + i]!;
}

/** Rounds; NaN of any sign and payload becomes the quiet NaN that all devices store. */
function store(dtype: DType, from: Block, count: number, to: HostArray, begin: number): void {
  if (isHalf(dtype)) halfCodecs[dtype].fromNumbers(from, count, to as Uint16Array, begin);
  else {
    for (let i = 0; i < count; i++) {
      const value = from[i]!;
      to[begin + i] = Number.isNaN(value) ? Number.NaN : value;
    }
  }
}

const halfKernels = makeKernels(withFloat32Factors(float32));
const kernelsOf: Readonly<Record<DType, Kernels<HostArray>>> = {
  float32: float32Arrays as Kernels<HostArray>,
  float64: inBlocks('float64', makeKernels(float64)),
  float16: inBlocks('float16', halfKernels),
  bfloat16: inBlocks('bfloat16', halfKernels),
};

function runAsync(job: AsyncJob<HostArray>): void {
  checkHostOverlap(job.op, dtypes[job.dtype].bytes, job.inputs, job.outputs);
  computeInWorker(run, job);
}

export const jsBackend: ArrayBackend = arrayBackend({
  ...hostMemory,
  takeOver: () => undefined, // a worker gives memory back under another buffer, so it is given copies
  run,
  runUnchecked: () => undefined, // its checks are those of every call
  runAsync,
  sweep: onceATurn(sweepWaiting),
});
