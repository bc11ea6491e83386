// What multiplies by a derivative (backward, accumulated or not, and double backward) keeps the
// accuracy that the README promises. References: bench/reference.ts (double-double) and exact
// products; for half types, whose products are exact in double, the one right answer.
import assert from 'node:assert/strict';
import { addNumber, type Exact, multiply, twoProduct } from '../../bench/double-double.ts';
import {
  derivativeExact,
  roots,
  roundToFloat32,
  secondDerivativeExact,
  ulpErrorFloat32,
  ulpErrorFloat64,
} from '../../bench/reference.ts';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  opCases,
  plain,
  sample,
  titleOf,
  unusable,
} from '../support/calls/calls.ts';
import { productBounds as bounds, enoughBeside, type Wide } from '../support/values/bounds.ts';
import { halfToNumber, numberToHalf } from '../support/values/half.ts';
import {
  assertSameBits,
  differences,
  dtypeNames,
  type Elements,
  everyHalf,
  type HalfName,
  halfNames,
  random,
} from '../support/values/vectors.ts';

const wideNames: readonly Wide[] = ['float32', 'float64'];

const [backward, accumulate, double] = ['backward', 'backwardAccumulate', 'doubleBackward'].map(
  (name) => opCases.find((it) => it.name === name)!,
);

const ulpError = { float32: ulpErrorFloat32, float64: ulpErrorFloat64 };
const fill = (dtype: Wide, count: number, value: (i: number) => number): Elements =>
  newElements(dtype, count).map((_, i) => value(i));

// ---------------------------------------------------------------- exact arithmetic

const scale = 600n;

/** The integer x * 2^600, for finite x that has no bit below 2^-600. */
function scaled(x: number): bigint {
  const high = x * 2 ** 300; // exact, and then an integer once 2^300 more are taken in
  const exponent = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(high))) - 60;
  const mantissa = BigInt(high * 2 ** -exponent);
  const shift = BigInt(exponent) + scale - 300n;
  return shift >= 0n ? mantissa << shift : mantissa / (1n << -shift);
}

/** a * b + c rounded once, for operands whose sum and product have no bit below 2^-600. */
function fma(a: number, b: number, c: number): number {
  const sum = scaled(a) * scaled(b) + (scaled(c) << scale);
  return Number(sum >> 300n) * 2 ** -900; // Number() rounds once; the bits shifted out are zeros
}

// ---------------------------------------------------------------- inputs

const length = 30_000;

/** Where the derivatives are of every size and sign, and for a third of the points near their roots. */
function points(dtype: Wide, count = length): Elements {
  const next = random(23);
  const centres = [...roots.f1, ...roots.f2];
  return fill(dtype, count, (i) => {
    const near = centres[(i % 9) / 3]; // for every third i
    return near === undefined ? (next() - 0.6) * 60 : near + (next() - 0.5) * 2 ** -(next() * 22);
  });
}

/** Factors of either sign and many sizes. */
function factors(dtype: Wide, seed: number, count = length): Elements {
  const next = random(seed);
  return fill(dtype, count, () => (next() - 0.5) * 2 ** Math.floor(next() * 40 - 20));
}

/** @throws unless every result is within the bound, or the distance that `slack` gives for it */
function checkAll(
  dtype: Wide,
  actual: Elements,
  exact: (i: number) => Exact,
  ulp: number,
  slack: (i: number) => number,
): void {
  for (let i = 0; i < actual.length; i++) {
    const expected = exact(i);
    const error = ulpError[dtype](actual[i]!, expected);
    if (error <= ulp) continue;
    const distance = Math.abs(actual[i]! - expected.hi - expected.lo);
    if (distance <= slack(i)) continue;
    throw new Error(`${error} ulp, ${distance} absolute at ${i}: ${actual[i]}, not ${expected.hi}`);
  }
}

// ---------------------------------------------------------------- float32 and float64

function backwardTest(device: DeviceName, dtype: Wide): void {
  const bound = bounds[device][dtype];
  it(`${dtype} backward: dy f'(x) within ${bound.backward} ulp`, () => {
    const [x, dy] = [points(dtype), factors(dtype, 29)];
    const [dx] = plain(backward!, dtype, device, [x, dy]);
    const exact = (i: number) => multiply(derivativeExact(x[i]!), { hi: dy[i]!, lo: 0 });
    const slack = (i: number) => enoughBeside('f1', x[i]!, bound.first) * Math.abs(dy[i]!);
    checkAll(dtype, dx!, exact, bound.backward, slack);
  });
}

function accumulateTest(device: DeviceName, dtype: Wide): void {
  const bound = bounds[device][dtype];
  it(`${dtype} accumulate: out + dy f'(x), one rounding and the error of f'`, () => {
    const [x, dy, start] = [points(dtype), factors(dtype, 29), factors(dtype, 31)];
    const [dx] = plain(accumulate!, dtype, device, [x, dy], start);
    const term = (i: number) => multiply(derivativeExact(x[i]!), { hi: dy[i]!, lo: 0 });
    const exact = (i: number) => addNumber(term(i), start[i]!);
    // Half an ulp of the sum, and what f' and, without fma, the product's rounding bring in.
    const slack = (i: number) => {
      const beside = enoughBeside('f1', x[i]!, bound.first) * Math.abs(dy[i]!);
      const own = Math.abs(term(i).hi) * bound.term + beside;
      const half = Math.abs(exact(i).hi) * (dtype === 'float32' ? 2 ** -24 : 2 ** -53);
      return half * (1 + 2 ** -20) + own;
    };
    checkAll(dtype, dx!, exact, 0.5000001, slack);
  });
}

function doubleBackwardTest(device: DeviceName, dtype: Wide): void {
  const bound = bounds[device][dtype];
  it(`${dtype} double backward: x is (ddx dy) f''(x) within ${bound.double} ulp`, () => {
    const [x, dy, ddx] = [points(dtype), factors(dtype, 29), factors(dtype, 37)];
    const [gradX] = plain(double!, dtype, device, [x, dy, ddx]);
    const exact = (i: number) =>
      multiply(twoProduct(ddx[i]!, dy[i]!), secondDerivativeExact(x[i]!));
    const slack = (i: number) =>
      enoughBeside('f2', x[i]!, bound.second) * Math.abs(ddx[i]! * dy[i]!);
    checkAll(dtype, gradX!, exact, bound.double, slack);
  });
}

/** Where products are zero, infinite or NaN the plain product has the bits, signs of zeros too. */
function zeroTest(device: DeviceName, dtype: Wide): void {
  it(`${dtype} backward: the signs of dy f'(x) for dy zero or infinite`, () => {
    const pairs = [0, -0, 1 / 0, -1 / 0].flatMap((dy) => [-9, -0, 3, 50].map((x) => [x, dy]));
    const [x, dy] = [0, 1].map((k) => fill(dtype, pairs.length, (i) => pairs[i]![k]!));
    const [dx] = plain(backward!, dtype, device, [x!, dy!]);
    const expected = fill(dtype, pairs.length, (i) => derivativeExact(x![i]!).hi * dy![i]!);
    assertSameBits(dx!, expected, dtype);
  });
}

// ---------------------------------------------------------------- half types

/** Results for one operand from every bit pattern, the others at random, against the one right answer. */
function halfTest(device: DeviceName, dtype: HalfName): void {
  const x = everyHalf();
  const next = random(41);
  const bits = () => Uint16Array.from(x, () => Math.floor(next() * 65_536));
  const [dy, ddx, start] = [bits(), bits(), bits()];
  const value = (array: Elements, i: number) => halfToNumber(dtype, array[i]!);
  const first = Float64Array.from(x, (_, i) => roundToFloat32(derivativeExact(value(x, i))));
  const second = Float64Array.from(x, (_, i) => roundToFloat32(secondDerivativeExact(value(x, i))));
  const rounded = (f: (i: number) => number) => x.map((_, i) => numberToHalf(dtype, f(i)));

  it(`${dtype} backward: float32(f'(x)) dy rounded once, every x`, () => {
    const [dx] = plain(backward!, dtype, device, [x, dy]);
    assertSameBits(
      dx!,
      rounded((i) => first[i]! * value(dy, i)),
      dtype,
    );
  });
  it(`${dtype} accumulate: out + float32(f'(x)) dy rounded once, every x`, () => {
    const [dx] = plain(accumulate!, dtype, device, [x, dy], start);
    const sum = (i: number) => value(start, i) + first[i]! * value(dy, i);
    assertSameBits(dx!, rounded(sum), dtype);
  });
  it(`${dtype} double backward: (ddx dy) float32(f''(x)) rounded once, every x`, () => {
    const [gradX] = plain(double!, dtype, device, [x, dy, ddx]);
    const expected = rounded((i) => value(ddx, i) * value(dy, i) * second[i]!);
    assertSameBits(gradX!, expected, dtype);
  });
}

describeOnEachDevice('gradients', (device) => {
  for (const dtype of wideNames) {
    backwardTest(device, dtype);
    accumulateTest(device, dtype);
    doubleBackwardTest(device, dtype);
  }
  for (const dtype of halfNames) halfTest(device, dtype);
  for (const dtype of wideNames) zeroTest(device, dtype);
  for (const dtype of dtypeNames) {
    it(`${dtype} double backward: dy is backward(x, ddx), bit for bit`, () => {
      const make = (seed: number) => sample(dtype, 5000, seed);
      const [x, dy, ddx] = [make(1), make(5), make(7)];
      const [, gradDy] = plain(double!, dtype, device, [x, dy, ddx]);
      const [expected] = plain(backward!, dtype, device, [x, ddx]);
      assertSameBits(gradDy!, expected!, dtype);
    });
  }
});

describe(titleOf('gradients, JS beside native,', 'cpu'), () => {
  before(function () {
    if (unusable('cpu')) this.skip();
  });
  it('float64 accumulate on cpu is one fma of the float64 derivative', () => {
    const [x, dy, start] = [
      points('float64', 5000),
      factors('float64', 29),
      factors('float64', 31),
    ];
    const of = (array: Elements) => array.subarray(0, 5000);
    const derivative = opCases.find((it) => it.name === 'derivative')!;
    const [slope] = plain(derivative, 'float64', 'cpu', [x]);
    const [dx] = plain(accumulate!, 'float64', 'cpu', [x, of(dy)], of(start));
    const expected = Float64Array.from(x, (_, i) => fma(slope![i]!, dy[i]!, start[i]!));
    assertSameBits(dx!, expected, 'fma');
  });
  it('float32 backward: of 2^20 results at most one is one bit from native', () => {
    const [x, dy] = [points('float32', 2 ** 20), factors('float32', 43, 2 ** 20)];
    const [js] = plain(backward!, 'float32', 'js', [x, dy]);
    const [native] = plain(backward!, 'float32', 'cpu', [x, dy]);
    const wrong = differences(js!, native!);
    assert.ok(wrong.length <= 1, `${wrong.length} differ`);
    const bits = (array: Elements, i: number) => new Int32Array(array.buffer)[i]!;
    for (const i of wrong) assert.equal(Math.abs(bits(js!, i) - bits(native!, i)), 1);
  });
});
