// Mish and its first two derivatives in double, for one rounding to float32 or a half type: then all
// three are correctly rounded for all 2^32 floats (npm run sweep). The readable reference; float64.ts
// has the same formulas to more digits.
//
// With w = e^x, n = w(w + 2), d = n + 2:
//   f   = x n / d
//   f'  = w [(w + 2) d + 4x(w + 1)] / d^2
//   f'' = 4w [2(w + 1) d + x(2 + 2w - 3w^2 - 2w^3)] / d^3
// Accuracy rests on V8's Math.exp and Math.expm1 (fdlibm, below 1 ulp), so the tests run on every
// supported Node version.
import type { Block } from './kernels.ts';
import { a0, b0, c0, w0, x0Head, x0Tail, xa, xb } from './roots.ts';

// Beyond these nothing changes: f and f'' are -0 as floats below, f' even after it was multiplied by the
// greatest float, f'' after it was by two of them; above 40, f is x and f' is 1.
const [lowest, highest] = [-210, 40];
const [lowestOfSecond, highestOfSecond] = [-300, 150];

/** f(x) = x tanh(softplus(x)); f(+-0) = +-0, f(-inf) = -0, f(+inf) = +inf. */
function forwardAt(x: number): number {
  if (x > highest) return x;
  const bounded = Math.max(x, lowest);
  const w = Math.exp(bounded);
  const n = w * (w + 2);
  return (bounded * n) / (n + 2);
}

/** f'(x); f'(-inf) = -0, f'(+inf) = 1. */
function derivativeAt(x: number): number {
  if (x === -Infinity) return -0;
  if (Math.abs(x) < 2 ** -20) return derivativeAtZero(x);
  if (Math.abs(x + 1.2) < 0.8) return derivativeBesideRoot(x);
  const bounded = Math.min(Math.max(x, lowest), highest);
  const w = Math.exp(bounded);
  const d = w * (w + 2) + 2;
  return (w * ((w + 2) * d + 4 * bounded * (w + 1))) / (d * d);
}

/**
 * Shifted to the root x0, where the form above would cancel: with t = x - x0 and delta = w - w0 its
 * bracket is delta (A + delta (B + delta)) + 4t (C + delta).
 */
function derivativeBesideRoot(x: number): number {
  const t = x - x0Head - x0Tail;
  const delta = w0 * Math.expm1(t);
  const w = w0 + delta;
  const d = w * (w + 2) + 2;
  const bracket = delta * (a0 + delta * (b0 + delta)) + 4 * t * (c0 + delta);
  return (w * bracket) / (d * d);
}

// 0.6 less the double 0.6.
const sixTenthsTail = 2 ** -54 * 0.4;

/**
 * The series at 0; its next term is below 2^-62. float32's hardest input for f', -0x1.4p-27, is so
 * near a tie of floats that it rounds to the tie as a double: such a sum is moved off it.
 */
function derivativeAtZero(x: number): number {
  const rest = 0.64 * x - 0.048 * x * x + sixTenthsTail;
  const sum = 0.6 + rest;
  const tie = Math.abs(sum - Math.fround(sum)) === 2 ** -25;
  return tie ? sum + Math.sign(rest - (sum - 0.6)) * 2 ** -53 : sum;
}

/** f''(x); f''(+-inf) = -0. Beside its roots shifted to the nearer one, as f' is. */
function secondDerivativeAt(x: number): number {
  if (Math.abs(x) === Infinity) return -0;
  if (Math.abs(x + 2.256) <= 0.5) return secondDerivativeBeside(xa, x);
  if (Math.abs(x - 1.49) <= 0.5) return secondDerivativeBeside(xb, x);
  const bounded = Math.min(Math.max(x, lowestOfSecond), highestOfSecond);
  const w = Math.exp(bounded);
  const d = w * (w + 2) + 2;
  const c = 2 + w * (2 - w * (3 + 2 * w));
  return (4 * w * (2 * (w + 1) * d + bounded * c)) / (d * d) / d; // at 150, d^3 would overflow
}

function secondDerivativeBeside(root: typeof xa, x: number): number {
  const t = x - root.xHead - root.xTail;
  const delta = root.w * Math.expm1(t);
  const w = root.w + delta;
  const d = w * (w + 2) + 2;
  const c = 2 + w * (2 - w * (3 + 2 * w));
  const bracket = delta * (root.a1 + delta * (root.a2 + delta * root.a3)) + t * c;
  return (4 * w * bracket) / (d * d * d);
}

export function forward(x: Block, out: Block, count: number): void {
  for (let i = 0; i < count; i++) out[i] = forwardAt(x[i]!);
}

export function derivative(x: Block, out: Block, count: number): void {
  for (let i = 0; i < count; i++) out[i] = derivativeAt(x[i]!);
}

export function secondDerivative(x: Block, out: Block, count: number): void {
  for (let i = 0; i < count; i++) out[i] = secondDerivativeAt(x[i]!);
}

export function timesDerivative(x: Block, y: Block, out: Block, count: number): void {
  for (let i = 0; i < count; i++) out[i] = derivativeAt(x[i]!) * y[i]!;
}

export function timesSecondDerivative(x: Block, y: Block, out: Block, count: number): void {
  for (let i = 0; i < count; i++) out[i] = secondDerivativeAt(x[i]!) * y[i]!;
}
