// Types of node-mish/tfjs beside those of TensorFlow.js: what install() returns speaks of the tf passed in.
import * as tf from '@tensorflow/tfjs';
import * as core from '@tensorflow/tfjs-core';
import { type Installation, install, type TfPath, uninstall } from 'node-mish/tfjs';

const installation: Installation<typeof tf> = install(tf, {
  precision: 'fast',
  paths: { cpu: 'js' },
});
export const y: tf.Tensor1D = installation.mish(tf.tensor1d([1]));
export const ofNumbers: tf.Tensor = installation.mish([1, 2]);
export const path: TfPath | undefined = installation.paths['cpu'];
export const layer: tf.layers.Layer = new installation.Mish({ name: 'h', inputShape: [2] });
export const gradient: (x: tf.Tensor) => tf.Tensor = tf.grad((x) => installation.mish(x));
export const model: tf.Sequential = tf.sequential({ layers: [new installation.Mish()] });
uninstall(tf);

export const ofCore: core.Tensor = install(core).mish(core.scalar(1));

// @ts-expect-error not TensorFlow.js
install({});
// @ts-expect-error nothing else is a tensor
installation.mish(new Map());
// @ts-expect-error no such option
install(tf, { device: 'cpu' });
// @ts-expect-error no such path
install(tf, { paths: { cpu: 'gpu' } });
// @ts-expect-error the activation is not for the caller to choose
new installation.Mish({ activation: 'relu' });
// @ts-expect-error tfjs-core has no layers
new (install(core).Mish)();
