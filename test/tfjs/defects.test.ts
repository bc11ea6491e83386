// What is wrong with Mish as TensorFlow.js composes it, beside ours: when tf mends one of these, a test here fails,
// and what the docs say of it is to be changed.
import assert from 'node:assert/strict';
import {
  derivativeExact,
  forwardExact,
  secondDerivativeExact,
  ulpErrorFloat32,
} from '../../bench/reference.ts';
import {
  aliveBetween,
  builtIn,
  derivatives,
  derivativesOf,
  installed,
  kernelsOf,
  type Mish,
  tf,
} from '../support/tfjs.ts';

describe("what is wrong with TensorFlow.js's own Mish, and right with ours", () => {
  const installation = installed('cpu');
  const ours: Mish = (x) => installation().mish(x);

  it('NaN at infinity: f(-inf), and its derivatives at both', () => {
    const infinities = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const { f, f1, f2 } = derivativesOf(builtIn, infinities);
    const nan = Number.NaN;
    assert.deepEqual([...f, ...f1, ...f2], [nan, Number.POSITIVE_INFINITY, nan, nan, nan, nan]);
    const right = derivativesOf(ours, infinities);
    assert.deepEqual([...right.f], [-0, Number.POSITIVE_INFINITY]);
    assert.deepEqual([...right.f1, ...right.f2].map(Math.abs), [0, 1, 0, 0]);
  });

  it("second derivatives silently wrong: f''(1) is 0.417 for 0.185", () => {
    const [x] = [Float32Array.of(1)];
    const [wrong, right] = [builtIn, ours].map((mish) => derivativesOf(mish, x).f2[0]!);
    assert.equal(wrong!.toFixed(3), '0.417');
    assert.ok(Math.abs(right! - secondDerivativeExact(1).hi) < 1e-8);
  });

  it('a step of gradient penalty that is off by percents', () => {
    // Of (d/dx mish(w x))^2, the gradient for w, summed over x.
    const points = Float32Array.from({ length: 64 }, (_, i) => (i - 32) / 8);
    const gradient = (mish: Mish) =>
      tf.tidy(() => {
        const x = tf.tensor1d(points);
        const slope = (w: tf.Tensor) => tf.grad((x: tf.Tensor) => mish(tf.mul(w, x)))(x);
        const penalty = (w: tf.Tensor) => tf.sum(tf.square(slope(w)));
        return tf.grad(penalty)(tf.scalar(0.8)).dataSync()[0]!;
      });
    const truth = points.reduce((sum, x) => {
      const [f1, f2] = [derivativeExact(0.8 * x).hi, secondDerivativeExact(0.8 * x).hi];
      return sum + 2 * 0.8 * f1 * (f1 + 0.8 * x * f2);
    }, 0);
    const off = (mish: Mish) => Math.abs(gradient(mish) / truth - 1);
    assert.ok(off(builtIn) > 0.1, String(off(builtIn)));
    assert.ok(off(ours) < 1e-5, String(off(ours)));
  });

  it('17 kernels for forward and backward, for our 3', async () => {
    const x = tf.tensor1d([1, 2]);
    const count = async (mish: Mish) => (await kernelsOf(() => derivatives(mish)[0](x))).length;
    assert.deepEqual([await count(builtIn), await count(ours)], [17, 3]);
    x.dispose();
  });

  it('5 tensors that are kept between forward and backward, for our 2', () => {
    const x = tf.zeros([1000]);
    assert.deepEqual(aliveBetween(builtIn, x), { tensors: 5, bytes: 20_000 });
    assert.deepEqual(aliveBetween(ours, x), { tensors: 2, bytes: 8000 });
    x.dispose();
  });

  it('52 ulp off in the tail, where ours is the nearest float', () => {
    const x = Float32Array.from({ length: 2000 }, (_, i) => -104 + i / 120);
    const exact = Array.from(x, forwardExact);
    const worst = (mish: Mish) => {
      const { f } = derivativesOf(mish, x);
      return Math.max(...exact.map((e, i) => ulpErrorFloat32(f[i]!, e)));
    };
    assert.ok(worst(builtIn) > 40, String(worst(builtIn)));
    assert.ok(worst(ours) <= 0.5);
  });

  it('copies: ours takes no memory but that of its result, in all three kernels', () => {
    const [x, dy, ddx] = [0, 1, 2].map((i) => tf.fill([2 ** 21], i));
    const results: tf.Tensor[] = [];
    // Twice: memory is given back in another thread, which the second waits for.
    for (let i = 0; i < 2; i++) globalThis.gc!();
    for (const [name, inputs] of [
      ['NodeMish', { x }],
      ['NodeMishGrad', { x, dy }],
      ['NodeMishGradGrad', { x, dy, ddx }],
    ] as const) {
      const { arrayBuffers } = process.memoryUsage();
      const y = tf.engine().runKernel(name, inputs as unknown as tf.NamedTensorMap) as tf.Tensor;
      const taken = process.memoryUsage().arrayBuffers - arrayBuffers;
      // The last has 256 KiB for what it does not return.
      assert.ok(taken >= 4 * y.size && taken < 1.05 * 4 * y.size, `${name}: ${taken} bytes`);
      results.push(y);
    }
    tf.dispose([x!, dy!, ddx!, results]);
  });
});
