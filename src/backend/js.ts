// The JS backend: every operation in every dtype on any JavaScript engine, evaluated in double and
// rounded once. The readable reference for the native kernels, and what serves where they cannot.
import type { Backend } from '../backend.ts';
import { type DType, dtypes, type HalfDType, type HostArray, isHalf } from '../dtype.ts';
import { type HalfCodec, halfCodecs } from '../half.ts';
import { type Op, type OpOperands, ops } from '../ops.ts';
import { type ByteRange, byteRange, rangesOverlap } from '../typed-array.ts';
import { hostMemory } from './host.ts';
import * as float32 from './js/float32.ts';
import * as float64 from './js/float64.ts';
import { type Loop, type Loops, makeLoops, type Wide } from './js/loops.ts';
import { overlapError } from './overlap.ts';

// A derivative is rounded to float32 before it multiplies halves: that product is exact in double.
const loopsOf: Readonly<Record<'float32' | 'float64' | 'half', Loops>> = {
  float32: makeLoops(float32),
  float64: makeLoops(float64),
  half: makeLoops(float32, Math.fround),
};

function run(op: Op, dtype: DType, inputs: readonly HostArray[], outputs: readonly HostArray[]) {
  const { bytes, view } = dtypes[dtype];
  const ranges = (arrays: readonly HostArray[]) => arrays.map((array) => byteRange(array, bytes));
  // Views of our own: a caller's array may be a subclass, or say a length that is not its own.
  const views = (of: readonly ByteRange[]) =>
    of.map(({ buffer, begin, end }) => new view(buffer, begin, (end - begin) / bytes));

  const [inputRanges, outputRanges] = [ranges(inputs), ranges(outputs)];
  checkOverlap(ops[op], inputRanges, outputRanges);
  const [x, out] = [views(inputRanges), views(outputRanges)];
  if (isHalf(dtype)) runHalf(op, dtype, x, out);
  else loopsOf[dtype][op](x as Wide[], out as Wide[]);
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

// Half types pass through double in blocks that stay in the first-level cache: 1024 elements of at
// most five operands are 40 kB.
const blockLength = 1024;

function runHalf(
  op: Op,
  dtype: HalfDType,
  inputs: readonly HostArray[],
  outputs: readonly HostArray[],
) {
  const codec = halfCodecs[dtype];
  const wideInputs = inputs.map(() => new Float64Array(blockLength));
  const wideOutputs = outputs.map(() => new Float64Array(blockLength));
  const length = inputs[0]?.length ?? 0;
  for (let begin = 0; begin < length; begin += blockLength) {
    const end = Math.min(begin + blockLength, length);
    for (const [i, input] of inputs.entries()) widen(codec, input, begin, end, wideInputs[i]!);
    if (ops[op].readsOutput) widen(codec, outputs[0]!, begin, end, wideOutputs[0]!);
    runBlock(loopsOf.half[op], wideInputs, wideOutputs, end - begin);
    for (const [i, output] of outputs.entries()) narrow(codec, wideOutputs[i]!, output, begin, end);
  }
}

function runBlock(
  loop: Loop,
  inputs: readonly Float64Array[],
  outputs: readonly Float64Array[],
  length: number,
) {
  const head = (array: Float64Array) =>
    length === blockLength ? array : array.subarray(0, length);
  loop(inputs.map(head), outputs.map(head));
}

function widen(
  codec: HalfCodec,
  from: HostArray,
  begin: number,
  end: number,
  to: Float64Array,
): void {
  for (let i = begin; i < end; i++) to[i - begin] = codec.toNumber(from[i]!);
}

function narrow(
  codec: HalfCodec,
  from: Float64Array,
  to: HostArray,
  begin: number,
  end: number,
): void {
  for (let i = begin; i < end; i++) to[i] = codec.fromNumber(from[i - begin]!);
}

export const jsBackend: Backend<HostArray> = { ...hostMemory, run };
