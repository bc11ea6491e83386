// The kernels on the arrays of tf's cpu backend: read where they are, results become tensors without a copy.
import { mish, mishBackward, mishDoubleBackward } from '../mish.ts';
import type { Precision } from '../options.ts';
import { typedArrayKind } from '../typed-array.ts';
import type { TfBackend, TfTensor } from './host.ts';
import type { Kernels } from './operations.ts';

/** Natively, or by the JavaScript kernels. */
export function arrayKernels(
  device: 'cpu' | 'js',
  precision: Precision,
): Kernels<Float32Array, Float32Array> {
  const options = { device, precision };
  return {
    NodeMish: (x) => mish(x, options),
    NodeMishGrad: (x, dy) => mishBackward(x, dy, options),
    // One pass for both gradients: the other is dropped. Apart, it would be a pass more over memory.
    NodeMishGradGrad: (x, dy, ddx) => mishDoubleBackward(x, dy, ddx, options).x,
  };
}

/** The elements as tf has them. A cast from int32 or bool changes what tf calls a tensor, not its array. */
export function float32Of(backend: TfBackend, tensor: TfTensor): Float32Array {
  const values = backend.readSync(tensor.dataId);
  const isFloat32 = typedArrayKind(values) === 'Float32Array';
  return isFloat32 ? (values as Float32Array) : Float32Array.from(values as Iterable<number>);
}
