// The functional API: the four operations on numbers, typed arrays and Tensors. Options are read first.
import { backwardOf, common, derivativeOf, type OptionName, readCall } from './call.ts';
import { backendOf, hostDevice, type OpOptions } from './device.ts';
import type { DType, FloatArray, HalfDType, Like } from './dtype.ts';
import { execute } from './execute.ts';
import type { Op } from './ops.ts';
import { readOptions } from './options.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** What every call on raw bits takes. */
export interface Half {
  /** A Uint16Array does not say which half format it holds. */
  readonly dtype: HalfDType;
}
/** Where results go. */
export interface Out<A> {
  /** Written and returned; may be an input itself (in place), never partly overlap one. */
  readonly out?: A;
}
/** out += result instead of out = result; needs out, which must not be an input. */
export interface Accumulate {
  readonly accumulate?: boolean;
}
/** Which derivative. */
export interface Order {
  /** 1 for f', the default; 2 for f''. */
  readonly order?: 1 | 2;
}
/** Where the two results of double backward go, each written and returned; either may be left out. */
export interface OutPair<A> {
  readonly out?: { readonly x?: A; readonly dy?: A };
}

// Numbers pass through one pair of arrays: making two for each call cost more than computing it.
const [numberIn, numberOut] = [new Float64Array(1), new Float64Array(1)];
const [numbersIn, numbersOut] = [[numberIn], [numberOut]];

function onNumber(op: Op, x: number): number {
  numberIn[0] = x;
  backendOf(hostDevice()).run(op, 'float64', numbersIn, numbersOut, 'exact');
  return numberOut[0]!;
}

const withOrder: readonly OptionName[] = [...common, 'order'];
const onlyOrder: readonly OptionName[] = ['order'];
const withAccumulate: readonly OptionName[] = [...common, 'accumulate'];

/**
 * f(x) = x tanh(softplus(x)), elementwise; a number by the host's float64 kernel.
 * float32 and half results are correctly rounded. f(-inf) = -0, f(+inf) = +inf.
 * @throws ERR_MISH_ARGUMENT, ERR_MISH_DTYPE, ERR_MISH_LENGTH, ERR_MISH_SHAPE, ERR_MISH_OVERLAP,
 *   ERR_MISH_DETACHED, ERR_MISH_DISPOSED, ERR_MISH_DEVICE_MISMATCH, ERR_MISH_OOM, and those of
 *   `device()`
 */
export function mish(x: number): number;
export function mish<A extends FloatArray>(x: A, options?: OpOptions & Out<Like<A>>): A;
export function mish(x: Uint16Array, options: Half & OpOptions & Out<Uint16Array>): Uint16Array;
export function mish<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: OpOptions & Out<Tensor<D, S>>,
): Tensor<D, S>;
export function mish(x: unknown, options?: unknown): unknown {
  const call = readCall(options, typeof x === 'number' ? [] : common);
  if (typeof x === 'number') return onNumber('forward', x);
  return execute('forward', [x], [call.out], call)[0];
}

/**
 * f'(x) (order 1, the default) or f''(x) (order 2), elementwise. f'(-inf) = -0, f'(+inf) = 1,
 * f''(+-inf) = -0.
 * @throws as {@link mish}
 */
export function mishDerivative(x: number, options?: Order): number;
export function mishDerivative<A extends FloatArray>(
  x: A,
  options?: Order & OpOptions & Out<Like<A>>,
): A;
export function mishDerivative(
  x: Uint16Array,
  options: Order & Half & OpOptions & Out<Uint16Array>,
): Uint16Array;
export function mishDerivative<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: Order & OpOptions & Out<Tensor<D, S>>,
): Tensor<D, S>;
export function mishDerivative(x: unknown, options?: unknown): unknown {
  const call = readCall(options, typeof x === 'number' ? onlyOrder : withOrder);
  const op = derivativeOf(call.order);
  if (typeof x === 'number') return onNumber(op, x);
  return execute(op, [x], [call.out], call)[0];
}

/**
 * dx = dy f'(x), elementwise. Also the Jacobian-vector product (dy as tangent): the Jacobian is
 * diagonal.
 * @throws as {@link mish}
 */
export function mishBackward<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  options?: OpOptions & Out<Like<A>> & Accumulate,
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
  const call = readCall(options, withAccumulate);
  return execute(backwardOf(call), [x, dy], [call.out], call)[0];
}

/**
 * Backward of backward: with ddx the cotangent of dx, { x: ddx dy f''(x), dy: ddx f'(x) }, in one
 * pass. The two outs may each be an input, never each other.
 * @throws as {@link mish}
 */
export function mishDoubleBackward<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  ddx: Like<A>,
  options?: OpOptions & OutPair<Like<A>>,
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
  const call = readCall(options, common);
  const outs = readOptions(call.out, ['x', 'dy'], 'out');
  const [gradX, gradDy] = execute('doubleBackward', [x, dy, ddx], [outs.x, outs.dy], call);
  return { x: gradX, dy: gradDy };
}
