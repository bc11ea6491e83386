// float64 Mish and its first two derivatives, without fma: f and f' within 1.25 ulp, f'' within 1.5 ulp,
// and beside the roots of f' and f'' within 2^-56 absolute. The same bits in every engine, as nothing
// here asks for Math.exp.
//
// The formulas are those of float32.ts, not shifted to roots: a value is carried as hi + low, and the
// hi of a factor has 24 bits (Math.fround), so that the product of two is exact. Each step errs by some
// 2^-75 of what it adds up, and the quotient at the end by 1 ulp. In plain double f would be 3.1 ulp
// off, f' 5.3. Measured, an element: f 40, f' 48, f'' 75 ns (float32.ts: 7, 10, 15).
import { leastPower, powerOfTwo } from './exp.ts';
import { type Block, blockLength } from './kernels.ts';
import { ln2Hi, ln2Lo } from './roots.ts';

// The low part of the last result. In a typed array: a module variable would allocate at each store.
const low = new Float64Array(1);

/** a + b exactly. */
function twoSum(a: number, b: number): number {
  const sum = a + b;
  const part = sum - a;
  low[0] = a - (sum - part) + (b - part);
  return sum;
}

/** (a + aLow) (w + wLow); w has 24 bits. */
function multiply(a: number, aLow: number, w: number, wLow: number): number {
  const head = Math.fround(a);
  const tail = a - head + aLow;
  low[0] = w * tail + wLow * (head + tail);
  return w * head;
}

/** (a + aLow) (w + wLow) + c + cLow; w has 24 bits. */
function multiplyAdd(
  a: number,
  aLow: number,
  w: number,
  wLow: number,
  c: number,
  cLow: number,
): number {
  const head = Math.fround(a);
  const tail = a - head + aLow;
  const product = w * head;
  const sum = product + c;
  const part = sum - product;
  low[0] = product - (sum - part) + (c - part) + (w * tail + wLow * (head + tail) + cLow);
  return sum;
}

/** (a + aLow) / (b + bLow) within 1 ulp. */
function quotient(a: number, aLow: number, b: number, bLow: number): number {
  const dividend = a + aLow;
  const divisor = b + bLow;
  const q = dividend / divisor;
  return q + (a - dividend + aLow - q * (b - divisor + bLow)) / divisor;
}

/** y 2^k, rounded at most once. */
function scale(y: number, k: number): number {
  if (k >= leastPower) return y * powerOfTwo(k);
  return y * powerOfTwo(leastPower) * powerOfTwo(Math.max(k - leastPower, leastPower));
}

/** q 2^k y, where q 2^k alone may be below all doubles; q has the size of 1 or so. */
function scaledProduct(q: number, k: number, y: number): number {
  if (k >= -900) return q * powerOfTwo(k) * y;
  return q * powerOfTwo(-900) * scale(y, k + 900);
}

/**
 * Q of e^r = 1 + r + r^2 Q(r), constant first: what exp_tail_degree13 of binding/math/exp.h has, which
 * test/tools/roots.test.ts holds.
 */
export const expTail: readonly number[] = [
  0.5, 0.16666666666666666, 0.041666666666666685, 0.008333333333334077, 0.0013888888888873342,
  0.00019841269839074958, 2.4801587348988695e-5, 2.755732226046538e-6, 2.7557252068274917e-7,
  2.505010233569102e-8, 2.092167656524989e-9, 1.6579857991243137e-10,
];
const [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11] = expTail as readonly [
  ...(readonly [number, number, number, number, number, number]),
  ...(readonly [number, number, number, number, number, number]),
];

// e^y = 2^k (m + mLow) for each y of a block, m of 24 bits and m + mLow in [0.7, 1.42] to about 2^-56.
const exponents = new Float64Array(blockLength);
const mantissas = new Float64Array(blockLength);
const mantissaLows = new Float64Array(blockLength);

// Below it every result is -0, f' and f'' even after they were multiplied by the greatest double.
const lowest = -1470;

/** Fills them for y = x, or for y = -|x|; a pass of its own, which the engine compiles better. */
function exponentials(x: Block, count: number, mirrored: boolean): void {
  for (let i = 0; i < count; i++) {
    const bounded = mirrored ? bothSides(x[i]!) : Math.max(x[i]!, lowest);
    const y = mirrored ? -Math.abs(bounded) : bounded;
    const k = Math.round(y * Math.LOG2E);
    const high = y - k * ln2Hi; // exact: ln2Hi has 37 bits
    const r = high - k * ln2Lo;
    const tail = expTailAt(r) + (high - r - k * ln2Lo);
    const expm1 = r + tail;
    const m = Math.fround(1 + expm1);
    exponents[i] = k;
    mantissas[i] = m;
    mantissaLows[i] = 1 - m + expm1 + (r - expm1 + tail);
  }
}

/** x to where f'' is zero on both sides. */
function bothSides(x: number): number {
  return Math.max(lowest, Math.min(x, -lowest / 2));
}

/** r^2 Q(r) */
function expTailAt(r: number): number {
  const r2 = r * r;
  const r4 = r2 * r2;
  const q0 = c0 + c1 * r + (c2 + c3 * r) * r2;
  const q4 = c4 + c5 * r + (c6 + c7 * r) * r2;
  const q8 = c8 + c9 * r + (c10 + c11 * r) * r2;
  return r2 * (q0 + r4 * (q4 + r4 * q8));
}

/** 2^k as it takes part in sums with 1 and more, where 2^-100 and less make no difference. */
function addedPower(k: number): number {
  return powerOfTwo(Math.max(k, -100));
}

/** f(x) = x tanh(softplus(x)); f(+-0) = +-0, f(-inf) = -0, f(+inf) = +inf. */
function forwardAt(x: number, k: number, m: number, mLow: number): number {
  if (!(x < 45) || x === 0) return x;
  const bounded = Math.max(x, lowest);
  const power = addedPower(k);
  const w = m * power;
  const wLow = mLow * power;
  // With a = w + 2: f = x w a / d, d = w a + 2.
  const a = twoSum(w, 2);
  const aLow = low[0]! + wLow;
  const d = multiplyAdd(a, aLow, w, wLow, 2, 0);
  const dLow = low[0]!;
  const product = multiply(a, aLow, m, mLow);
  const head = Math.fround(bounded);
  const numerator = multiply(product, low[0]!, head, bounded - head);
  return scale(quotient(numerator, low[0]!, d, dLow), k);
}

/** f'(x) 2^-k for x < 25. */
function derivativeFactor(x: number, k: number, m: number, mLow: number): number {
  const power = addedPower(k);
  const w = m * power;
  const wLow = mLow * power;
  // The bracket by powers of w: ((w + 4) w + 6 + 4x) w + 4 + 4x.
  const first = twoSum(4 * x, 6);
  const firstLow = low[0]!;
  const constant = twoSum(4 * x, 4);
  const constantLow = low[0]!;
  const second = twoSum(w, 4);
  const inner = multiplyAdd(second, low[0]! + wLow, w, wLow, first, firstLow);
  const bracket = multiplyAdd(inner, low[0]!, w, wLow, constant, constantLow);
  const numerator = multiply(bracket, low[0]!, m, mLow);
  const numeratorLow = low[0]!;
  const a = twoSum(w, 2);
  const d = multiplyAdd(a, low[0]! + wLow, w, wLow, 2, 0);
  const head = Math.fround(d);
  const square = multiply(d, low[0]!, head, d - head + low[0]!);
  return quotient(numerator, numeratorLow, square, low[0]!);
}

/** f'(x) y, without rounding f' into the subnormals; f'(-inf) = -0, f'(+inf) = 1. */
function timesDerivativeAt(x: number, k: number, m: number, mLow: number, y: number): number {
  if (!(x < 25)) return x > 0 ? y : x; // x: NaN
  if (x === -Infinity) return -0 * y;
  return scaledProduct(derivativeFactor(Math.max(x, lowest), k, m, mLow), k, y);
}

/**
 * f''(x) 2^-k for x <= 0 and 2^-2k for x > 0. In u = e^-|x|, for x > 0 with numerator and denominator
 * divided by w^6:
 *   x <= 0: 4u   [4 + 2x + u (8 + 2x + u (6 - 3x + u (2 - 2x)))] / (2 + 2u +  u^2)^3
 *   x >  0: 4u^2 [2 - 2x + u (6 - 3x + u (8 + 2x + u (4 + 2x)))] / (1 + 2u + 2u^2)^3
 */
function secondDerivativeFactor(x: number, k: number, m: number, mLow: number): number {
  const left = x <= 0;
  const power = addedPower(k);
  const u = m * power;
  const uLow = mLow * power;
  let numerator = multiply(secondBracket(x, u, uLow), low[0]!, m, mLow);
  if (!left) numerator = multiply(numerator, low[0]!, m, mLow);
  const numeratorLow = low[0]!;
  const inner = left ? twoSum(u, 2) : twoSum(2 * u, 2);
  const innerLow = low[0]! + (left ? uLow : 2 * uLow);
  const d = multiplyAdd(inner, innerLow, u, uLow, left ? 2 : 1, 0);
  const head = Math.fround(d);
  const tail = d - head + low[0]!;
  const square = multiply(d, low[0]!, head, tail);
  const cube = multiply(square, low[0]!, head, tail);
  return 4 * quotient(numerator, numeratorLow, cube, low[0]!);
}

/** The bracket of f'', its low part in `low`. */
function secondBracket(x: number, u: number, uLow: number): number {
  const left = x <= 0;
  const p0 = twoSum(4, 2 * x);
  const p0Low = low[0]!;
  const p1 = twoSum(8, 2 * x);
  const p1Low = low[0]!;
  const triple = twoSum(2 * x, x);
  const tripleLow = low[0]!;
  const p2 = twoSum(6, -triple);
  const p2Low = low[0]! - tripleLow;
  const p3 = twoSum(2, -2 * x);
  const p3Low = low[0]!;
  if (left) {
    const sum = multiplyAdd(p3, p3Low, u, uLow, p2, p2Low);
    const next = multiplyAdd(sum, low[0]!, u, uLow, p1, p1Low);
    return multiplyAdd(next, low[0]!, u, uLow, p0, p0Low);
  }
  const sum = multiplyAdd(p0, p0Low, u, uLow, p1, p1Low);
  const next = multiplyAdd(sum, low[0]!, u, uLow, p2, p2Low);
  return multiplyAdd(next, low[0]!, u, uLow, p3, p3Low);
}

/** f''(x) y, without rounding f'' into the subnormals; f''(+-inf) = -0. */
function timesSecondDerivativeAt(x: number, k: number, m: number, mLow: number, y: number): number {
  if (Number.isNaN(x)) return x;
  if (!Number.isFinite(x)) return -0 * y;
  const factor = secondDerivativeFactor(bothSides(x), k, m, mLow);
  return scaledProduct(factor, x <= 0 ? k : 2 * k, y);
}

export function forward(x: Block, out: Block, count: number): void {
  exponentials(x, count, false);
  for (let i = 0; i < count; i++) {
    out[i] = forwardAt(x[i]!, exponents[i]!, mantissas[i]!, mantissaLows[i]!);
  }
}

export function derivative(x: Block, out: Block, count: number): void {
  timesDerivative(x, ones, out, count);
}

export function secondDerivative(x: Block, out: Block, count: number): void {
  timesSecondDerivative(x, ones, out, count);
}

export function timesDerivative(x: Block, y: Block, out: Block, count: number): void {
  exponentials(x, count, false);
  for (let i = 0; i < count; i++) {
    out[i] = timesDerivativeAt(x[i]!, exponents[i]!, mantissas[i]!, mantissaLows[i]!, y[i]!);
  }
}

export function timesSecondDerivative(x: Block, y: Block, out: Block, count: number): void {
  exponentials(x, count, true);
  for (let i = 0; i < count; i++) {
    out[i] = timesSecondDerivativeAt(x[i]!, exponents[i]!, mantissas[i]!, mantissaLows[i]!, y[i]!);
  }
}

const ones = new Float64Array(blockLength).fill(1);
