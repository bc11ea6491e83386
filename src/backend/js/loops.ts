// The loops of the JS backend, one per operation, over Float32Array or Float64Array: storing into the
// former is the one rounding to float32. NaN results are stored as the canonical NaN.
import type { Op } from '../../ops.ts';
import { derivative, forward, secondDerivative } from './math.ts';

export type Wide = Float32Array | Float64Array;

/** `factor` rounds a derivative before it multiplies: to float32 for half types, else not at all. */
export type Loop = (
  inputs: readonly Wide[],
  outputs: readonly Wide[],
  factor: (derivative: number) => number,
) => void;

/** NaN of any sign and payload becomes the quiet NaN that all devices store. */
function canonical(x: number): number {
  return Number.isNaN(x) ? Number.NaN : x;
}

const elementwise =
  (f: (x: number) => number): Loop =>
  ([x], [out]) => {
    for (let i = 0; i < x!.length; i++) out![i] = canonical(f(x![i]!));
  };

const backward: Loop = ([x, dy], [dx], factor) => {
  for (let i = 0; i < x!.length; i++) dx![i] = canonical(factor(derivative(x![i]!)) * dy![i]!);
};

const backwardAccumulate: Loop = ([x, dy], [dx], factor) => {
  for (let i = 0; i < x!.length; i++) {
    dx![i] = canonical(dx![i]! + factor(derivative(x![i]!)) * dy![i]!);
  }
};

const doubleBackward: Loop = ([x, dy, ddx], [gradX, gradDy], factor) => {
  for (let i = 0; i < x!.length; i++) {
    const xi = x![i]!; // all read before either store: outputs may be inputs
    const dyi = dy![i]!;
    const ddxi = ddx![i]!;
    gradX![i] = canonical(ddxi * dyi * factor(secondDerivative(xi)));
    gradDy![i] = canonical(factor(derivative(xi)) * ddxi);
  }
};

export const loops: Readonly<Record<Op, Loop>> = {
  forward: elementwise(forward),
  derivative: elementwise(derivative),
  secondDerivative: elementwise(secondDerivative),
  backward,
  backwardAccumulate,
  doubleBackward,
};
