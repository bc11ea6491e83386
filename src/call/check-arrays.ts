// The operands of a call on typed arrays, checked: what each really is, and that they are alike.
import { type HostOperand, hostOperand } from '../base/array-operand.ts';
import { bytesOfElements, bytesOperand, isBytesKind } from '../base/bytes.ts';
import { checkDType, type HalfDType, type HostArray, isHalf } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import {
  hasImmutableBuffers,
  isImmutable,
  threeAtMost,
  typedArrayBuffer,
} from '../base/intrinsics.ts';
import { type Op, ops } from '../base/ops.ts';
import { checkPrecision } from '../base/options.ts';
import { dtypeError, type RunOptions } from '../tensor/run.ts';
import { checkBytes } from './check-bytes.ts';
import { type CheckedArrays, immutableError, type Values } from './checked.ts';

const noParts: readonly string[] = [];

/** Checks every operand. Makes no views and grows no arrays: either takes much of the time of a call of one element. */
export function checkArrays(
  op: Op,
  inputs: Values,
  outs: Values,
  options: RunOptions,
): CheckedArrays {
  const names = ops[op];
  const bytes = options.dtype === undefined ? undefined : bytesOperand(names.inputs[0]!, inputs[0]);
  if (bytes) return checkBytes(op, bytes, inputs, outs, options);
  const dtype = options.dtype === undefined ? undefined : checkDType(options.dtype);
  const bits = dtype && isHalf(dtype) ? dtype : undefined;
  const x = hostOperand(names.inputs[0]!, inputs[0], bits);
  const operand = (i: number) => (i === 0 ? x : otherOperand(names.inputs[i]!, inputs[i], x, bits));
  const operands = threeAtMost(inputs.length, operand);
  if (dtype !== undefined && dtype !== x.dtype) throw dtypeError(x.dtype, dtype);
  const precision = checkPrecision(options.precision, x.dtype);
  const target = (i: number) =>
    outs[i] === undefined ? undefined : otherOperand(names.outputs[i]!, outs[i], x, bits);
  const given = outs.length === 1 ? [target(0)] : [target(0), target(1)];
  const sources = threeAtMost(inputs.length, (i) =>
    i === 0 ? x.array : checkSame(names.inputs[i]!, operands[i]!, x),
  );
  for (let i = 0; i < given.length; i++) {
    if (!given[i]) continue;
    checkSame(names.outputs[i]!, given[i]!, x);
    if (hasImmutableBuffers && isImmutable(typedArrayBuffer(given[i]!.array))) {
      throw immutableError(names.outputs[i]!);
    }
  }
  const targets = given.length === 1 ? [given[0]?.array] : [given[0]?.array, given[1]?.array];
  return { x, sources, targets, precision, parts: noParts, finish: undefined };
}

/** An operand beside x, which is a typed array. @throws as hostOperand, with a remedy that is right beside x */
function otherOperand(name: string, value: unknown, x: HostOperand, bits: HalfDType | undefined) {
  if (!bytesOperand(name, value)) return hostOperand(name, value, bits);
  const array = `new ${x.kind}(buffer, byteOffset, length)`;
  throw mishError(
    'ERR_MISH_DTYPE',
    `${name}: expected a ${x.kind}, as x is; got ${describe(value)}. Pass both as bytes with { dtype }, or view its bytes as elements: ${array}.`,
  );
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

/** The new array in the kind that x has: a Float16Array's elements are computed as bits, bytes as elements. */
export function resultOf(
  { kind, dtype }: Pick<HostOperand, 'kind' | 'dtype'>,
  view: HostArray,
): unknown {
  if (isBytesKind(kind)) return bytesOfElements(kind, view, dtype);
  if (kind !== 'Float16Array') return view;
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (buffer: ArrayBufferLike) => unknown;
  };
  return new Float16Array(view.buffer);
}
