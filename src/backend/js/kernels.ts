// The operations of the JS backend on one block of elements, in double: operands were widened into
// blocks before, results are rounded to their dtype after.
import type { Op } from '../../ops.ts';

/** Elements as doubles; those from `count` on are not looked at. */
export type Block = Float64Array;

/** Writes a function of each x into another block. */
export type Elementwise = (x: Block, out: Block, count: number) => void;

/** f, f' and f''. */
export interface Formulas {
  readonly forward: Elementwise;
  readonly derivative: Elementwise;
  readonly secondDerivative: Elementwise;
}

/** Inputs and outputs are those of the operation, in separate blocks; ops.ts names them. */
export type Kernel = (inputs: readonly Block[], outputs: readonly Block[], count: number) => void;
export type Kernels = Readonly<Record<Op, Kernel>>;

/** As long as its blocks: 40 kB for the most operands, so that they stay in the first-level cache. */
export const blockLength = 1024;

/** @param roundFactors - whether a derivative is rounded to float32 before it multiplies */
export function makeKernels(formulas: Formulas, roundFactors = false): Kernels {
  const { forward, derivative, secondDerivative } = formulas;
  const factor =
    (of: Elementwise): Elementwise =>
    (x, out, count) => {
      of(x, out, count);
      if (roundFactors) roundToFloat32(out, count);
    };
  const [first, second] = [factor(derivative), factor(secondDerivative)];
  const elementwise =
    (of: Elementwise): Kernel =>
    ([x], [out], count) =>
      of(x!, out!, count);
  return {
    forward: elementwise(forward),
    derivative: elementwise(derivative),
    secondDerivative: elementwise(secondDerivative),
    backward([x, dy], [dx], count) {
      first(x!, dx!, count);
      multiply(dx!, dy!, count);
    },
    backwardAccumulate([x, dy], [dx], count) {
      first(x!, scratch, count);
      multiply(scratch, dy!, count);
      for (let i = 0; i < count; i++) dx![i]! += scratch[i]!;
    },
    doubleBackward([x, dy, ddx], [gradX, gradDy], count) {
      second(x!, gradX!, count);
      for (let i = 0; i < count; i++) gradX![i] = ddx![i]! * dy![i]! * gradX![i]!;
      first(x!, gradDy!, count);
      multiply(gradDy!, ddx!, count);
    },
  };
}

const scratch = new Float64Array(blockLength);

function roundToFloat32(values: Block, count: number): void {
  for (let i = 0; i < count; i++) values[i] = Math.fround(values[i]!);
}

function multiply(values: Block, by: Block, count: number): void {
  for (let i = 0; i < count; i++) values[i]! *= by[i]!;
}
