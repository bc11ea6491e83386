// The operations of the JS backend on one block of elements, in double: operands were widened into
// blocks before, results are rounded to their dtype after. float32-arrays.ts does without blocks.
import type { Op } from '../../base/ops.ts';

/** Elements as doubles; those from `count` on are not looked at. */
export type Block = Float64Array;

type Elementwise = (x: Block, out: Block, count: number) => void;
type Product = (x: Block, y: Block, out: Block, count: number) => void;

/** f, f' and f'' of each x. No two blocks are the same. */
interface Functions {
  readonly forward: Elementwise;
  readonly derivative: Elementwise;
  readonly secondDerivative: Elementwise;
}

/** And the last two times y. */
export interface Formulas extends Functions {
  readonly timesDerivative: Product;
  readonly timesSecondDerivative: Product;
}

/** On the first `count` elements of the operation's inputs and outputs; ops.ts names them. */
export type Kernel<A> = (inputs: readonly A[], outputs: readonly A[], count: number) => void;
export type Kernels<A> = Readonly<Record<Op, Kernel<A>>>;

/** 8 kB: with the most operands, and the exponentials of float64, 80 kB that stay in a near cache. */
export const blockLength = 1024;

const scratch = new Float64Array(blockLength);

export function makeKernels(formulas: Formulas): Kernels<Block> {
  const { timesDerivative, timesSecondDerivative } = formulas;
  const elementwise =
    (of: Elementwise): Kernel<Block> =>
    ([x], [out], count) =>
      of(x!, out!, count);
  return {
    forward: elementwise(formulas.forward),
    derivative: elementwise(formulas.derivative),
    secondDerivative: elementwise(formulas.secondDerivative),
    backward([x, dy], [dx], count) {
      timesDerivative(x!, dy!, dx!, count);
    },
    backwardAccumulate([x, dy], [dx], count) {
      timesDerivative(x!, dy!, scratch, count);
      for (let i = 0; i < count; i++) dx![i]! += scratch[i]!;
    },
    doubleBackward([x, dy, ddx], [gradX, gradDy], count) {
      for (let i = 0; i < count; i++) scratch[i] = ddx![i]! * dy![i]!;
      timesSecondDerivative(x!, scratch, gradX!, count);
      timesDerivative(x!, ddx!, gradDy!, count);
    },
  };
}

/** The same, with f' and f'' rounded to float32 before they multiply: by a half, that is then exact. */
export function withFloat32Factors(functions: Functions): Formulas {
  const times =
    (factor: Elementwise): Product =>
    (x, y, out, count) => {
      factor(x, factors, count);
      for (let i = 0; i < count; i++) out[i] = Math.fround(factors[i]!) * y[i]!;
    };
  return {
    ...functions,
    timesDerivative: times(functions.derivative),
    timesSecondDerivative: times(functions.secondDerivative),
  };
}

const factors = new Float64Array(blockLength);
