// The options of the functional API, by what a call computes and on what.
import type { DType, HalfDType } from '../base/dtype.ts';
import type { OpOptions } from '../device/device.ts';

/** What every call on raw bits takes. */
export interface Half {
  /** Which half type the bits are of, all operands' alike: a Uint16Array does not say it. */
  readonly dtype: HalfDType;
}
/** What every call on bytes takes. */
export interface OfBytes<D extends DType> {
  /** What each element in the bytes is: bytes do not say it. */
  readonly dtype: D;
}
/** Where the result goes. */
export interface Out<A> {
  /**
   * Written and returned, in place of a new array or Tensor; of the dtype and as many elements as x, a Tensor also of
   * its shape and device. It may be an input itself (in place), never partly overlap one. Nothing is written before all
   * checks have passed.
   */
  readonly out?: A;
}
/** Whether the result is added to what is there. */
export interface Accumulate {
  /**
   * `out += result` in place of `out = result`: needs `out`, which must share no memory with an input. The sum is
   * rounded once.
   * @defaultValue `false`
   */
  readonly accumulate?: boolean;
}
/** Which derivative. */
export interface Order {
  /**
   * 1 for f', 2 for f''.
   * @defaultValue `1`
   */
  readonly order?: 1 | 2;
}
/** Where the two results of double backward go. */
export interface OutPair<A> {
  /** The gradients of x and of dy, each as {@link Out.out}; either may be left out. They must not overlap. */
  readonly out?: { readonly x?: A; readonly dy?: A };
}

/** How to compute f, and where the result goes. */
export interface MishOptions<A> extends OpOptions, Out<A> {}
/** The same of f' or f''. */
export interface DerivativeOptions<A> extends MishOptions<A>, Order {}
/** The same of the gradient of x, which may be added to what is there. */
export interface BackwardOptions<A> extends MishOptions<A>, Accumulate {}
/** The same of the two gradients of double backward. */
export interface DoubleBackwardOptions<A> extends OpOptions, OutPair<A> {}
