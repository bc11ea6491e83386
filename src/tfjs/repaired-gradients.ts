// Gradients of TensorFlow.js's own kernels, made right to the second order: tf drops, without a word, what passes
// through an output that a kernel has saved (tfjs#3252), so these save inputs only and compute the output again.
import type { Host, TfGradConfig } from './host.ts';

/**
 * Kernels whose gradients are made of their saved output, with their inputs. The output is computed again on tf's
 * tape, where its own gradient is found: first gradients have the bits of tf's.
 */
const madeOfOutput: Readonly<Record<string, readonly string[]>> = {
  Exp: ['x'],
  Sigmoid: ['x'],
  Tanh: ['x'],
  Softmax: ['logits'],
  LogSoftmax: ['logits'],
  Pow: ['a', 'b'],
};

/** Kernels without a gradient, on which the gradients of selu, relu6, leakyRelu, prelu, max and min depend. */
const comparisons = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'] as const;

/** Puts tf's own gradients back, where these still are in their place. */
export type Restore = () => void;

/** Registers the repaired gradients with tf, whose copies in a process share them. */
export function repairGradients(host: Host): Restore {
  const restores = repairedConfigs(host).map((config) => replace(host, config));
  return () => {
    for (const restore of restores) restore();
  };
}

function repairedConfigs(host: Host): readonly TfGradConfig[] {
  const present = Object.keys(madeOfOutput).flatMap((name) => host.getGradient(name) ?? []);
  const configs = present
    .filter(({ outputsToSave }) => outputsToSave?.[0] === true)
    .map((config) => savingInputs(host, config, madeOfOutput[config.kernelName]!));
  const steps = comparisons.filter((name) => host.getGradient(name) === undefined);
  return [
    ...configs,
    ...(host.getGradient('Elu') ? [eluGradient(host)] : []),
    ...steps.map((name) => flatGradient(host, name)),
  ];
}

/** The same gradient, with the output computed again from the inputs. */
function savingInputs(host: Host, of: TfGradConfig, inputNames: readonly string[]): TfGradConfig {
  const { kernelName, inputsToSave = [], gradFunc } = of;
  return {
    kernelName,
    inputsToSave: inputNames,
    gradFunc(dy, saved, attributes) {
      const inputs = Object.fromEntries(inputNames.map((name, i) => [name, saved[i]!]));
      const y = host.engine().runKernel(kernelName, inputs, attributes);
      return gradFunc(dy, [...inputsToSave.map((name) => inputs[name]!), y], attributes);
    },
  };
}

/** elu'(x) = 1 for x >= 0, else e^x = elu(x) + 1: tf's own is a kernel that has no gradient. */
function eluGradient(host: Host): TfGradConfig {
  return {
    kernelName: 'Elu',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({
      x() {
        const y = host.engine().runKernel('Elu', { x: x! });
        const isRising = host.greaterEqual(x!, 0);
        return host.mul(dy, host.where(isRising, host.onesLike(x!), host.add(y, 1)));
      },
    }),
  };
}

/** The derivative of a comparison: zero wherever it has one. */
function flatGradient(host: Host, kernelName: string): TfGradConfig {
  return {
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_dy, [a, b]) => ({ a: () => host.zerosLike(a!), b: () => host.zerosLike(b!) }),
  };
}

/** Registers in place of what is there; registering over it would print a warning. */
function replace(host: Host, config: TfGradConfig): Restore {
  const { kernelName, gradFunc } = config;
  const before = host.getGradient(kernelName);
  if (before) host.unregisterGradient(kernelName);
  host.registerGradient(config);
  return () => {
    if (host.getGradient(kernelName)?.gradFunc !== gradFunc) return;
    host.unregisterGradient(kernelName);
    if (before) host.registerGradient(before);
  };
}
