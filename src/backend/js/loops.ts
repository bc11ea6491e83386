// The loops of the JS backend, one per operation, over Float32Array or Float64Array: storing into the
// former is the one rounding to float32. NaN results are stored as the canonical NaN.
import type { Op } from '../../ops.ts';

export type Wide = Float32Array | Float64Array;

export type Loop = (inputs: readonly Wide[], outputs: readonly Wide[]) => void;
export type Loops = Readonly<Record<Op, Loop>>;

type Elementwise = (x: number) => number;

/** f, f' and f'' of one element. */
export interface Formulas {
  readonly forward: Elementwise;
  readonly derivative: Elementwise;
  readonly secondDerivative: Elementwise;
}

/** NaN of any sign and payload becomes the quiet NaN that all devices store. */
function canonical(x: number): number {
  return Number.isNaN(x) ? Number.NaN : x;
}

const elementwise =
  (f: Elementwise): Loop =>
  ([x], [out]) => {
    for (let i = 0; i < x!.length; i++) out![i] = canonical(f(x![i]!));
  };

const backward =
  (derivative: Elementwise): Loop =>
  ([x, dy], [dx]) => {
    for (let i = 0; i < x!.length; i++) dx![i] = canonical(derivative(x![i]!) * dy![i]!);
  };

const backwardAccumulate =
  (derivative: Elementwise): Loop =>
  ([x, dy], [dx]) => {
    for (let i = 0; i < x!.length; i++) dx![i] = canonical(dx![i]! + derivative(x![i]!) * dy![i]!);
  };

const doubleBackward =
  (derivative: Elementwise, secondDerivative: Elementwise): Loop =>
  ([x, dy, ddx], [gradX, gradDy]) => {
    for (let i = 0; i < x!.length; i++) {
      const xi = x![i]!; // all read before either store: outputs may be inputs
      const dyi = dy![i]!;
      const ddxi = ddx![i]!;
      gradX![i] = canonical(ddxi * dyi * secondDerivative(xi));
      gradDy![i] = canonical(derivative(xi) * ddxi);
    }
  };

const unrounded: Elementwise = (x) => x;

/** @param factor - rounds a derivative before it multiplies: to float32 for half types */
export function makeLoops(formulas: Formulas, factor: Elementwise = unrounded): Loops {
  const first: Elementwise = (x) => factor(formulas.derivative(x));
  const second: Elementwise = (x) => factor(formulas.secondDerivative(x));
  return {
    forward: elementwise(formulas.forward),
    derivative: elementwise(formulas.derivative),
    secondDerivative: elementwise(formulas.secondDerivative),
    backward: backward(first),
    backwardAccumulate: backwardAccumulate(first),
    doubleBackward: doubleBackward(first, second),
  };
}
