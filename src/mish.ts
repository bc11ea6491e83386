// The functional API: the four operations on numbers, typed arrays and Tensors. Options are read
// first, memory is looked at last, and nothing is written before every check has passed.
import { backendOf, type Device, type DeviceSpec, deviceOption, resolveDevice } from './device.ts';
import {
  allocateHost,
  checkDType,
  type DType,
  type FloatArray,
  type HalfDType,
  type HostArray,
  isHalf,
} from './dtype.ts';
import { describe, mishError } from './errors.ts';
import { type HostOperand, hostOperand } from './host-array.ts';
import { type Op, ops } from './ops.ts';
import { checkFlag, checkPrecision, type Precision, readOptions } from './options.ts';
import type { Shape } from './shape.ts';
import { isTensor, makeTensor, type Tensor, useTensor } from './tensor.ts';
import { checkAlike, checkDevice, runOnCores } from './tensor-core.ts';

export interface OpOptions {
  /** Where to compute; without it host arrays are computed on the host, tensors where they live. */
  readonly device?: DeviceSpec | Device;
  /** float32 only; 'exact' unless given. */
  readonly precision?: Precision;
}
export interface Half {
  /** A Uint16Array does not say which half format it holds. */
  readonly dtype: HalfDType;
}
export interface Out<A> {
  /** Written and returned; may be an input itself (in place), never partly overlap one. */
  readonly out?: A;
}
/** out += result instead of out = result; needs out, which must not be an input. */
export interface Accumulate {
  readonly accumulate?: boolean;
}
export interface Order {
  /** 1 for f', the default; 2 for f''. */
  readonly order?: 1 | 2;
}
export interface OutPair<A> {
  readonly out?: { readonly x?: A; readonly dy?: A };
}

/** What the options say, read and checked as far as they can be without the operands. */
interface Call {
  readonly op: Op;
  readonly inputs: readonly unknown[];
  readonly outs: readonly unknown[];
  readonly dtype: unknown;
  readonly device: unknown;
  readonly precision: unknown;
}

/** Runs a call on typed arrays or tensors; the results, in the order of the op's outputs. */
function execute(call: Call): readonly unknown[] {
  return isTensor(call.inputs[0]) ? executeOnTensors(call) : executeOnArrays(call);
}

function executeOnTensors({
  op,
  inputs,
  outs,
  dtype,
  device,
  precision,
}: Call): readonly unknown[] {
  const cores = inputs.map((input, i) => useTensor(ops[op].inputs[i]!, input));
  const [x] = cores;
  if (!x) return [];
  if (dtype !== undefined && checkDType(dtype) !== x.dtype) {
    throw mishError('ERR_MISH_DTYPE', `dtype: the tensors hold ${x.dtype}; got '${dtype}'.`);
  }
  checkPrecision(precision, x.dtype);
  if (device !== undefined) checkDevice('device', resolveDevice('device', device), x);
  const targets = outs.map((out, i) =>
    out === undefined ? undefined : useTensor(ops[op].outputs[i]!, out),
  );
  for (const [i, core] of cores.entries()) checkAlike(ops[op].inputs[i]!, core, x);
  for (const [i, core] of targets.entries()) if (core) checkAlike(ops[op].outputs[i]!, core, x);
  return runOnCores(op, cores, targets).map((parts, i) => (parts ? makeTensor(parts) : outs[i]));
}

function executeOnArrays({ op, inputs, outs, dtype, device, precision }: Call): readonly unknown[] {
  const half = dtype === undefined ? undefined : checkDType(dtype);
  const bits = half && isHalf(half) ? half : undefined;
  const backend = backendOf(deviceOption(device));
  const operands = inputs.map((input, i) => hostOperand(ops[op].inputs[i]!, input, bits));
  const [x] = operands;
  if (!x) return [];
  if (half !== undefined && half !== x.dtype) {
    throw mishError('ERR_MISH_DTYPE', `dtype: x holds ${x.dtype}; got '${half}'.`);
  }
  checkPrecision(precision, x.dtype);
  const targets = outs.map((out, i) =>
    out === undefined ? undefined : hostOperand(ops[op].outputs[i]!, out, bits),
  );
  for (const [i, operand] of operands.entries()) checkSame(ops[op].inputs[i]!, operand, x);
  for (const [i, target] of targets.entries())
    if (target) checkSame(ops[op].outputs[i]!, target, x);
  const views = targets.map((target) => target?.view ?? allocateHost(x.dtype, x.view.length));
  backend.run(
    op,
    x.dtype,
    operands.map((operand) => operand.view),
    views,
  );
  return views.map((view, i) => outs[i] ?? resultOf(x, view));
}

/** @throws ERR_MISH_DTYPE or ERR_MISH_LENGTH unless an operand has x's kind and length */
function checkSame(name: string, operand: HostOperand, x: HostOperand): void {
  if (operand.kind !== x.kind) {
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected a ${x.kind}, as x is; got a ${operand.kind}.`,
    );
  }
  if (operand.view.length !== x.view.length) {
    throw mishError(
      'ERR_MISH_LENGTH',
      `${name}: expected ${x.view.length} elements, as x has; got ${operand.view.length}.`,
    );
  }
}

/** The new array in the kind that x has: a Float16Array's elements are computed as bits. */
function resultOf(x: HostOperand, view: HostArray): unknown {
  if (x.kind !== 'Float16Array') return view;
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (buffer: ArrayBufferLike) => unknown;
  };
  return new Float16Array(view.buffer);
}

// Numbers pass through one pair of arrays: making two for each call cost more than computing it.
const [numberIn, numberOut] = [new Float64Array(1), new Float64Array(1)];
const [numbersIn, numbersOut] = [[numberIn], [numberOut]];

function onNumber(op: Op, x: number): number {
  numberIn[0] = x;
  backendOf(deviceOption(undefined)).run(op, 'float64', numbersIn, numbersOut);
  return numberOut[0]!;
}

const common = ['device', 'precision', 'dtype', 'out'] as const;

/**
 * f(x) = x tanh(softplus(x)), elementwise; a number by the host's float64 kernel.
 * float32 and half results are correctly rounded. f(-inf) = -0, f(+inf) = +inf.
 * @throws ERR_MISH_ARGUMENT, ERR_MISH_DTYPE, ERR_MISH_LENGTH, ERR_MISH_SHAPE, ERR_MISH_OVERLAP,
 *   ERR_MISH_DETACHED, ERR_MISH_DISPOSED, ERR_MISH_DEVICE_MISMATCH, ERR_MISH_OOM, and those of
 *   `device()`
 */
export function mish(x: number): number;
export function mish<A extends FloatArray>(x: A, options?: OpOptions & Out<A>): A;
export function mish(x: Uint16Array, options: Half & OpOptions & Out<Uint16Array>): Uint16Array;
export function mish<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: OpOptions & Out<Tensor<D, S>>,
): Tensor<D, S>;
export function mish(x: unknown, options?: unknown): unknown {
  const { out, ...rest } = readCall<(typeof common)[number]>(
    options,
    typeof x === 'number' ? [] : common,
  );
  if (typeof x === 'number') return onNumber('forward', x);
  return execute({ op: 'forward', inputs: [x], outs: [out], ...rest })[0];
}

/**
 * f'(x) (order 1, the default) or f''(x) (order 2), elementwise. f'(-inf) = -0, f'(+inf) = 1,
 * f''(+-inf) = -0.
 * @throws as {@link mish}
 */
export function mishDerivative(x: number, options?: Order): number;
export function mishDerivative<A extends FloatArray>(x: A, options?: Order & OpOptions & Out<A>): A;
export function mishDerivative(
  x: Uint16Array,
  options: Order & Half & OpOptions & Out<Uint16Array>,
): Uint16Array;
export function mishDerivative<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: Order & OpOptions & Out<Tensor<D, S>>,
): Tensor<D, S>;
export function mishDerivative(x: unknown, options?: unknown): unknown {
  const known = typeof x === 'number' ? (['order'] as const) : ([...common, 'order'] as const);
  const { out, order, ...rest } = readCall<(typeof common)[number] | 'order'>(options, known);
  if (order !== undefined && order !== 1 && order !== 2) {
    throw mishError('ERR_MISH_ARGUMENT', `order: expected 1 or 2; got ${describe(order)}.`);
  }
  const op = order === 2 ? 'secondDerivative' : 'derivative';
  if (typeof x === 'number') return onNumber(op, x);
  return execute({ op, inputs: [x], outs: [out], ...rest })[0];
}

/**
 * dx = dy f'(x), elementwise. Also the Jacobian-vector product (dy as tangent): the Jacobian is
 * diagonal.
 * @throws as {@link mish}
 */
export function mishBackward<A extends FloatArray>(
  x: A,
  dy: NoInfer<A>,
  options?: OpOptions & Out<NoInfer<A>> & Accumulate,
): A;
export function mishBackward(
  x: Uint16Array,
  dy: Uint16Array,
  options: Half & OpOptions & Out<Uint16Array> & Accumulate,
): Uint16Array;
export function mishBackward<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: OpOptions & Out<Tensor<D, S>> & Accumulate,
): Tensor<D, S>;
export function mishBackward(x: unknown, dy: unknown, options?: unknown): unknown {
  const { out, accumulate, ...rest } = readCall(options, [...common, 'accumulate'] as const);
  const adds = checkFlag('accumulate', accumulate);
  if (adds && out === undefined) {
    throw mishError('ERR_MISH_ARGUMENT', 'accumulate: expected `out` to add to; it is missing.');
  }
  const op = adds ? 'backwardAccumulate' : 'backward';
  return execute({ op, inputs: [x, dy], outs: [out], ...rest })[0];
}

/**
 * Backward of backward: with ddx the cotangent of dx, { x: ddx dy f''(x), dy: ddx f'(x) }, in one
 * pass. The two outs may each be an input, never each other.
 * @throws as {@link mish}
 */
export function mishDoubleBackward<A extends FloatArray>(
  x: A,
  dy: NoInfer<A>,
  ddx: NoInfer<A>,
  options?: OpOptions & OutPair<A>,
): { x: A; dy: A };
export function mishDoubleBackward(
  x: Uint16Array,
  dy: Uint16Array,
  ddx: Uint16Array,
  options: Half & OpOptions & OutPair<Uint16Array>,
): { x: Uint16Array; dy: Uint16Array };
export function mishDoubleBackward<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  ddx: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: OpOptions & OutPair<Tensor<D, S>>,
): { x: Tensor<D, S>; dy: Tensor<D, S> };
export function mishDoubleBackward(
  x: unknown,
  dy: unknown,
  ddx: unknown,
  options?: unknown,
): unknown {
  const { out, ...rest } = readCall(options, common);
  const outs = readOptions(out, ['x', 'dy'], 'out');
  const call = { op: 'doubleBackward', inputs: [x, dy, ddx], outs: [outs.x, outs.dy] } as const;
  const [gradX, gradDy] = execute({ ...call, ...rest });
  return { x: gradX, dy: gradDy };
}

/** The options of a call; those that every operation takes are always present. */
function readCall<K extends string>(options: unknown, allowed: readonly K[]) {
  const read: { [P in K]?: unknown } & Record<string, unknown> = readOptions(options, allowed);
  const { device, precision, dtype } = read;
  return { ...read, device, precision, dtype };
}
