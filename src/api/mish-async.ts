// The functional API off the event loop: Mish and its derivatives on typed arrays and Tensors.

import type { Bytes } from '../base/bytes.ts';
import type { DType, FloatArray, Like } from '../base/dtype.ts';
import { type MaybeAbortSignal, readOptions } from '../base/options.ts';
import type { Shape } from '../base/shape.ts';
import {
  backwardOf,
  common,
  derivativeOf,
  type OptionName,
  readCall,
} from '../call/call-options.ts';
import { runAsync } from '../call/run-async.ts';
import type { OpOptions } from '../device/device.ts';
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

/** How an asynchronous call ends early. */
export interface Abortable {
  /** Ends the call when aborted: the promise then rejects with `signal.reason`, once nothing computes any more. */
  readonly signal?: MaybeAbortSignal;
}
/** What asynchronous calls on arrays take. */
export interface AsyncOptions extends Abortable {
  /**
   * Gives the arrays away: detached at once, computed in place, returned as a new array over the memory of
   * the last (zero copy). Each must be all there is in its ArrayBuffer.
   * @defaultValue `false`
   */
  readonly transfer?: boolean;
}

const more: readonly OptionName[] = [...common, 'signal', 'transfer'];
const withOrder: readonly OptionName[] = [...more, 'order'];
const withAccumulate: readonly OptionName[] = [...more, 'accumulate'];

/**
 * {@link mish} of a half type, given as raw bits, off the event loop.
 * @param x - bits of float16 or bfloat16
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns as {@link mishAsync} of a float array
 */
export function mishAsync(
  x: Uint16Array,
  options: Half & MishOptions<Uint16Array> & AsyncOptions,
): Promise<Uint16Array>;
/**
 * {@link mish} of a Tensor off the event loop. On `cpu` it is lent until the call settles: other asynchronous calls may
 * have it too, and it may be disposed, all else throws ERR_MISH_IN_USE. It is copied instead if its `data` was ever
 * asked for or it wraps an array that is not shared, and on `js`. On `cuda`, calls are carried out in order, and
 * nothing is refused.
 * @param x - a Tensor of any dtype and shape
 * @param options - how to compute; `signal`. There is no `out`
 * @returns a promise of a new Tensor of the dtype and shape of x on its device
 */
export function mishAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: OpOptions & Abortable,
): Promise<Tensor<D, S>>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns as {@link mishAsync} of a float array, in what x came in
 */
export function mishAsync<B extends Bytes, D extends DType>(
  x: B,
  options: OfBytes<D> & MishOptions<Bytes> & AsyncOptions,
): Promise<B>;
/**
 * {@link mish} off the event loop. An array is copied first, unless it is given away with `transfer`; one on a
 * SharedArrayBuffer is read where it is. `out` must be on a SharedArrayBuffer.
 * @param x - a Float32Array, Float64Array or Float16Array of any length
 * @param options - where and how to compute; `out`; `transfer`, `signal`
 * @returns a promise of `out` or a new array. It rejects as {@link mish} throws, nothing is thrown at once; with
 *   ERR_MISH_ARGUMENT for an `out` that is not shared, or what cannot be given away; with ERR_MISH_QUEUE_FULL past 2^17
 *   calls that are not settled; with `signal.reason` when aborted
 */
export function mishAsync<A extends FloatArray>(
  x: A,
  options?: MishOptions<Like<A>> & AsyncOptions,
): Promise<A>;
export function mishAsync(x: unknown, options?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, more);
    runAsync('forward', [x], [call.out], call, resolve, reject);
  });
}

/**
 * {@link mishDerivative} of a half type, given as raw bits, off the event loop.
 * @param x - bits of float16 or bfloat16
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns as {@link mishAsync}
 */
export function mishDerivativeAsync(
  x: Uint16Array,
  options: Half & DerivativeOptions<Uint16Array> & AsyncOptions,
): Promise<Uint16Array>;
/**
 * {@link mishDerivative} of a Tensor off the event loop.
 * @param x - a Tensor of any dtype and shape
 * @param options - `order`; how to compute; `signal`
 * @returns as {@link mishAsync}
 */
export function mishDerivativeAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: Order & OpOptions & Abortable,
): Promise<Tensor<D, S>>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns as {@link mishAsync} of a float array, in what x came in
 */
export function mishDerivativeAsync<B extends Bytes, D extends DType>(
  x: B,
  options: OfBytes<D> & DerivativeOptions<Bytes> & AsyncOptions,
): Promise<B>;
/**
 * {@link mishDerivative} off the event loop, with memory as in {@link mishAsync}.
 * @param x - a Float32Array, Float64Array or Float16Array of any length
 * @param options - `order`; where and how to compute; `out`; `transfer`, `signal`
 * @returns as {@link mishAsync}
 */
export function mishDerivativeAsync<A extends FloatArray>(
  x: A,
  options?: DerivativeOptions<Like<A>> & AsyncOptions,
): Promise<A>;
export function mishDerivativeAsync(x: unknown, options?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, withOrder);
    runAsync(derivativeOf(call.order), [x], [call.out], call, resolve, reject);
  });
}

/**
 * {@link mishBackward} of a half type, given as raw bits, off the event loop.
 * @param x - bits of float16 or bfloat16
 * @param dy - bits of the same type
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns as {@link mishAsync}
 */
export function mishBackwardAsync(
  x: Uint16Array,
  dy: Uint16Array,
  options: Half & BackwardOptions<Uint16Array> & AsyncOptions,
): Promise<Uint16Array>;
/**
 * {@link mishBackward} of Tensors off the event loop.
 * @param x - a Tensor of any dtype and shape
 * @param dy - a Tensor of the dtype and shape of x, on its device
 * @param options - how to compute; `signal`
 * @returns as {@link mishAsync}
 */
export function mishBackwardAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: OpOptions & Abortable,
): Promise<Tensor<D, S>>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param dy - the gradient of f(x), as many bytes
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns as {@link mishAsync} of a float array, in what x came in
 */
export function mishBackwardAsync<B extends Bytes, D extends DType>(
  x: B,
  dy: Bytes,
  options: OfBytes<D> & BackwardOptions<Bytes> & AsyncOptions,
): Promise<B>;
/**
 * {@link mishBackward} off the event loop, with memory as in {@link mishAsync}: with `transfer` the result is in that
 * of dy.
 * @param x - what Mish was applied to: a Float32Array, Float64Array or Float16Array of any length
 * @param dy - the gradient of f(x), of the kind and length of x
 * @param options - where and how to compute; `out`, `accumulate`; `transfer`, `signal`
 * @returns as {@link mishAsync}
 */
export function mishBackwardAsync<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  options?: BackwardOptions<Like<A>> & AsyncOptions,
): Promise<A>;
export function mishBackwardAsync(x: unknown, dy: unknown, options?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, withAccumulate);
    runAsync(backwardOf(call), [x, dy], [call.out], call, resolve, reject);
  });
}

/**
 * {@link mishDoubleBackward} of a half type, given as raw bits, off the event loop.
 * @param x - bits of float16 or bfloat16
 * @param dy - bits of the same type
 * @param ddx - bits of the same type
 * @param options - `dtype`, which of the two; and what a float array takes
 * @returns as {@link mishAsync}, a promise of the two gradients
 */
export function mishDoubleBackwardAsync(
  x: Uint16Array,
  dy: Uint16Array,
  ddx: Uint16Array,
  options: Half & DoubleBackwardOptions<Uint16Array> & AsyncOptions,
): Promise<{ x: Uint16Array; dy: Uint16Array }>;
/**
 * {@link mishDoubleBackward} of Tensors off the event loop.
 * @param x - a Tensor of any dtype and shape
 * @param dy - a Tensor of the dtype and shape of x, on its device
 * @param ddx - a Tensor of the dtype and shape of x, on its device
 * @param options - how to compute; `signal`
 * @returns as {@link mishAsync}, a promise of the two gradients
 */
export function mishDoubleBackwardAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  ddx: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: OpOptions & Abortable,
): Promise<{ x: Tensor<D, S>; dy: Tensor<D, S> }>;
/**
 * The same of raw little-endian elements in bytes, wherever they begin: a request's body, a file, a message. Those that
 * do not begin at a multiple of an element's size are copied first.
 * @param x - a Buffer, Uint8Array, ArrayBuffer or DataView
 * @param dy - as many bytes
 * @param ddx - as many bytes
 * @param options - `dtype`, what the bytes hold; and what a float array takes
 * @returns as {@link mishAsync} of a float array, in what x came in
 */
export function mishDoubleBackwardAsync<B extends Bytes, D extends DType>(
  x: B,
  dy: Bytes,
  ddx: Bytes,
  options: OfBytes<D> & DoubleBackwardOptions<Bytes> & AsyncOptions,
): Promise<{ x: B; dy: B }>;
/**
 * {@link mishDoubleBackward} off the event loop, with memory as in {@link mishAsync}: with `transfer` the gradient of x
 * takes the memory of dy, that of dy the memory of ddx.
 * @param x - what Mish was applied to: a Float32Array, Float64Array or Float16Array of any length
 * @param dy - what mishBackward got, of the kind and length of x
 * @param ddx - the gradient of what mishBackward gave, of the kind and length of x
 * @param options - where and how to compute; `out.x` and `out.dy`; `transfer`, `signal`
 * @returns as {@link mishAsync}, a promise of the two gradients
 */
export function mishDoubleBackwardAsync<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  ddx: Like<A>,
  options?: DoubleBackwardOptions<Like<A>> & AsyncOptions,
): Promise<{ x: A; dy: A }>;
export function mishDoubleBackwardAsync(
  x: unknown,
  dy: unknown,
  ddx: unknown,
  options?: unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, more);
    const outs = readOptions(call.out, ['x', 'dy'], 'out');
    runAsync('doubleBackward', [x, dy, ddx], [outs.x, outs.dy], call, resolve, reject);
  });
}
