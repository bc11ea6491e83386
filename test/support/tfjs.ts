// The real TensorFlow.js in tests: its cpu and wasm backends, with Mish installed.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { type Installation, type InstallOptions, install, uninstall } from 'node-mish/tfjs';
import { derivatives, type Mish, profileOf } from '../../bench/tfjs/counts.ts';

// It then prints nothing, and throws when a kernel leaks memory.
tf.env().set('IS_TEST', true);
const { resolve } = createRequire(import.meta.url);
setWasmPaths(`${dirname(resolve('@tensorflow/tfjs-backend-wasm'))}/`);

export { aliveBetween, builtIn, derivatives, type Mish } from '../../bench/tfjs/counts.ts';
export { tf };
export type Backend = 'cpu' | 'wasm';

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

/** The kernels that ran for it, in their order; what it made is disposed. */
export async function kernelsOf(compute: () => tf.Tensor): Promise<readonly string[]> {
  return (await profileOf(compute)).kernels;
}
