// The three kernels as TensorFlow.js knows them: names, operands, and the gradients that tie them.
import { mishError } from '../base/errors.ts';
import type { TfGradConfig, TfInputs, TfTensor } from './host.ts';

/**
 * f(x); dy f'(x); ddx dy f''(x). Each is linear in all operands but x, so the gradient of one for x is the next, and
 * for another operand itself with the incoming gradient in that one's place.
 */
export const operands = {
  NodeMish: ['x'],
  NodeMishGrad: ['x', 'dy'],
  NodeMishGradGrad: ['x', 'dy', 'ddx'],
} as const;

export type KernelName = keyof typeof operands;
export const kernelNames = Object.keys(operands) as readonly KernelName[];

/** Of each kernel, a function of its operands in their order. */
export type Kernels<Operand, Result> = Readonly<
  Record<KernelName, (x: Operand, dy: Operand, ddx: Operand) => Result>
>;

/** Runs a kernel on the current backend. */
export type RunKernel = (name: KernelName, inputs: TfInputs) => TfTensor;

/**
 * Only inputs are saved: tf drops, without a word, the gradients that pass through a saved output (tfjs#3252).
 */
export function gradientsBy(run: RunKernel): Readonly<Record<KernelName, TfGradConfig>> {
  return {
    NodeMish: {
      kernelName: 'NodeMish',
      inputsToSave: operands.NodeMish,
      gradFunc: (g, [x]) => ({ x: () => run('NodeMishGrad', { x: x!, dy: g }) }),
    },
    NodeMishGrad: {
      kernelName: 'NodeMishGrad',
      inputsToSave: operands.NodeMishGrad,
      gradFunc: (g, [x, dy]) => ({
        x: () => run('NodeMishGradGrad', { x: x!, dy: dy!, ddx: g }),
        dy: () => run('NodeMishGrad', { x: x!, dy: g }),
      }),
    },
    NodeMishGradGrad: {
      kernelName: 'NodeMishGradGrad',
      inputsToSave: operands.NodeMishGradGrad,
      gradFunc: (g, [x, dy, ddx]) => ({
        x: thirdOrder,
        dy: () => run('NodeMishGradGrad', { x: x!, dy: g, ddx: ddx! }),
        ddx: () => run('NodeMishGradGrad', { x: x!, dy: dy!, ddx: g }),
      }),
    },
  };
}

function thirdOrder(): never {
  throw mishError(
    'ERR_MISH_UNSUPPORTED',
    "mish: its third derivative was asked for, as the gradient of f''; there is none. Derivatives end at the second order.",
  );
}
