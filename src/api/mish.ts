// The functional API: Mish and its derivatives on numbers, typed arrays and Tensors. Options are read first.

import type { Bytes } from '../base/bytes.ts';
import type { DType, FloatArray, Like } from '../base/dtype.ts';
import type { Op } from '../base/ops.ts';
import { readOptions } from '../base/options.ts';
import type { Shape } from '../base/shape.ts';
import {
  backwardOf,
  common,
  derivativeOf,
  type OptionName,
  readCall,
} from '../call/call-options.ts';
import { runSync } from '../call/run-sync.ts';
import { hostDevice } from '../device/default-device.ts';
import { backendOf } from '../device/device.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type {
  BackwardOptions,
  DerivativeOptions,
  DoubleBackwardOptions,
  Half,
  MishOptions,
  OfBytes,
  Order,
} from './options.ts';

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
 * Mish of a number: f(x) = x tanh(softplus(x)) = x tanh(ln(1 + e^x)) (Misra, arXiv:1908.08681), by the host's float64
 * kernel. f(-inf) = -0, f(+inf) = +inf, f(NaN) = NaN; zeros keep their sign.
 * @param x - a number
 * @returns f(x)
 * @throws ERR_MISH_ARGUMENT for any option, or a wrong environment variable
 */
export function mish(x: number): number;
/**
 * Mish of each element of a half type given as raw bits; correctly rounded.
 * @param x - bits of float16 or bfloat16
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns `out`, or a new array of the kind and length of x
 * @throws as {@link mish} of a float array
 */
export function mish(x: Uint16Array, options: Half & MishOptions<Uint16Array>): Uint16Array;
/**
 * Mish of each element of a Tensor, where it lives. On a GPU the call returns when the work is enqueued.
 * @param x - a Tensor of any dtype and shape
 * @param options - how to compute; `out`, a Tensor
 * @returns `out`, or a new Tensor of the dtype and shape of x on its device
 * @throws ERR_MISH_DTYPE, ERR_MISH_SHAPE or ERR_MISH_DEVICE_MISMATCH for operands that are not alike, or another
 *   `device`; ERR_MISH_DISPOSED for one that was disposed; ERR_MISH_IN_USE for one that an asynchronous call
 *   has; ERR_MISH_ARGUMENT, ERR_MISH_OVERLAP, ERR_MISH_DETACHED, ERR_MISH_OOM; ERR_MISH_CUDA, ERR_MISH_DEVICE_LOST
 */
export function mish<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: MishOptions<Tensor<D, S>>,
): Tensor<D, S>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns `out`, or new bytes in what x came in
 * @throws as {@link mish} of a float array; ERR_MISH_LENGTH for bytes that are not whole elements
 */
export function mish<B extends Bytes, D extends DType>(
  x: B,
  options: OfBytes<D> & MishOptions<Bytes>,
): B;
/**
 * Mish of each element of a typed array, by the host unless `device` says otherwise. float32 and float16 results are
 * correctly rounded, float64 ones (native) within 0.75 ulp.
 * @param x - a Float32Array, Float64Array or Float16Array of any length
 * @param options - where and how to compute; `out`
 * @returns `out`, or a new array of the kind and length of x
 * @throws ERR_MISH_ARGUMENT for no such array or a bad option; ERR_MISH_DTYPE for arrays of another kind, or of two;
 *   ERR_MISH_LENGTH for lengths that differ; ERR_MISH_OVERLAP for an `out` that partly overlaps an input;
 *   ERR_MISH_DETACHED for an array whose memory is gone; ERR_MISH_OOM; those of {@link device}; ERR_MISH_CUDA
 */
export function mish<A extends FloatArray>(x: A, options?: MishOptions<Like<A>>): A;
export function mish(x: unknown, options?: unknown): unknown {
  const call = readCall(options, typeof x === 'number' ? [] : common);
  if (typeof x === 'number') return onNumber('forward', x);
  return runSync('forward', [x], [call.out], call)[0];
}

/**
 * The derivative of Mish at a number: with t = tanh(softplus(x)) and s = 1 / (1 + e^-x), f'(x) = t + x s (1 - t^2), or
 * f''(x) = s (1 - t^2) (2 + x (1 - s - 2 s t)) with `order` 2. f'(-inf) = -0, f'(+inf) = 1, f''(-inf) = f''(+inf) = -0.
 * @param x - a number
 * @param options - `order`
 * @returns f'(x) or f''(x)
 * @throws as {@link mish}
 */
export function mishDerivative(x: number, options?: Order): number;
/**
 * The derivative at each element of a half type given as raw bits; correctly rounded.
 * @param x - bits of float16 or bfloat16
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns `out`, or a new array of the kind and length of x
 * @throws as {@link mish}
 */
export function mishDerivative(
  x: Uint16Array,
  options: Half & DerivativeOptions<Uint16Array>,
): Uint16Array;
/**
 * The derivative at each element of a Tensor, where it lives.
 * @param x - a Tensor of any dtype and shape
 * @param options - `order`; how to compute; `out`, a Tensor
 * @returns `out`, or a new Tensor of the dtype and shape of x on its device
 * @throws as {@link mish}
 */
export function mishDerivative<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: DerivativeOptions<Tensor<D, S>>,
): Tensor<D, S>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns `out`, or new bytes in what x came in
 * @throws as {@link mish} of a float array; ERR_MISH_LENGTH for bytes that are not whole elements
 */
export function mishDerivative<B extends Bytes, D extends DType>(
  x: B,
  options: OfBytes<D> & DerivativeOptions<Bytes>,
): B;
/**
 * The derivative at each element of a typed array. float32 and float16 results are correctly rounded; float64 ones
 * (native) are within 0.75 ulp for f' and 2 ulp for f'', or 2^-50 absolute within 0.01 of a root of f''.
 * @param x - a Float32Array, Float64Array or Float16Array of any length
 * @param options - `order`; where and how to compute; `out`
 * @returns `out`, or a new array of the kind and length of x
 * @throws as {@link mish}
 */
export function mishDerivative<A extends FloatArray>(x: A, options?: DerivativeOptions<Like<A>>): A;
export function mishDerivative(x: unknown, options?: unknown): unknown {
  const call = readCall(options, typeof x === 'number' ? onlyOrder : withOrder);
  const op = derivativeOf(call.order);
  if (typeof x === 'number') return onNumber(op, x);
  return runSync(op, [x], [call.out], call)[0];
}

/**
 * The gradient of x in a half type, given as raw bits: dy times float32(f'(x)), correctly rounded.
 * @param x - bits of float16 or bfloat16
 * @param dy - the gradient of f(x), bits of the same type
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns `out`, or a new array of the kind and length of x
 * @throws as {@link mish}
 */
export function mishBackward(
  x: Uint16Array,
  dy: Uint16Array,
  options: Half & BackwardOptions<Uint16Array>,
): Uint16Array;
/**
 * The gradient of x for Tensors, where they live.
 * @param x - a Tensor of any dtype and shape
 * @param dy - a Tensor of the dtype and shape of x, on its device
 * @param options - how to compute; `out`, a Tensor; `accumulate`
 * @returns `out`, or a new Tensor of the dtype and shape of x on its device
 * @throws as {@link mish}
 */
export function mishBackward<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: BackwardOptions<Tensor<D, S>>,
): Tensor<D, S>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param dy - the gradient of f(x), as many bytes
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns `out`, or new bytes in what x came in
 * @throws as {@link mish} of a float array; ERR_MISH_LENGTH for bytes that are not whole elements
 */
export function mishBackward<B extends Bytes, D extends DType>(
  x: B,
  dy: Bytes,
  options: OfBytes<D> & BackwardOptions<Bytes>,
): B;
/**
 * The gradient of x: dx = dy f'(x), elementwise. It is also the Jacobian-vector product, with dy as tangent, as the
 * Jacobian is diagonal. Only x is needed for it, never f(x). float32 results are within 0.5000001 ulp, float64 ones
 * (native) within 1.25 ulp.
 * @param x - what Mish was applied to: a Float32Array, Float64Array or Float16Array of any length
 * @param dy - the gradient of f(x), of the kind and length of x
 * @param options - where and how to compute; `out`, `accumulate`
 * @returns `out`, or a new array of the kind and length of x
 * @throws as {@link mish}
 */
export function mishBackward<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  options?: BackwardOptions<Like<A>>,
): A;
export function mishBackward(x: unknown, dy: unknown, options?: unknown): unknown {
  const call = readCall(options, withAccumulate);
  return runSync(backwardOf(call), [x, dy], [call.out], call)[0];
}

/**
 * The backward pass of {@link mishBackward} in a half type, given as raw bits.
 * @param x - bits of float16 or bfloat16
 * @param dy - bits of the same type
 * @param ddx - bits of the same type
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns the two gradients, each in its `out` or a new array of the kind and length of x
 * @throws as {@link mish}
 */
export function mishDoubleBackward(
  x: Uint16Array,
  dy: Uint16Array,
  ddx: Uint16Array,
  options: Half & DoubleBackwardOptions<Uint16Array>,
): { x: Uint16Array; dy: Uint16Array };
/**
 * The backward pass of {@link mishBackward} for Tensors, where they live.
 * @param x - a Tensor of any dtype and shape
 * @param dy - a Tensor of the dtype and shape of x, on its device
 * @param ddx - a Tensor of the dtype and shape of x, on its device
 * @param options - how to compute; `out.x` and `out.dy`, Tensors
 * @returns the two gradients, each in its `out` or a new Tensor of the dtype and shape of x on its device
 * @throws as {@link mish}
 */
export function mishDoubleBackward<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  ddx: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: DoubleBackwardOptions<Tensor<D, S>>,
): { x: Tensor<D, S>; dy: Tensor<D, S> };
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param dy - as many bytes
 * @param ddx - as many bytes
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns the two gradients, each in its `out` or in new bytes
 * @throws as {@link mish} of a float array; ERR_MISH_LENGTH for bytes that are not whole elements
 */
export function mishDoubleBackward<B extends Bytes, D extends DType>(
  x: B,
  dy: Bytes,
  ddx: Bytes,
  options: OfBytes<D> & DoubleBackwardOptions<Bytes>,
): { x: B; dy: B };
/**
 * The backward pass of {@link mishBackward}, elementwise, in one pass: with ddx the gradient of dx, that of x is
 * ddx dy f''(x), through dx alone, and that of dy is ddx f'(x).
 * @param x - what Mish was applied to: a Float32Array, Float64Array or Float16Array of any length
 * @param dy - what mishBackward got, of the kind and length of x
 * @param ddx - the gradient of what mishBackward gave, of the kind and length of x
 * @param options - where and how to compute; `out.x` and `out.dy`
 * @returns the two gradients, each in its `out` or a new array of the kind and length of x
 * @throws as {@link mish}
 */
export function mishDoubleBackward<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  ddx: Like<A>,
  options?: DoubleBackwardOptions<Like<A>>,
): { x: A; dy: A };
export function mishDoubleBackward(
  x: unknown,
  dy: unknown,
  ddx: unknown,
  options?: unknown,
): unknown {
  const call = readCall(options, common);
  const outs = readOptions(call.out, ['x', 'dy'], 'out');
  const [gradX, gradDy] = runSync('doubleBackward', [x, dy, ddx], [outs.x, outs.dy], call);
  return { x: gradX, dy: gradDy };
}
