// precision 'fast': within its bounds on every vector, same limits, no false zeros, f'' as exact as ever,
// through every door that takes the option. All 2^32 inputs are npm run verify:exhaustive's.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  mish,
  mishBackward,
  mishDerivative,
  mishDoubleBackward,
  mishTransform,
  Tensor,
} from 'node-mish';
import { Mish } from 'node-mish/operators';
import { ulpErrorFloat32 } from '../../bench/reference.ts';
import { type DeviceName, describeOnEachDevice, sample } from '../support/calls/calls.ts';
import { assertSameBits, bytesOf, differences, loadFloat32 } from '../support/values/vectors.ts';

const { x, nearest, exact } = loadFloat32();
const sample32 = (length: number, seed = 5) => sample('float32', length, seed) as Float32Array;
const dy = sample32(x.length);
const fast = (device: DeviceName) => ({ device, precision: 'fast' }) as const;

/** In ulp of f', or absolute where its root is. */
function checkDerivative(at: number, actual: number, expected: { hi: number; lo: number }): void {
  const inside = at >= -2 && at <= -0.5;
  const error = inside ? Math.abs(actual - expected.hi) : ulpErrorFloat32(actual, expected);
  assert.ok(error <= (inside ? 2 ** -22 : 8), `${error} at ${at}: ${actual}`);
}

describeOnEachDevice("precision 'fast'", (device) => {
  it('f is within 4 ulp, and never a false zero', () => {
    const y = mish(x, fast(device));
    y.forEach((value, i) => {
      const error = ulpErrorFloat32(value, exact('f', i));
      assert.ok(error <= 4, `${error} ulp at ${x[i]}: ${value}`);
      if (Math.abs(nearest.f[i]!) > 4 * 2 ** -149) assert.notEqual(value, 0, `zero at ${x[i]}`);
    });
  });

  it("f' is within 8 ulp, or 2^-22 beside its root", () => {
    mishDerivative(x, fast(device)).forEach((value, i) => {
      checkDerivative(x[i]!, value, exact('f1', i));
    });
  });

  it("backward is dy times such an f'", () => {
    const dx = mishBackward(x, dy, fast(device));
    dx.forEach((value, i) => {
      const { hi } = exact('f1', i);
      const product = { hi: hi * dy[i]!, lo: 0 };
      if (!Number.isFinite(product.hi) || Math.abs(product.hi) < 2 ** -126) return;
      if (x[i]! >= -2 && x[i]! <= -0.5) checkDerivative(x[i]!, value / dy[i]!, { hi, lo: 0 });
      else assert.ok(ulpErrorFloat32(value, product) <= 9, `at ${x[i]}: ${value}`);
    });
  });

  it('a small f’ keeps its digits when dy is large', () => {
    const [at, large] = [Float32Array.of(-100), Float32Array.of(1e30)];
    const [product] = mishBackward(at, large, fast(device));
    const [added] = mishBackward(at, large, {
      ...fast(device),
      out: new Float32Array(1),
      accumulate: true,
    });
    const [expected] = mishBackward(at, large, { device });
    for (const value of [product!, added!]) {
      assert.ok(Math.abs(value / expected! - 1) < 2 ** -20, `${value}, expected ${expected}`);
    }
  });

  it('accumulates in one sum', () => {
    const [start, dx] = [sample32(x.length, 3), mishBackward(x, dy, fast(device))];
    const out = mishBackward(x, dy, { ...fast(device), out: start.slice(), accumulate: true });
    out.forEach((value, i) => {
      const [a, b] = [start[i]!, dx[i]!];
      if (!Number.isFinite(a + b)) return;
      const size = Math.max(Math.abs(a), Math.abs(b), 2 ** -126);
      assert.ok(Math.abs(value - (a + b)) <= size * 2 ** -23, `${a} + ${b}: ${value}`);
    });
  });

  it('limits, zeros and NaN are those of exact', () => {
    const special = Float32Array.of(0, -0, Infinity, -Infinity, NaN, -1e38, 1e38, -300, 20, 100);
    const gradient = Float32Array.of(1, -1, 2, Infinity, 1, Infinity, 1, 1, 1, 1);
    assertSameBits(mish(special, fast(device)), mish(special, { device }), 'f');
    const derivatives = special.filter((value) => value !== 0);
    const options = { device };
    assertSameBits(
      mishDerivative(derivatives, fast(device)),
      mishDerivative(derivatives, options),
      "f'",
    );
    const atZero = mishDerivative(Float32Array.of(0, -0), fast(device));
    for (const value of atZero) assert.ok(Math.abs(value - 0.6) < 2 ** -22);
    const atLimits = (of: Float32Array) => of.subarray(2, 6);
    const [a, b] = [atLimits(special), atLimits(gradient)];
    assertSameBits(mishBackward(a, b, fast(device)), mishBackward(a, b, options), 'backward');
  });

  it("f'' and the gradient of x of double backward are exact", () => {
    const options = { device, order: 2 } as const;
    assertSameBits(mishDerivative(x, { ...options, precision: 'fast' }), nearest.f2, "f''");
    const ddx = sample32(x.length, 7);
    const quick = mishDoubleBackward(x, dy, ddx, fast(device));
    assertSameBits(quick.x, mishDoubleBackward(x, dy, ddx, { device }).x, 'x');
    assertSameBits(quick.dy, mishBackward(x, ddx, fast(device)), 'dy');
  });

  it('is taken by arrays, in place, Tensors, operators and streams alike', async () => {
    const y = mish(x, fast(device));
    const inPlace = x.slice();
    assertSameBits(mish(inPlace, { ...fast(device), out: inPlace }), y, 'in place');
    const tensor = Tensor.from(x, { device });
    assertSameBits(mish(tensor, fast(device)).readSync(), y, 'Tensor');
    assertSameBits(tensor.mish({ precision: 'fast' }).readSync(), y, 'method');
    assertSameBits(tensor.clone().mish_({ precision: 'fast' }).readSync(), y, 'method in place');
    const [result] = Mish.run({ inputs: [tensor], precision: 'fast' });
    assertSameBits(result.readSync(), y, 'operator');
    if (device === 'cpu') await checkStream(y);
  });

  it(device === 'js' ? 'is the exact kernel' : 'is not the exact kernel', () => {
    const differing = differences(mish(x, fast(device)), nearest.f).length;
    assert.equal(differing > 0, device !== 'js');
  });
});

async function checkStream(expected: Float32Array): Promise<void> {
  const stream = mishTransform({ dtype: 'float32', precision: 'fast' });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end(Buffer.from(bytesOf(x)));
  await once(stream, 'end');
  assert.ok(Buffer.concat(chunks).equals(bytesOf(expected)), 'stream');
}
