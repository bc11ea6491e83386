// mish(x) as an op of TensorFlow.js: takes what tf ops take, and refuses what has no Mish.
import { describe, mishError } from '../base/errors.ts';
import type { Host, TfTensor } from './host.ts';
import type { RunKernel } from './operations.ts';

/** @param run - runs a kernel of those installed */
export function mishOp(host: Host, run: RunKernel): (x: unknown) => TfTensor {
  return (x) => host.tidy('mish', () => run('NodeMish', { x: float32TensorOf(host, x) }));
}

/** x as a tensor of float32: numbers and nested arrays are made one, int32 is cast. */
function float32TensorOf(host: Host, x: unknown): TfTensor {
  const tensor = isTensor(x) ? x : newTensor(host, x);
  const { dtype } = tensor;
  if (tensor.isDisposed) {
    const remedy = 'Call mish before it, or keep the tensor with tf.keep().';
    throw mishError('ERR_MISH_DISPOSED', `x: this tensor was disposed. ${remedy}`);
  }
  if (dtype === 'float32') return tensor;
  if (dtype === 'int32') return host.cast(tensor, 'float32');
  throw mishError(
    'ERR_MISH_DTYPE',
    `x: expected a tensor of float32 or int32; got one of ${dtype}. Convert it with tf.cast(), or tf.real() if it is complex.`,
  );
}

function newTensor(host: Host, x: unknown): TfTensor {
  try {
    return host.tensor(x);
  } catch (cause) {
    const expected = 'expected a tensor, or a number, typed array or nested array to make one of';
    throw mishError('ERR_MISH_ARGUMENT', `x: ${expected}; got ${describe(x)}.`, { cause });
  }
}

/** As tf itself tells one, whichever of its copies made it. */
function isTensor(x: unknown): x is TfTensor {
  if (typeof x !== 'object' || x === null) return false;
  const { dataId, shape, dtype } = x as Partial<TfTensor>;
  return dataId != null && shape != null && dtype != null;
}
