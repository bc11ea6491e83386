// The functional API off the event loop: the four operations on typed arrays and Tensors.
import { backwardOf, common, derivativeOf, type OptionName, readCall } from './call.ts';
import type { OpOptions } from './device.ts';
import type { DType, FloatArray, Like } from './dtype.ts';
import { executeAsync } from './execute-async.ts';
import type { Accumulate, Half, Order, Out, OutPair } from './mish.ts';
import { type MaybeAbortSignal, readOptions } from './options.ts';
import type { Shape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** How an asynchronous call ends early. */
export interface Abortable {
  /** Ends the call: the promise then rejects with `signal.reason`, once nothing computes any more. */
  readonly signal?: MaybeAbortSignal;
}
/** What asynchronous calls on arrays take. */
export interface AsyncOptions extends Abortable {
  /**
   * Gives the arrays away: detached at once, computed in place, returned as a new array over the memory of
   * the last (zero copy). Each must be all there is in its ArrayBuffer.
   */
  readonly transfer?: boolean;
}

const more: readonly OptionName[] = [...common, 'signal', 'transfer'];
const withOrder: readonly OptionName[] = [...more, 'order'];
const withAccumulate: readonly OptionName[] = [...more, 'accumulate'];

/**
 * `mish` off the event loop. An array is copied unless it is given with `transfer` or backed by a
 * SharedArrayBuffer; `out` must be backed by one. A Tensor is in use until the call settles: other asynchronous
 * calls may have it too, all else throws ERR_MISH_IN_USE, unless its `data` was ever asked for or it wraps an
 * array: then it is copied.
 * @returns a promise that rejects as {@link mish} throws; with ERR_MISH_QUEUE_FULL past 2^17 calls that are
 *   not settled; with `signal.reason` when aborted
 */
export function mishAsync<A extends FloatArray>(
  x: A,
  options?: OpOptions & AsyncOptions & Out<Like<A>>,
): Promise<A>;
export function mishAsync(
  x: Uint16Array,
  options: Half & OpOptions & AsyncOptions & Out<Uint16Array>,
): Promise<Uint16Array>;
export function mishAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: OpOptions & Abortable,
): Promise<Tensor<D, S>>;
export function mishAsync(x: unknown, options?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, more);
    executeAsync('forward', [x], [call.out], call, resolve, reject);
  });
}

/** `mishDerivative` off the event loop. @returns as {@link mishAsync} */
export function mishDerivativeAsync<A extends FloatArray>(
  x: A,
  options?: Order & OpOptions & AsyncOptions & Out<Like<A>>,
): Promise<A>;
export function mishDerivativeAsync(
  x: Uint16Array,
  options: Order & Half & OpOptions & AsyncOptions & Out<Uint16Array>,
): Promise<Uint16Array>;
export function mishDerivativeAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  options?: Order & OpOptions & Abortable,
): Promise<Tensor<D, S>>;
export function mishDerivativeAsync(x: unknown, options?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, withOrder);
    executeAsync(derivativeOf(call.order), [x], [call.out], call, resolve, reject);
  });
}

/** `mishBackward` off the event loop; `accumulate` adds to an `out`. @returns as {@link mishAsync} */
export function mishBackwardAsync<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  options?: OpOptions & AsyncOptions & Out<Like<A>> & Accumulate,
): Promise<A>;
export function mishBackwardAsync(
  x: Uint16Array,
  dy: Uint16Array,
  options: Half & OpOptions & AsyncOptions & Out<Uint16Array> & Accumulate,
): Promise<Uint16Array>;
export function mishBackwardAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: OpOptions & Abortable,
): Promise<Tensor<D, S>>;
export function mishBackwardAsync(x: unknown, dy: unknown, options?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, withAccumulate);
    executeAsync(backwardOf(call), [x, dy], [call.out], call, resolve, reject);
  });
}

/**
 * `mishDoubleBackward` off the event loop; with `transfer` the gradient of x takes the memory of dy, that of dy
 * the memory of ddx. @returns as {@link mishAsync}
 */
export function mishDoubleBackwardAsync<A extends FloatArray>(
  x: A,
  dy: Like<A>,
  ddx: Like<A>,
  options?: OpOptions & AsyncOptions & OutPair<Like<A>>,
): Promise<{ x: A; dy: A }>;
export function mishDoubleBackwardAsync(
  x: Uint16Array,
  dy: Uint16Array,
  ddx: Uint16Array,
  options: Half & OpOptions & AsyncOptions & OutPair<Uint16Array>,
): Promise<{ x: Uint16Array; dy: Uint16Array }>;
export function mishDoubleBackwardAsync<D extends DType, S extends Shape>(
  x: Tensor<D, S>,
  dy: Tensor<NoInfer<D>, NoInfer<S>>,
  ddx: Tensor<NoInfer<D>, NoInfer<S>>,
  options?: OpOptions & Abortable,
): Promise<{ x: Tensor<D, S>; dy: Tensor<D, S> }>;
export function mishDoubleBackwardAsync(
  x: unknown,
  dy: unknown,
  ddx: unknown,
  options?: unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = readCall(options, more);
    const outs = readOptions(call.out, ['x', 'dy'], 'out');
    executeAsync('doubleBackward', [x, dy, ddx], [outs.x, outs.dy], call, resolve, reject);
  });
}
