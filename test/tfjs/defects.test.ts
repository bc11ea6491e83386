// What is wrong with Mish as TensorFlow.js composes it, beside ours: when tf mends one of these, a test here fails,
// and what the docs say of it is to be changed.
import assert from 'node:assert/strict';
import { backend } from 'node-mish';
import { derivativeExact, secondDerivativeExact } from '../../bench/reference.ts';
import {
  aliveBetween,
  composed,
  derivatives,
  derivativesOf,
  installed,
  kernelsOf,
  type Mish,
  tf,
} from '../support/tfjs.ts';

const builtIn = tf.layers.activation({ activation: 'mish' });

describe("what is wrong with TensorFlow.js's own Mish, and right with ours", () => {
  const installation = installed('cpu');
  const ours: Mish = (x) => installation().mish(x);

  it('is shown on what the built-in activation computes', () => {
    const x = tf.randomNormal([100], 0, 3, 'float32', 1);
    const [activated, same] = [builtIn.apply(x) as tf.Tensor, composed(x)];
    assert.deepEqual(activated.dataSync(), same.dataSync());
    tf.dispose([x, activated, same]);
  });

  it('NaN at infinity: f(-inf), and its derivatives at both', () => {
    const infinities = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
    const { f, f1, f2 } = derivativesOf(composed, infinities);
    const nan = Number.NaN;
    assert.deepEqual([...f, ...f1, ...f2], [nan, Number.POSITIVE_INFINITY, nan, nan, nan, nan]);
    const right = derivativesOf(ours, infinities);
    assert.deepEqual([...right.f], [-0, Number.POSITIVE_INFINITY]);
    assert.deepEqual([...right.f1, ...right.f2].map(Math.abs), [0, 1, 0, 0]);
  });

  it("second derivatives silently wrong: f''(1) is 0.417 for 0.185", () => {
    const [x] = [Float32Array.of(1)];
    const [wrong, right] = [composed, ours].map((mish) => derivativesOf(mish, x).f2[0]!);
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
    assert.ok(off(composed) > 0.1, String(off(composed)));
    assert.ok(off(ours) < 1e-5, String(off(ours)));
  });

  it('17 kernels for forward and backward, for our 3', async () => {
    const x = tf.tensor1d([1, 2]);
    const count = async (mish: Mish) => (await kernelsOf(() => derivatives(mish)[0](x))).length;
    assert.deepEqual([await count(composed), await count(ours)], [17, 3]);
    x.dispose();
  });

  it('5 tensors that are kept between forward and backward, for our 2', () => {
    const x = tf.zeros([1000]);
    assert.deepEqual(aliveBetween(composed, x), { tensors: 5, bytes: 20_000 });
    assert.deepEqual(aliveBetween(ours, x), { tensors: 2, bytes: 8000 });
    x.dispose();
  });

  it('copies: ours takes no memory but that of its result', function () {
    if (backend.name === 'js') this.skip(); // it computes in pieces of its own
    const x = tf.zeros([2 ** 22]);
    const { arrayBuffers } = process.memoryUsage();
    const y = ours(x);
    const taken = process.memoryUsage().arrayBuffers - arrayBuffers;
    assert.ok(taken < 1.01 * 4 * x.size, `${taken} bytes`);
    tf.dispose([x, y]);
  });
});
