// The real TensorFlow.js in tests: its cpu and wasm backends, Mish as it composes it, and what it counts.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { type Installation, type InstallOptions, install, uninstall } from 'node-mish/tfjs';

// It then prints nothing, and throws when a kernel leaks memory.
tf.env().set('IS_TEST', true);
const { resolve } = createRequire(import.meta.url);
setWasmPaths(`${dirname(resolve('@tensorflow/tfjs-backend-wasm'))}/`);

export { tf };
export type Mish = Installation<typeof tf>['mish'];
export type Backend = 'cpu' | 'wasm';

/** Mish as the built-in activation computes it. */
export const composed: Mish = <T extends tf.Tensor>(x: T | tf.TensorLike): T =>
  tf.tidy(() => tf.mul(x, tf.tanh(tf.softplus(x))));

/** Installs before the tests of the enclosing `describe`, and takes it out after them. */
export function installed(
  backend: Backend,
  options?: InstallOptions,
): () => Installation<typeof tf> {
  let installation: Installation<typeof tf> | undefined;
  before(async () => {
    await tf.setBackend(backend);
    installation = install(tf, options);
  });
  after(async () => {
    uninstall(tf);
    await tf.setBackend('cpu');
  });
  return () => installation!;
}

/** f, f' and f'' of the elements, by tf's gradients. */
export function derivativesOf(
  mish: Mish,
  x: Float32Array,
): Record<'f' | 'f1' | 'f2', Float32Array> {
  const [first, second] = derivatives(mish);
  const read = (of: (x: tf.Tensor) => tf.Tensor): Float32Array =>
    tf.tidy(() => of(tf.tensor1d(x)).dataSync<'float32'>().slice());
  return { f: read(mish), f1: read(first), f2: read(second) };
}

export function derivatives(mish: Mish): readonly [Derivative, Derivative] {
  const first = tf.grad((x: tf.Tensor) => mish(x));
  return [first, tf.grad((x: tf.Tensor) => first(x))];
}
export type Derivative = (x: tf.Tensor) => tf.Tensor;

/** The kernels that ran for it, in their order. */
export async function kernelsOf(compute: () => tf.Tensor): Promise<string[]> {
  const { kernels } = await tf.profile(() => tf.tidy(compute));
  return kernels.map(({ name }) => name);
}

/** What tf counts between forward and backward and did not before; a saved input counts, as a tensor on the same data. */
export interface Alive {
  readonly tensors: number;
  readonly bytes: number;
}

export function aliveBetween(mish: Mish, x: tf.Tensor): Alive {
  let alive: Alive = { tensors: 0, bytes: 0 };
  const before = tf.memory();
  const forward = (x: tf.Tensor) => {
    const y = tf.tidy(() => mish(x));
    const { numTensors, numBytes } = tf.memory();
    alive = { tensors: numTensors - before.numTensors, bytes: numBytes - before.numBytes };
    return y;
  };
  tf.tidy(() => tf.grad(forward)(x));
  return alive;
}
