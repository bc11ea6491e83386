// The kernels composed of tf ops, for any backend, from w = e^x, n = w(w + 2), d = n + 2.
import type { Host, TfTensor } from './host.ts';
import type { Kernels } from './operations.ts';

/** Below it, e^x and so each result is zero in float32. */
const least = -110;
/** From it on, n/d is 1 in float32; w^3 and d^2 are still finite. */
const most = 20;

/**
 * The kernels of tf ops. Tests hold f to 4 ulp, or 2^-142 absolute, and f' and f'' to 1e-5 relative or 1e-6 absolute, on
 * cpu and wasm. The infinities have the limits of f and f', and 0 within 1e-15 of f''.
 */
export function portableKernels(tf: Host): Kernels<TfTensor, TfTensor> {
  /** Of c, which is x between the two. wasm's clipByValue would make 0 of NaN. */
  const parts = (x: TfTensor) => {
    const high = tf.maximum(x, least);
    const c = tf.minimum(high, most);
    const w = tf.exp(c);
    const n = tf.mul(w, tf.add(w, 2));
    return { high, c, w, n, d: tf.add(n, 2) };
  };
  /** w[(w + 2)d + 4x(w + 1)]/d^2 */
  const derivative = (x: TfTensor) => {
    const { c, w, d } = parts(x);
    const slope = tf.div(tf.mul(tf.mul(c, 4), tf.add(w, 1)), d);
    return tf.mul(tf.div(w, d), tf.add(tf.add(w, 2), slope));
  };
  /** 4w[2(w + 1)d + x(2 + 2w - 3w^2 - 2w^3)]/d^3; w^2/d comes before w^3, which has more than the others' digits */
  const secondDerivative = (x: TfTensor) => {
    const { c, w, d } = parts(x);
    const low = tf.div(tf.add(tf.mul(w, 2), 2), d);
    const high = tf.mul(tf.div(tf.mul(w, w), d), tf.add(tf.mul(w, 2), 3));
    const bent = tf.add(tf.mul(tf.add(w, 1), 2), tf.mul(c, tf.sub(low, high)));
    return tf.mul(tf.div(tf.mul(w, 4), d), tf.div(bent, d));
  };
  return {
    NodeMish: (x) => {
      const { high, n, d } = parts(x);
      return tf.mul(high, tf.div(n, d));
    },
    NodeMishGrad: (x, dy) => tf.mul(dy, derivative(x)),
    NodeMishGradGrad: (x, dy, ddx) => tf.mul(tf.mul(dy, ddx), secondDerivative(x)),
  };
}
