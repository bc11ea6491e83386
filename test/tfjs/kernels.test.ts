// Mish in the real TensorFlow.js, on each path: values and derivatives beside the vectors, gradients of every
// operand, third order, dtypes and shapes, memory.
import assert from 'node:assert/strict';
import { backend } from 'node-mish';
import type { TfPath } from 'node-mish/tfjs';
import { derivativeExact, forwardExact, secondDerivativeExact } from '../../bench/reference.ts';
import { assertCode } from '../support/errors.ts';
import { type Backend, derivativesOf, installed, tf } from '../support/tfjs.ts';
import { assertSameBits, type Column, columns, loadFloat32 } from '../support/values/vectors.ts';

const vectors = loadFloat32();
const native = backend.name === 'native';

/** e^x is subnormal below -87.3, and its last bit is multiplied by x. */
const tail = 2 ** -142;

/** How far that is from the truth, in what is allowed on the portable path; at most 1 holds. */
function portableError(column: Column, i: number, actual: number): number {
  const expected = vectors.nearest[column][i]!;
  if (!Number.isFinite(expected)) return Object.is(actual, expected) ? 0 : Number.POSITIVE_INFINITY;
  const { hi } = vectors.exact(column, i);
  const distance = Math.abs(actual - hi);
  if (Number.isNaN(distance)) return Number.POSITIVE_INFINITY;
  if (column === 'f') return distance / Math.max(4 * 2 ** -23 * Math.abs(hi), tail);
  return Math.min(distance / (1e-5 * Math.abs(hi)), distance / 1e-6);
}

const [f, f1, f2] = [forwardExact, derivativeExact, secondDerivativeExact].map(
  (of) => (x: number) => of(x).hi,
) as [(x: number) => number, (x: number) => number, (x: number) => number];

/** Of a function of tensors, on some points. */
function checkOn(of: (x: tf.Tensor) => tf.Tensor, truth: (x: number) => number): void {
  const x = Float32Array.of(-3, -1.5, -0.25, 0, 0.5, 1, 2.5, 6);
  const found = tf.tidy(() => of(tf.tensor1d(x)).dataSync());
  for (const [i, at] of x.entries()) {
    const expected = truth(at);
    const distance = Math.abs(found[i]! - expected);
    assert.ok(
      distance <= 2e-6 * Math.max(1, Math.abs(expected)),
      `${at}: ${found[i]}, ${expected}`,
    );
  }
}

const setups: readonly { readonly on: Backend; readonly path: TfPath; readonly forced?: true }[] = [
  { on: 'cpu', path: native ? 'native' : 'js' },
  { on: 'cpu', path: 'js', forced: true },
  { on: 'cpu', path: 'portable', forced: true },
  { on: 'wasm', path: native ? 'native' : 'js' },
  { on: 'wasm', path: 'js', forced: true },
  { on: 'wasm', path: 'portable', forced: true },
];

for (const { on, path, forced } of setups) {
  describe(`Mish in TensorFlow.js: ${on}, ${path}${forced ? ', asked for' : ''}`, () => {
    const installation = installed(on, forced ? { paths: { [on]: path } } : undefined);
    const mish = <T extends tf.Tensor>(x: T): T => installation().mish(x);
    const second = (of: (x: tf.Tensor) => tf.Tensor) => tf.grad((x) => tf.grad(of)(x));

    it('is computed on that path', () => {
      assert.equal(installation().paths[on], path);
      assert.equal(tf.getBackend(), on);
    });

    it("has the values of f, f' and f''", () => {
      const found = derivativesOf(installation().mish, vectors.x);
      for (const column of columns) {
        if (path !== 'portable') {
          // The gradient's dy is 1: what is computed is f' and f'' themselves. -0 is 0 + -0 in tf's sums.
          assertSameBits(found[column], vectors.nearest[column], column);
          continue;
        }
        const errors = Array.from(found[column], (y, i) => portableError(column, i, y));
        const worst = errors.reduce((most, error, i) => (error > errors[most]! ? i : most), 0);
        assert.ok(errors[worst]! <= 1, `${column}(${vectors.x[worst]}): ${found[column][worst]}`);
      }
    });

    it('is differentiated twice in the midst of other ops, also where only its gradient is', () => {
      // (x x mish(x))'' = 2 f + 4 x f' + x x f''
      checkOn(
        second((x) => tf.mul(tf.square(x), mish(x))),
        (x) => 2 * f(x) + 4 * x * f1(x) + x * x * f2(x),
      );
      // With g = c f'(c x), the gradient of g g for c is 2 g (f'(c x) + c x f''(c x)): a gradient penalty.
      const c = tf.scalar(0.75);
      const penalty = (x: tf.Tensor) => (c: tf.Tensor) =>
        tf.sum(tf.square(tf.grad((x) => mish(tf.mul(c, x)))(x)));
      const each = (x: tf.Tensor) => tf.stack(tf.unstack(x).map((one) => tf.grad(penalty(one))(c)));
      checkOn(each, (x) => 1.5 * f1(0.75 * x) * (f1(0.75 * x) + 0.75 * x * f2(0.75 * x)));
      c.dispose();
    });

    it('throws at third order, and has it where that is linear', () => {
      const x = tf.tensor1d([0.5, -1]);
      assertCode('ERR_MISH_UNSUPPORTED', () => tf.tidy(() => tf.grad(second(mish))(x)));
      // Not dropped beside other terms either.
      const mixed = (x: tf.Tensor) => tf.add(tf.pow(x, 4), mish(x));
      assertCode('ERR_MISH_UNSUPPORTED', () => tf.tidy(() => tf.grad(second(mixed))(x)));
      // d/dc (c mish(x))'' = f''(x)
      const ofC = (c: tf.Tensor) => second((x) => tf.mul(c, mish(x)))(x);
      // d/dc (c (2 mish(x))')' = 2 f''(x)
      const twice = (x: tf.Tensor) => tf.mul(2, mish(x));
      const ofSlope = (c: tf.Tensor) => tf.grad((x) => tf.mul(c, tf.grad(twice)(x)))(x);
      for (const [of, factor] of [
        [ofC, 1],
        [ofSlope, 2],
      ] as const) {
        const found = tf.tidy(() =>
          tf
            .grad(of)(tf.tensor1d([3, 4]))
            .dataSync(),
        );
        for (const [i, at] of [0.5, -1].entries()) {
          assert.ok(Math.abs(found[i]! - factor * f2(at)) < 1e-6);
        }
      }
    });

    it("has an f'' of as many elements as take several pieces", () => {
      const x = Float32Array.from({ length: 2 ** 17 + 3 }, (_, i) => Math.sin(i));
      const found = derivativesOf(installation().mish, x).f2;
      for (const i of [0, 2 ** 16 - 1, 2 ** 16, 2 ** 17 - 1, 2 ** 17, 2 ** 17 + 2]) {
        assert.ok(Math.abs(found[i]! - f2(x[i]!)) < 1e-6, `${i}: ${found[i]}`);
      }
    });

    it('takes shapes of any rank, numbers, arrays, no elements, and casts int32', () => {
      const read = (of: () => tf.Tensor) => {
        const y = tf.tidy(of);
        const result = [y.dtype, y.shape, Array.from(y.dataSync(), (value) => value.toFixed(5))];
        y.dispose();
        return result;
      };
      const one = f(1).toFixed(5);
      const four = [0, 1, 2, 3].map((x) => f(x).toFixed(5));
      assert.deepEqual(
        read(() => mish(tf.zeros([0, 3]))),
        ['float32', [0, 3], []],
      );
      assert.deepEqual(
        read(() => mish(tf.range(0, 4).reshape([1, 2, 1, 2]))),
        [...['float32', [1, 2, 1, 2], four]],
      );
      assert.deepEqual(
        read(() => installation().mish(1)),
        ['float32', [], [one]],
      );
      assert.deepEqual(
        read(() => installation().mish([[1], [1]])),
        ['float32', [2, 1], [one, one]],
      );
      const integers = tf.tensor1d([0, 1, 2, 3], 'int32');
      assert.deepEqual(
        read(() => mish(integers)),
        ['float32', [4], four],
      );
      const slope = [f1(0), f1(1), f1(2), f1(3)].map((y) => y.toFixed(5));
      assert.deepEqual(
        read(() => tf.grad(mish)(integers)),
        ['float32', [4], slope],
      );
      assert.equal(integers.dtype, 'int32');
      integers.dispose();
    });

    it('keeps memory flat over 1,000 steps of training with a gradient penalty', () => {
      const w = tf.variable(tf.tensor1d([0.3, -0.2]));
      const x = tf.tensor1d([1, 2]);
      const optimizer = tf.train.sgd(1e-4);
      const loss = () => {
        const slope = tf.grad((x: tf.Tensor) => mish(tf.mul(w, x)))(x);
        return tf.add(tf.sum(mish(tf.mul(w, x))), tf.sum(tf.square(slope))).asScalar();
      };
      const step = () => optimizer.minimize(loss);
      step();
      const before = tf.memory();
      for (let i = 0; i < 1000; i++) step();
      assert.deepEqual(tf.memory(), before);
      tf.dispose([w, x]);
      optimizer.dispose();
    });
  });
}

describe('Mish in WebAssembly memory', () => {
  const installation = installed('wasm');

  // Before the other: memory that is free again is not given back.
  it('is right where there had to be more of it for inputs from another backend', async () => {
    const { mish } = installation();
    const size = 2 ** 22;
    await tf.setBackend('cpu');
    const make = (value: number) => Array.from({ length: 6 }, () => tf.fill([size], value));
    const [xs, dys] = [make(-1.25), make(3)];
    await tf.setBackend('wasm');
    for (const [i, x] of xs.entries()) {
      const [y, dx] = tf.tidy(() => [mish(x), tf.grad((x: tf.Tensor) => mish(x))(x, dys[i])]);
      const [value, slope] = [y, dx].map((tensor) => tensor!.dataSync()[size - 1]);
      assert.deepEqual([value, slope], [Math.fround(f(-1.25)), Math.fround(3 * f1(-1.25))]);
      tf.dispose([y!, dx!]);
    }
    tf.dispose([xs, dys]);
  });

  it('is right where there had to be more of it for the result', () => {
    const [memory, size] = [() => tf.memory().numBytes, 2 ** 23];
    const before = memory();
    const x = tf.fill([size], -1.25);
    const many = Array.from({ length: 6 }, () => installation().mish(x));
    const expected = Math.fround(f(-1.25));
    for (const y of many) {
      const values = y.dataSync();
      for (const i of [0, 1, size / 2, size - 1]) assert.equal(values[i], expected);
    }
    tf.dispose([x, many]);
    assert.equal(memory(), before);
  });

  it('throws, and gives the result back, when there is none or the kernel fails', () => {
    installation();
    const { kernelFunc } = tf.getKernel('NodeMish', 'wasm');
    const disposed: object[] = [];
    const id = {};
    const run = (view: (tensor: { dataId: object }) => unknown) => {
      const backend = {
        getMemoryOffset: () => 0,
        makeOutput: (shape: number[], dtype: string) => ({ dataId: id, shape, dtype }),
        typedArrayFromHeap: view,
        disposeData: (dataId: object) => disposed.push(dataId),
      };
      const x = { dataId: {}, shape: [2], dtype: 'float32' as const };
      return () => kernelFunc({ inputs: { x }, backend });
    };
    const heap = new ArrayBuffer(64);
    assertCode(
      'ERR_MISH_OOM',
      run(() => new Float32Array(heap, 0, 2)),
    );
    const partly = ({ dataId }: { dataId: object }) =>
      new Float32Array(heap, dataId === id ? 16 : 20, 2);
    assertCode('ERR_MISH_OVERLAP', run(partly));
    assert.deepEqual(disposed, [id, id]);
  });
});
