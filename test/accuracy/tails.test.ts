// Products far in the tails, where f' or f'' alone is zero in the dtype but the product is not, and
// products at infinity. There e^-|x| is below 2^-140 and f' = (1 + x) e^x, f'' = (2 + x) e^x, and for
// x > 0 f'' = 8 (1 - x) e^-2x, to all digits that count.
import assert from 'node:assert/strict';
import { type Exact, multiply, twoProduct } from '../../bench/double-double.ts';
import { forwardExact, ulpErrorFloat32, ulpErrorFloat64 } from '../../bench/reference.ts';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  opCases,
  plain,
} from '../support/calls/calls.ts';
import { productBounds as bounds, type Wide } from '../support/values/bounds.ts';
import { assertSameBits, type Elements, random } from '../support/values/vectors.ts';

const [backward, accumulate, double] = ['backward', 'backwardAccumulate', 'doubleBackward'].map(
  (name) => opCases.find((it) => it.name === name)!,
);
const ulpError = { float32: ulpErrorFloat32, float64: ulpErrorFloat64 };
/** e^y 2^scale for y < -100, from f(y) = y e^y. */
function exponential(y: number, scale: number): Exact {
  const { hi, lo } = forwardExact(y);
  const q = hi / y;
  const back = twoProduct(q, y);
  const rest = (hi - back.hi - back.lo + lo) / y;
  return { hi: q * 2 ** scale, lo: rest * 2 ** scale };
}

/** p e^y g for exact p and g, by halves of y, as e^y may be below all doubles. */
function scaledTail(p: number, y: number, g: number): Exact {
  const half = exponential(y / 2, 500);
  const small = g * 2 ** -1000;
  return multiply(multiply(half, half), twoProduct(p, small));
}

interface Range {
  readonly dtype: Wide;
  readonly x: readonly [number, number];
  /** log2 of the sizes of dy and ddx. */
  readonly dy: readonly [number, number];
  readonly ddx: readonly [number, number];
  /** How many of the 4,000 results are not zero: of the gradient of x, that of dy, and backward. */
  readonly nonzero: readonly [gradX: number, gradDy: number, dx: number];
}

const ranges: readonly Range[] = [
  {
    dtype: 'float32',
    x: [-202, -101],
    dy: [100, 127.9],
    ddx: [100, 127.9],
    nonzero: [4000, 3465, 3434],
  },
  { dtype: 'float32', x: [-290, -201], dy: [100, 127.9], ddx: [100, 127.9], nonzero: [2981, 0, 0] },
  { dtype: 'float32', x: [101, 148], dy: [100, 127.9], ddx: [100, 127.9], nonzero: [2887, 0, 0] },
  { dtype: 'float64', x: [-745, -700], dy: [20, 300], ddx: [20, 300], nonzero: [4000, 4000, 4000] },
  { dtype: 'float64', x: [-1340, -740], dy: [960, 1000], ddx: [3, 20], nonzero: [4000, 124, 4000] },
  { dtype: 'float64', x: [340, 660], dy: [960, 1000], ddx: [3, 20], nonzero: [4000, 0, 0] },
];

const count = 4000;

function uniform(dtype: Wide, [from, to]: readonly [number, number], seed: number): Elements {
  const next = random(seed);
  return newElements(dtype, count).map(() => from + (to - from) * next()) as Elements;
}

/** Of these sizes, and of few bits, so that products of two of them are exact. */
function powers(dtype: Wide, range: readonly [number, number], seed: number): Elements {
  return uniform(dtype, range, seed).map((e, i) => {
    const value = 2 ** Math.floor(e) * (1 + ((i * 37) % 64) / 64);
    return i % 2 ? value : -value;
  }) as Elements;
}

/** @throws unless every result is within the bound, and as many as that are not zero */
function check(
  dtype: Wide,
  actual: Elements,
  exact: (i: number) => Exact,
  bound: number,
  expectedNonzero: number,
): void {
  let nonzero = 0;
  actual.forEach((value, i) => {
    const expected = exact(i);
    assert.ok(Number.isFinite(expected.hi));
    const error = ulpError[dtype](value, expected);
    assert.ok(error <= bound, `${error} ulp at ${i}: ${value}, not ${expected.hi}`);
    if (value !== 0) nonzero++;
  });
  assert.equal(nonzero, expectedNonzero);
}

function rangeTest(device: DeviceName, range: Range): void {
  const { dtype } = range;
  const x = uniform(dtype, range.x, 3);
  const [dy, ddx] = [powers(dtype, range.dy, 5), powers(dtype, range.ddx, 7)];
  const bound = bounds[device][dtype];
  const right = range.x[0] > 0;
  const g = (i: number) => dy[i]! * ddx[i]!;
  const first = (i: number, by: Elements) => scaledTail(1 + x[i]!, x[i]!, by[i]!);
  const second = (i: number) =>
    right ? scaledTail(8 * (1 - x[i]!), -2 * x[i]!, g(i)) : scaledTail(2 + x[i]!, x[i]!, g(i));

  const [gradX, gradDy] = plain(double!, dtype, device, [x, dy, ddx]);
  check(dtype, gradX!, second, bound.double, range.nonzero[0]);
  if (right) return; // f' is 1
  check(dtype, gradDy!, (i) => first(i, ddx), bound.backward, range.nonzero[1]);
  const [dx] = plain(backward!, dtype, device, [x, dy]);
  check(dtype, dx!, (i) => first(i, dy), bound.backward, range.nonzero[2]);
  const [sum] = plain(accumulate!, dtype, device, [x, dy]);
  // f' is rounded before the fma.
  check(dtype, sum!, (i) => first(i, dy), bound.accumulate, range.nonzero[2]);
}

const inf = Number.POSITIVE_INFINITY;
/** [x, dy, ddx, backward(x, dy), gradient of x, gradient of dy] */
const atInfinity: readonly (readonly number[])[] = [
  [-inf, 3, 2, -0, -0, -0],
  [-inf, -3, 2, 0, 0, -0],
  [-inf, inf, 2, NaN, NaN, -0],
  [-inf, -inf, -2, NaN, NaN, 0],
  [-inf, 3, inf, -0, NaN, NaN],
  [inf, 3, 2, 3, -0, 2],
  [inf, -3, 2, -3, 0, 2],
  [inf, inf, 2, inf, NaN, 2],
  [inf, 3, -inf, 3, NaN, -inf],
];
/** Where f' and f'' are below all floats, but not zero. */
const atInfinityOfFloats: typeof atInfinity = [
  [-300, inf, 1, -inf, -inf, -0],
  [-300, 1, inf, -0, -inf, -inf],
  [100, inf, 1, inf, -inf, 1],
];

function infinityTest(device: DeviceName, dtype: Wide): void {
  const rows = dtype === 'float32' ? [...atInfinity, ...atInfinityOfFloats] : atInfinity;
  const column = (k: number) => newElements(dtype, rows.length).map((_, i) => rows[i]![k]!);
  const [x, dy, ddx, ...expected] = [0, 1, 2, 3, 4, 5].map(column) as Elements[];
  const [dx] = plain(backward!, dtype, device, [x!, dy!]);
  const actual = [dx!, ...plain(double!, dtype, device, [x!, dy!, ddx!])];
  const names = ['backward', 'gradient of x', 'gradient of dy'];
  for (const [k, name] of names.entries()) assertSameBits(actual[k]!, expected[k]!, name);
}

describeOnEachDevice('tails', (device) => {
  for (const range of ranges) {
    const { dtype, x } = range;
    it(`${dtype}: products for x in [${x.join(', ')}]`, () => rangeTest(device, range));
  }
  for (const dtype of ['float32', 'float64'] as const) {
    it(`${dtype}: products at infinity, by bits`, () => infinityTest(device, dtype));
  }
});
