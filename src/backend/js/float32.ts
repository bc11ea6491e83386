// Mish and its first two derivatives in double, for one rounding to float32 or a half type: then all
// three are correctly rounded for all 2^32 floats (npm run sweep), with the same bits in every engine. The
// readable reference; float64.ts has the same formulas to more digits.
//
// With w = e^x, n = w(w + 2), d = n + 2:
//   f   = x n / d
//   f'  = w [(w + 2) d + 4x(w + 1)] / d^2
//   f'' = 4w [2(w + 1) d + x(2 + 2w - 3w^2 - 2w^3)] / d^3
import { exp, exponential } from './exp.ts';
import type { Block } from './kernels.ts';
import * as roots from './roots.ts';

// The module's own, as exp.ts says.
const { x0Head, x0Tail, w0, a0, b0, c0, xa, xb } = roots;

// Beyond these nothing changes: f and f'' are -0 as floats below, f' even after it was multiplied by the
// greatest float, f'' after it was by two of them; above 40, f is x and f' is 1.
const [lowest, highest] = [-210, 40];
const [lowestOfSecond, highestOfSecond] = [-300, 150];

/**
 * f(x) = x tanh(softplus(x)); f(+-0) = +-0, f(-inf) = -0, f(+inf) = +inf. Multiplying by x before the
 * division decides the hardest input, -0x1.4p-24.
 */
export function forwardAt(x: number): number {
  if (x > highest) return x;
  const bounded = Math.max(x, lowest);
  const w = exp(bounded);
  const n = w * (w + 2);
  return (bounded * n) / (n + 2);
}

// In f' and f'' the brackets cancel beside their roots, so they are shifted there. With t = x - root
// and delta = w - w_root = w_root (e^t - 1), both to full relative precision, f' has
//   delta (A + delta (B + delta)) + 4t (C + delta)
// for its bracket; f'' has a cubic in delta beside t (2 + 2w - 3w^2 - 2w^3).

/** f'(x); f'(-inf) = -0, f'(+inf) = 1. */
export function derivativeAt(x: number): number {
  if (x === -Infinity) return -0;
  const bounded = Math.min(Math.max(x, lowest), highest);
  const y = bounded - x0Head;
  const { head, rest } = exponential(y, x0Tail);
  const t = y - x0Tail;
  const w = w0 * (head + rest);
  const delta = w0 * (head - 1 + rest);
  const d = w * (w + 2) + 2;
  const bracket = delta * (a0 + delta * (b0 + delta)) + 4 * t * (c0 + delta);
  return (w * bracket) / (d * d);
}

// At 150, d^3 alone would overflow.
const small = 2 ** -300;

/** f''(x); f''(+-inf) = -0. Shifted to the nearer root, or nearly: at 0, xb's polynomial cancels. */
export function secondDerivativeAt(x: number): number {
  if (x === Infinity || x === -Infinity) return -0;
  const bounded = Math.min(Math.max(x, lowestOfSecond), highestOfSecond);
  const root = bounded < 0.25 ? xa : xb;
  const y = bounded - root.xHead;
  const { head, rest } = exponential(y, root.xTail);
  const t = y - root.xTail;
  const w = root.w * (head + rest);
  const delta = root.w * (head - 1 + rest);
  const d = w * (w + 2) + 2;
  const c = 2 + w * (2 - w * (3 + 2 * w));
  const bracket = delta * (root.a1 + delta * (root.a2 + delta * root.a3)) + t * c;
  return (4 * small * w * bracket) / (small * d * d * d);
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
