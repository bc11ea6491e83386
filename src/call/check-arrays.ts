// The operands of a call on typed arrays, checked: what each really is, and that they are alike.
import { type HostOperand, hostOperand } from '../base/array-operand.ts';
import { checkDType, type HostArray, isHalf } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import { threeAtMost } from '../base/intrinsics.ts';
import { type Op, ops } from '../base/ops.ts';
import { checkPrecision, type Precision } from '../base/options.ts';
import { dtypeError, type RunOptions } from '../tensor/run.ts';

/** What a caller passed as the inputs, or as the outputs, of an operation, in its order. */
export type Values = readonly unknown[];

/** Arrays that may be the operands of one operation. */
export interface CheckedArrays {
  readonly x: HostOperand;
  readonly sources: readonly HostArray[];
  /** Undefined where there is no array to write to. */
  readonly targets: readonly (HostArray | undefined)[];
  readonly precision: Precision;
}

/** Checks every operand. Makes no views and grows no arrays: either takes much of the time of a call of one element. */
export function checkArrays(
  op: Op,
  inputs: Values,
  outs: Values,
  options: RunOptions,
): CheckedArrays {
  const names = ops[op];
  const dtype = options.dtype === undefined ? undefined : checkDType(options.dtype);
  const bits = dtype && isHalf(dtype) ? dtype : undefined;
  const x = hostOperand(names.inputs[0]!, inputs[0], bits);
  const operand = (i: number) => (i === 0 ? x : hostOperand(names.inputs[i]!, inputs[i], bits));
  const operands = threeAtMost(inputs.length, operand);
  if (dtype !== undefined && dtype !== x.dtype) throw dtypeError(x.dtype, dtype);
  const precision = checkPrecision(options.precision, x.dtype);
  const target = (i: number) =>
    outs[i] === undefined ? undefined : hostOperand(names.outputs[i]!, outs[i], bits);
  const given = outs.length === 1 ? [target(0)] : [target(0), target(1)];
  const sources = threeAtMost(inputs.length, (i) =>
    i === 0 ? x.array : checkSame(names.inputs[i]!, operands[i]!, x),
  );
  for (let i = 0; i < given.length; i++) {
    if (given[i]) checkSame(names.outputs[i]!, given[i]!, x);
  }
  const targets = given.length === 1 ? [given[0]?.array] : [given[0]?.array, given[1]?.array];
  return { x, sources, targets, precision };
}

/** The operand's array. @throws ERR_MISH_DTYPE or ERR_MISH_LENGTH unless it has x's kind and length */
function checkSame(name: string, operand: HostOperand, x: HostOperand): HostArray {
  if (operand.kind !== x.kind) {
    const isOfBits = x.kind === 'Uint16Array' || operand.kind === 'Uint16Array';
    const remedy = isOfBits // which no conversion of numbers makes
      ? 'Pass both as bits of one half type, as Tensor.from(values, { dtype }).data, or both as floats'
      : `Convert one with ${x.kind}.from()`;
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected a ${x.kind}, as x is; got a ${operand.kind}. ${remedy}.`,
    );
  }
  if (operand.length !== x.length) {
    throw mishError(
      'ERR_MISH_LENGTH',
      `${name}: expected ${x.length} elements, as x has; got ${operand.length}. Pass arrays of one length, or subarrays.`,
    );
  }
  return operand.array;
}

/** The new array in the kind that x has: a Float16Array's elements are computed as bits. */
export function resultOf(kind: string, view: HostArray): unknown {
  if (kind !== 'Float16Array') return view;
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (buffer: ArrayBufferLike) => unknown;
  };
  return new Float16Array(view.buffer);
}
