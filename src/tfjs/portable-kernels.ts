// The kernels composed of tf ops, for any backend, from w = e^x, n = w(w + 2), d = n + 2; with v = w + 1, d = v^2 + 1.
import type { Host, TfTensor } from './host.ts';
import type { Kernels } from './operations.ts';

/** Below it, e^x and so each result is zero in float32. */
const least = -110;
/** From it on, n/d is 1 in float32; v^3 and d^2 are still finite. */
const most = 20;

/**
 * The kernels of tf ops. Tests hold f to 4 ulp, or 2^-142 absolute, and f' and f'' to 1e-5 relative or 1e-6 absolute, on
 * cpu and wasm. At the infinities f and f' have their limits, and f'' is within 1e-15 of 0.
 */
export function portableKernels(tf: Host): Kernels<TfTensor, TfTensor> {
  // All that a step makes but its result is disposed: at most 12 tensors are there at once, as of tf's own Mish.
  const step = (compute: () => TfTensor) => tf.tidy('mish', compute);

  // wasm's clipByValue would make 0 of NaN.
  const notLess = (x: TfTensor) => tf.maximum(x, least);
  const notMore = (x: TfTensor) => tf.minimum(x, most);

  /** x n/d */
  const forward = (x: TfTensor) => {
    const low = notLess(x);
    const ratio = step(() => {
      const w = tf.exp(notMore(low));
      const n = tf.mul(w, tf.add(w, 2));
      return tf.div(n, tf.add(n, 2));
    });
    return tf.mul(low, ratio);
  };

  /** c: x between the two. */
  const parts = (x: TfTensor) => {
    const c = step(() => notMore(notLess(x)));
    const w = tf.exp(c);
    const v = tf.add(w, 1);
    const d = step(() => tf.add(tf.mul(v, v), 1));
    return { c, v, d, ratio: tf.div(w, d) };
  };
  /** w[(w + 2)d + 4x(w + 1)]/d^2 = w/d [v + 1 + 4x v/d] */
  const derivative = (x: TfTensor) => {
    const { c, v, d, ratio } = parts(x);
    const slope = step(() => tf.div(tf.mul(tf.mul(c, v), 4), d));
    return tf.mul(ratio, tf.add(tf.add(v, 1), slope));
  };
  /** 4w[2(w + 1)d + x(2 + 2w - 3w^2 - 2w^3)]/d^3 = 4 w/d [2v + x(-1 + 2v + 3v^2 - 2v^3)/d]/d */
  const secondDerivative = (x: TfTensor) => {
    const { c, v, d, ratio } = parts(x);
    const twice = tf.mul(v, 2);
    const cubic = step(() => {
      const bracket = tf.add(tf.mul(v, tf.sub(3, twice)), 2);
      return tf.sub(tf.mul(v, bracket), 1);
    });
    const bent = step(() => tf.add(twice, tf.mul(c, tf.div(cubic, d))));
    return tf.mul(tf.mul(ratio, 4), tf.div(bent, d));
  };
  return {
    NodeMish: forward,
    NodeMishGrad: (x, dy) =>
      tf.mul(
        dy,
        step(() => derivative(x)),
      ),
    NodeMishGradGrad: (x, dy, ddx) =>
      tf.mul(
        step(() => tf.mul(dy, ddx)),
        step(() => secondDerivative(x)),
      ),
  };
}
