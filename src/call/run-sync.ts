// One operation on what callers pass: looks at typed arrays or tensors, makes memory for results that have
// none, and runs a backend. Memory is looked at last, and nothing is written before every check has passed.
import { arrayBackendOf, type Device, hostDevice } from '../device/device.ts';
import { allocateHost, checkDType, type DType, type HostArray, isHalf } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import { type HostOperand, hostOperand } from '../base/array-operand.ts';
import { type Op, type OperandNames, ops } from '../base/ops.ts';
import { checkPrecision, type Precision } from '../base/options.ts';
import { isTensor, makeTensor, useTensor } from '../tensor/tensor.ts';
import {
  checkAlike,
  checkDevice,
  checkUsable,
  runOnCores,
  type TensorCore,
} from '../tensor/run.ts';

/** What every operation's options may say, read but not yet checked, except that the device is there. */
export interface Call {
  readonly dtype: unknown;
  readonly device: Device | undefined;
  readonly precision: unknown;
}

export type Values = readonly unknown[];

/** @internal Runs an operation on typed arrays or tensors; the results, in the order of its outputs. */
export function execute(op: Op, inputs: Values, outs: Values, call: Call): Values {
  if (isTensor(inputs[0])) return executeOnTensors(op, inputs, outs, call);
  return ranUnseen(op, inputs, outs, call) ? outs : executeOnArrays(op, inputs, outs, call);
}

/**
 * Whether a backend that looks at arrays itself has run the call, which takes half as long as looking at
 * them here and again there. What it does not take is looked at here, which says what is wrong with it.
 */
function ranUnseen(op: Op, inputs: Values, outs: Values, call: Call): boolean {
  const { precision, dtype, device } = call;
  if (dtype !== undefined || outs[0] === undefined) return false;
  if (precision !== undefined && precision !== 'exact' && precision !== 'fast') return false;
  const backend = arrayBackendOf(device ?? hostDevice());
  return backend.tryRun?.(op, inputs, outs, precision ?? 'exact') ?? false;
}

/** @internal The same on tensors only; errors call the operands by those names. */
export function executeOnTensors(
  op: Op,
  inputs: Values,
  outs: Values,
  call: Call,
  names: OperandNames = ops[op],
): Values {
  const { cores, targets, precision } = checkTensors(inputs, outs, call, names, checkUsable);
  return runOnCores(op, cores, targets, precision).map((parts, i) =>
    parts ? makeTensor(parts) : outs[i],
  );
}

/** Tensors that may be the operands of one operation. */
export interface CheckedTensors {
  readonly cores: readonly TensorCore[];
  /** Undefined where there is no tensor to write to. */
  readonly targets: readonly (TensorCore | undefined)[];
  readonly precision: Precision;
}

/** @internal `check` looks at each of them. */
export function checkTensors(
  inputs: Values,
  outs: Values,
  call: Call,
  names: OperandNames,
  check: typeof checkUsable,
): CheckedTensors {
  const cores = threeAtMost(inputs.length, (i) => useTensor(names.inputs[i]!, inputs[i], check));
  const x = cores[0]!;
  if (call.dtype !== undefined && checkDType(call.dtype) !== x.dtype) {
    throw dtypeError(x.dtype, call.dtype);
  }
  const precision = checkPrecision(call.precision, x.dtype);
  if (call.device) checkDevice('device', call.device, x);
  const targets = threeAtMost(outs.length, (i) =>
    outs[i] === undefined ? undefined : useTensor(names.outputs[i]!, outs[i], check),
  );
  for (let i = 0; i < cores.length; i++) checkAlike(names.inputs[i]!, cores[i]!, x);
  for (let i = 0; i < targets.length; i++) {
    if (targets[i]) checkAlike(names.outputs[i]!, targets[i]!, x);
  }
  return { cores, targets, precision };
}

function executeOnArrays(op: Op, inputs: Values, outs: Values, call: Call): Values {
  const backend = arrayBackendOf(call.device ?? hostDevice());
  const { x, sources, targets, precision } = checkArrays(op, inputs, outs, call);
  const result = (i: number) => targets[i] ?? allocateHost(x.dtype, x.length);
  const results = targets.length === 1 ? [result(0)] : [result(0), result(1)];
  backend.run(op, x.dtype, sources, results, precision);
  const returned = (i: number) => outs[i] ?? resultOf(x.kind, results[i]!);
  return results.length === 1 ? [returned(0)] : [returned(0), returned(1)];
}

/** Arrays that may be the operands of one operation. */
export interface CheckedArrays {
  readonly x: HostOperand;
  readonly sources: readonly HostArray[];
  /** Undefined where there is no array to write to. */
  readonly targets: readonly (HostArray | undefined)[];
  readonly precision: Precision;
}

/**
 * @internal Without views or growing arrays: each takes a good part of what a call of one element may.
 */
export function checkArrays(op: Op, inputs: Values, outs: Values, call: Call): CheckedArrays {
  const names = ops[op];
  const dtype = call.dtype === undefined ? undefined : checkDType(call.dtype);
  const bits = dtype && isHalf(dtype) ? dtype : undefined;
  const x = hostOperand(names.inputs[0]!, inputs[0], bits);
  const operand = (i: number) => (i === 0 ? x : hostOperand(names.inputs[i]!, inputs[i], bits));
  const operands = threeAtMost(inputs.length, operand);
  if (dtype !== undefined && dtype !== x.dtype) throw dtypeError(x.dtype, dtype);
  const precision = checkPrecision(call.precision, x.dtype);
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

/**
 * @internal `of` of each index, in an array that no other code gets to see, as it would with a method of
 * arrays that somebody has put another in place of.
 */
export function threeAtMost<T>(count: number, of: (i: number) => T): T[] {
  if (count === 1) return [of(0)];
  return count === 2 ? [of(0), of(1)] : [of(0), of(1), of(2)];
}

function dtypeError(expected: DType, got: unknown) {
  const message = `dtype: expected '${expected}', which x holds; got '${got}'. Leave it out.`;
  return mishError('ERR_MISH_DTYPE', message);
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

/** @internal The new array in the kind that x has: a Float16Array's elements are computed as bits. */
export function resultOf(kind: string, view: HostArray): unknown {
  if (kind !== 'Float16Array') return view;
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (buffer: ArrayBufferLike) => unknown;
  };
  return new Float16Array(view.buffer);
}
