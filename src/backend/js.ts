// The JS backend: every operation in every dtype on any JavaScript engine, evaluated in double and
// rounded once. The readable reference for the native kernels, and what serves where they cannot.
import type { Backend } from '../backend.ts';
import { type DType, dtypes, type HostArray, isHalf } from '../dtype.ts';
import { halfCodecs } from '../half.ts';
import { type Op, type OpOperands, ops } from '../ops.ts';
import { type ByteRange, byteRange, rangesOverlap } from '../typed-array.ts';
import { hostMemory } from './host.ts';
import * as float32 from './js/float32.ts';
import * as float64 from './js/float64.ts';
import {
  type Block,
  blockLength,
  type Kernels,
  makeKernels,
  withFloat32Factors,
} from './js/kernels.ts';
import { overlapError } from './overlap.ts';

const halfKernels = makeKernels(withFloat32Factors(float32));
const kernelsOf: Readonly<Record<DType, Kernels>> = {
  float32: makeKernels(float32),
  float64: makeKernels(float64),
  float16: halfKernels,
  bfloat16: halfKernels,
};

const newBlocks = (count: number) =>
  Array.from({ length: count }, () => new Float64Array(blockLength));
const [inputBlocks, outputBlocks] = [newBlocks(3), newBlocks(2)];

function run(op: Op, dtype: DType, inputs: readonly HostArray[], outputs: readonly HostArray[]) {
  const { bytes, array: View } = dtypes[dtype];
  const ranges = (arrays: readonly HostArray[]) => arrays.map((array) => byteRange(array, bytes));
  // Views of our own: a caller's array may be a subclass, or say a length that is not its own.
  const views = (of: readonly ByteRange[]) =>
    of.map(({ buffer, begin, end }) => new View(buffer, begin, (end - begin) / bytes));

  const [inputRanges, outputRanges] = [ranges(inputs), ranges(outputs)];
  checkOverlap(ops[op], inputRanges, outputRanges);
  runBlocks(op, dtype, views(inputRanges), views(outputRanges));
}

/** Block by block; all operands of a block are read before any result of it is written. */
function runBlocks(
  op: Op,
  dtype: DType,
  inputs: readonly HostArray[],
  outputs: readonly HostArray[],
) {
  const kernel = kernelsOf[dtype][op];
  const length = inputs[0]?.length ?? 0;
  for (let begin = 0; begin < length; begin += blockLength) {
    const count = Math.min(blockLength, length - begin);
    for (const [i, input] of inputs.entries()) load(dtype, input, begin, count, inputBlocks[i]!);
    if (ops[op].readsOutput) load(dtype, outputs[0]!, begin, count, outputBlocks[0]!);
    kernel(inputBlocks, outputBlocks, count);
    for (const [i, output] of outputs.entries()) {
      store(dtype, outputBlocks[i]!, count, output, begin);
    }
  }
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

function checkOverlap(op: OpOperands, inputs: readonly ByteRange[], outputs: readonly ByteRange[]) {
  const [first, second] = outputs;
  if (first && second && rangesOverlap(first, second)) throw overlapError('overlap');
  for (const output of outputs) {
    for (const input of inputs.filter((range) => rangesOverlap(output, range))) {
      if (op.readsOutput) throw overlapError('inputIsOutput');
      if (output.begin !== input.begin) throw overlapError('overlap'); // equal: in place
    }
  }
}

export const jsBackend: Backend<HostArray> = { ...hostMemory, run };
