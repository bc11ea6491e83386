// Reference values of Mish, f' and f'' to at least 95 bits at every float64, relative even beside
// their roots: double-double arithmetic, sharing nothing with the kernels it judges.
import {
  add,
  addNumber,
  divide,
  type Exact,
  multiply,
  multiplyNumber,
  scale,
  twoSum,
} from './double-double.ts';

const NOT_A_NUMBER: Exact = { hi: Number.NaN, lo: Number.NaN };

// One float64 seen as two words, low word first on every platform that Node runs on.
const view = new Float64Array(1);
const words = new Uint32Array(view.buffer);

/** 2^exponent, for the exponents of normal numbers. */
function powerOfTwo(exponent: number): number {
  words[0] = 0;
  words[1] = (exponent + 1023) << 20;
  return view[0] as number;
}

/** The polynomial with these coefficients, constant first. */
function polynomial(w: Exact, coefficients: readonly number[]): Exact {
  let sum: Exact = { hi: 0, lo: 0 };
  for (let i = coefficients.length - 1; i >= 0; i--) {
    sum = addNumber(multiply(sum, w), coefficients[i] as number);
  }
  return sum;
}

// 1/n!: for |r| < 0.35 the terms from r^14 on are below 2^-53 of the sum, so float64 holds them,
// and those after r^24 are below 2^-110.
const INVERSE_FACTORIALS: readonly Exact[] = Array.from({ length: 25 }, (_, n) => {
  let inverse: Exact = { hi: 1, lo: 0 };
  for (let i = 2; i <= n; i++) inverse = divide(inverse, { hi: i, lo: 0 });
  return inverse;
});

/** e^r - 1, for |r| < 0.35, with full relative precision. */
function expm1(r: Exact): Exact {
  let tail = 0;
  for (let n = 24; n >= 14; n--) {
    tail = tail * r.hi + (INVERSE_FACTORIALS[n] as Exact).hi;
  }
  let sum: Exact = { hi: tail, lo: 0 };
  for (let n = 13; n >= 1; n--) {
    sum = add(multiply(sum, r), INVERSE_FACTORIALS[n] as Exact);
  }
  return multiply(sum, r);
}

// ln 2 in three: the first two have 42 and 41 bits, so their products by k are exact.
const LN2 = [0.6931471805598903, 5.49792301870721e-14, 1.1612227229362532e-26] as const;

/** e^x = mantissa * 2^exponent, and as one double-double that is never below about 2^-300. */
function exponential(x: Exact): { mantissa: Exact; exponent: number; value: Exact } {
  const exponent = Math.round(x.hi / Math.LN2);
  const near = addNumber(twoSum(x.hi - exponent * LN2[0], -exponent * LN2[1]), x.lo);
  const mantissa = addNumber(expm1(addNumber(near, -exponent * LN2[2])), 1);
  // Below 2^-300 it is only ever added to 1 or more: any such value gives the same bits.
  const value = scale(mantissa, powerOfTwo(Math.max(exponent, -300)));
  return { mantissa, exponent, value };
}

/** value * 2^exponent, rounded once to hi where that is subnormal. */
function withExponent(value: Exact, exponent: number): Exact {
  if (exponent >= -900) return scale(value, powerOfTwo(exponent));
  // From here on in steps of 2^-1074; 2^-1000 is as good as any smaller power, half a step being
  // far above both.
  const { hi, lo } = scale(value, powerOfTwo(Math.max(exponent + 1074, -1000)));
  let whole = hi;
  if (Math.abs(hi) < 2 ** 52) {
    whole = Math.round(hi);
    // Math.round takes ties up; lo, or else the even neighbour, decides them.
    if (whole - hi === 0.5 && (lo < 0 || (lo === 0 && whole % 2 !== 0))) whole -= 1;
    if (whole === 0) whole = hi < 0 ? -0 : 0;
  }
  const steps = hi - whole + lo;
  return { hi: whole * Number.MIN_VALUE, lo: steps * Number.MIN_VALUE, steps };
}

// Below this every result is -0; f'' also above its opposite.
const LOWEST = -1000;

/** Mish: f = x n / (n + 2) with n = w(w + 2), w = e^x; x - 2 x v^2 / D with v = e^-x for x > 0. */
export function forwardExact(x: number): Exact {
  if (Number.isNaN(x)) return NOT_A_NUMBER;
  if (x === 0) return { hi: x, lo: x };
  // Within 2^-990 of x: only the side matters.
  if (x > 350) return { hi: x, lo: x === Infinity ? 0 : -Number.MIN_VALUE };
  // A tiny x is scaled up, or Dekker's error terms would underflow.
  const up = Math.abs(x) < 2 ** -900 ? 1000 : 0;
  const argument = Math.max(x, LOWEST);
  const factor = argument * powerOfTwo(up);
  const { mantissa, exponent, value: z } = exponential({ hi: -Math.abs(argument), lo: 0 });
  if (x < 0) {
    const numerator = multiplyNumber(multiply(mantissa, addNumber(z, 2)), factor);
    return withExponent(divide(numerator, polynomial(z, [2, 2, 1])), exponent - up);
  }
  const loss = divide(multiply(z, z), polynomial(z, [1, 2, 2]));
  return withExponent(addNumber(multiplyNumber(loss, -2 * factor), factor), -up);
}

/** f' or f'' as factor w N / d^power, where d = w^2 + 2 w + 2, w = e^x and N = p(w) + x c(w). */
interface Derivative {
  readonly factor: number;
  readonly power: number;
  /** Coefficients of the cubics p and c, constant first. */
  readonly p: readonly number[];
  readonly c: readonly number[];
  readonly roots: readonly Root[];
}

// With t and delta the distances of x and w from a root, N = delta (a1 + delta (a2 + delta a3))
// + t c(w).
interface Root {
  /** To 160 bits, largest part first. */
  readonly parts: readonly [number, number, number];
  readonly w: Exact;
  readonly a: readonly Exact[];
}

/** The coefficients of the same cubic in w - origin. */
function shift(coefficients: readonly number[], origin: Exact): Exact[] {
  const shifted = coefficients.map((hi): Exact => ({ hi, lo: 0 }));
  for (let i = 0; i < 3; i++) {
    for (let k = 2; k >= i; k--) {
      shifted[k] = add(shifted[k] as Exact, multiply(origin, shifted[k + 1] as Exact));
    }
  }
  return shifted;
}

function makeDerivative(form: Omit<Derivative, 'roots'>, ...at: Root['parts'][]): Derivative {
  const makeRoot = (parts: Root['parts']): Root => {
    const x = addNumber({ hi: parts[0], lo: parts[1] }, parts[2]);
    const w = exponential(x).value;
    const c = shift(form.c, w);
    const a = shift(form.p, w).map((p, i) => add(p, multiply(x, c[i] as Exact)));
    return { parts, w, a };
  };
  return { ...form, roots: at.map(makeRoot) };
}

// The roots by Newton's method at 400 bits, cut into three float64 each.
const FIRST = makeDerivative(
  { factor: 1, power: 2, p: [4, 6, 4, 1], c: [4, 4, 0, 0] },
  [-1.1924312145154952, -4.8484829848031044e-17, -1.898915114090381e-33],
);
const SECOND = makeDerivative(
  { factor: 4, power: 3, p: [4, 8, 6, 2], c: [2, 2, -3, -2] },
  [-2.256376396360793, -1.0703174875019247e-16, -5.763967435146616e-33],
  [1.4905711794854284, 7.126036715834263e-17, -4.836840730499852e-33],
);

function quotient({ factor, power }: Derivative, numerator: Exact, d: Exact): Exact {
  const square = multiply(d, d);
  return scale(divide(numerator, power === 2 ? square : multiply(square, d)), factor);
}

/** N here is a sum of two terms of one sign: no bit of it is lost, however small it is. */
function besideRoot(derivative: Derivative, x: number, { parts, w: w0, a }: Root): Exact {
  const t = addNumber(twoSum(x - parts[0], -parts[1]), -parts[2]);
  const delta = multiply(w0, expm1(t));
  const w = add(w0, delta);
  const inner = add(a[2] as Exact, multiply(delta, a[3] as Exact));
  const first = multiply(delta, add(a[1] as Exact, multiply(delta, inner)));
  const numerator = add(first, multiply(t, polynomial(w, derivative.c)));
  return quotient(derivative, multiply(w, numerator), polynomial(w, [2, 2, 1]));
}

function evaluate(derivative: Derivative, x: number): Exact {
  if (Number.isNaN(x)) return NOT_A_NUMBER;
  const root = derivative.roots.find(({ parts }) => Math.abs(x - parts[0]) < 0.34);
  if (root) return besideRoot(derivative, x, root);
  const argument = Math.min(Math.max(x, LOWEST), -LOWEST);
  const { mantissa, exponent, value: z } = exponential({ hi: -Math.abs(argument), lo: 0 });
  // On the right all is divided by a power of w: in z = e^-x the coefficients are reversed.
  const cubic = (c: readonly number[]): Exact => polynomial(z, x > 0 ? c.toReversed() : c);
  const numerator = add(cubic(derivative.p), multiplyNumber(cubic(derivative.c), argument));
  const ratio = quotient(derivative, numerator, cubic([2, 2, 1]));
  if (x <= 0) return withExponent(multiply(ratio, mantissa), exponent);
  // What is left of the powers of w: none in f', w^-2 in f''.
  if (derivative.power === 2) return ratio;
  return withExponent(multiply(ratio, multiply(mantissa, mantissa)), 2 * exponent);
}

/** Where f' and f'' are zero: the float64 nearest to each. */
export const roots = {
  f1: FIRST.roots.map(({ parts }) => parts[0]),
  f2: SECOND.roots.map(({ parts }) => parts[0]),
} as const;

export function derivativeExact(x: number): Exact {
  return evaluate(FIRST, x);
}

export function secondDerivativeExact(x: number): Exact {
  return evaluate(SECOND, x);
}

/** The float32 nearest to hi + lo, ties to even: one rounding, subnormals and overflow included. */
export function roundToFloat32(e: Exact): number {
  if (e.lo === 0 || !Number.isFinite(e.hi)) return Math.fround(e.hi);
  // Rounded to odd first: a last bit that says "not exactly" keeps the second rounding right.
  view[0] = e.hi;
  const low = words[0] as number;
  if (low % 2 !== 0) return Math.fround(e.hi);
  const outward = e.lo > 0 === e.hi > 0;
  words[0] = outward ? low + 1 : low - 1;
  if (!outward && low === 0) words[1] = (words[1] as number) - 1;
  return Math.fround(view[0] as number);
}

/** The distance in last places at the exact value, of a format with these bits and exponents. */
function ulpError(actual: number, e: Exact, nearest: number, bits: number, top: number): number {
  if (Object.is(actual, nearest) && !Number.isFinite(nearest)) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(e.hi)) return Number.POSITIVE_INFINITY;
  view[0] = e.hi;
  const high = words[1] as number;
  let exponent = ((high >>> 20) & 0x7ff) - 1023;
  // A power of two less a little lies in the binade below.
  const isPower = words[0] === 0 && (high & 0xfffff) === 0;
  if (isPower && e.lo !== 0 && e.lo > 0 !== e.hi > 0) exponent -= 1;
  const place = powerOfTwo(Math.min(Math.max(exponent, 1 - top), top)) * 2 ** (1 - bits);
  const rest = e.steps === undefined ? e.lo / place : e.steps * (Number.MIN_VALUE / place);
  return Math.abs((actual - e.hi) / place - rest);
}

/**
 * The distance of a float32 from the exact value in units of the last place there. Equal infinities
 * and two NaN are 0 apart, a mismatch of them is Infinity; the sign of a zero does not count.
 */
export function ulpErrorFloat32(actual: number, e: Exact): number {
  return ulpError(actual, e, roundToFloat32(e), 24, 127);
}

/** As ulpErrorFloat32, for a float64. */
export function ulpErrorFloat64(actual: number, e: Exact): number {
  return ulpError(actual, e, e.hi, 53, 1023);
}
