// Mish in the real TensorFlow.js for bench and tests: tf's own, its derivatives, and what tf counts of them:
// kernels, and tensors and bytes that are alive.
import * as tf from '@tensorflow/tfjs';
import type { Installation } from 'node-mish/tfjs';

export type Mish = Installation<typeof tf>['mish'];
export type Derivative = (x: tf.Tensor) => tf.Tensor;

const { classNameMap } = tf.serialization.SerializationMap.getMap();
const [BuiltIn] = classNameMap['mish'] as unknown as [new () => { apply: Mish }];

/** tf's own activation itself, as it was when this was loaded. */
export const builtIn: Mish = (x) => new BuiltIn().apply(x);

/** By tf's gradients: f', which takes forward and backward, and f''. */
export function derivatives(mish: Mish): readonly [first: Derivative, second: Derivative] {
  const first = tf.grad((x: tf.Tensor) => mish(x));
  return [first, tf.grad((x: tf.Tensor) => first(x))];
}

/** As tf.memory() counts: a saved input counts, as a tensor on the same data. */
export interface Alive {
  readonly tensors: number;
  readonly bytes: number;
}

const alive = (): Alive => {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
};

/** What there is between forward and backward that was not there before. */
export function aliveBetween(mish: Mish, x: tf.Tensor): Alive {
  const before = alive();
  let between = before;
  const forward = (x: tf.Tensor) => {
    const y = tf.tidy(() => mish(x));
    between = alive();
    return y;
  };
  tf.tidy(() => tf.grad(forward)(x));
  return { tensors: between.tensors - before.tensors, bytes: between.bytes - before.bytes };
}

export interface Profile {
  /** Names of the kernels that ran, in their order. */
  readonly kernels: readonly string[];
  /** The most that was there after any of them, and was not before. */
  readonly peak: Alive;
}

export async function profileOf(compute: () => tf.Tensor): Promise<Profile> {
  const before = alive();
  const { kernels } = await tf.profile(() => tf.tidy(compute));
  return {
    kernels: kernels.map(({ name }) => name),
    peak: {
      tensors: Math.max(...kernels.map((k) => k.totalTensorsSnapshot)) - before.tensors,
      bytes: Math.max(...kernels.map((k) => k.totalBytesSnapshot)) - before.bytes,
    },
  };
}
