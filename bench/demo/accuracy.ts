// How far results are from the double-double reference: largest error in ulp, results not correctly
// rounded, on every 64th element; and what is promised of each.
import { type DType, Tensor } from 'node-mish';
import {
  derivativeExact,
  type Exact,
  forwardExact,
  roundToFloat32,
  ulpErrorFloat32,
  ulpErrorFloat64,
} from '../reference.ts';

export type Operation = 'forward' | 'backward';

const stride = 64;

export interface Accuracy {
  readonly ulp: number;
  readonly misrounded: number;
}

/** What is promised; README.md has the contract. */
export function bounds(kind: string, dtype: DType, op: Operation): Accuracy {
  if (dtype === 'float64') {
    const native = op === 'forward' ? 0.75 : 1.25;
    // Backward beside the root of f' is bounded in absolute terms only in JS, so not in ulp.
    const js = op === 'forward' ? 5 : Number.POSITIVE_INFINITY;
    return { ulp: kind === 'js' ? js : native, misrounded: Number.POSITIVE_INFINITY };
  }
  if (dtype !== 'float32') return { ulp: 0.5, misrounded: 0 };
  return op === 'forward'
    ? { ulp: 0.5, misrounded: 0 }
    : { ulp: 0.5000001, misrounded: Number.POSITIVE_INFINITY };
}

/** a * b as a double-double: the product of b with both parts, the error of the first by splitting. */
function times({ hi, lo }: Exact, b: number): Exact {
  const split = (v: number) => {
    const c = 134217729 * v;
    const high = c - (c - v);
    return [high, v - high] as const;
  };
  const [ah, al] = split(hi);
  const [bh, bl] = split(b);
  const product = hi * b;
  const error = ah * bh - product + ah * bl + al * bh + al * bl;
  return { hi: product, lo: error + lo * b };
}

/** Accuracy of `out` as the result of an operation on x and dy, all of that dtype. */
export function accuracy(
  op: Operation,
  dtype: DType,
  x: Tensor,
  dy: Tensor,
  out: Tensor,
): Accuracy {
  let ulp = 0;
  let misrounded = 0;
  const sample = (of: Tensor) => {
    const flat = of.reshape([-1]).data;
    const every = (flat as Float32Array).filter((_, i) => i % stride === 0);
    const bits = dtype === 'float16' || dtype === 'bfloat16';
    const tensor = bits
      ? Tensor.fromBits(every as unknown as Uint16Array, { dtype })
      : Tensor.wrap(every);
    return (tensor as Tensor).cast('float64').data as Float64Array;
  };
  const [xs, dys, got] = [sample(x), sample(dy), sample(out)];
  for (const [i, xi] of xs.entries()) {
    const error = errorOf(op, dtype, xi, dys[i]!, got[i]!);
    ulp = Math.max(ulp, error);
    if (error > 0.5) misrounded++;
  }
  return { ulp, misrounded };
}

function errorOf(op: Operation, dtype: DType, x: number, dy: number, got: number): number {
  const factor = op === 'forward' ? forwardExact(x) : derivativeExact(x);
  if (dtype === 'float32' || dtype === 'float64') {
    const truth = op === 'forward' ? factor : times(factor, dy);
    return dtype === 'float32' ? ulpErrorFloat32(got, truth) : ulpErrorFloat64(got, truth);
  }
  // Halves: the one right answer is round(f(x)), or round(float32(f'(x)) dy), where the product of a
  // float32 and a half is exact in double.
  const exact = op === 'forward' ? factor : { hi: roundToFloat32(factor) * dy, lo: 0 };
  return halfError(dtype, got, exact);
}

/** The error in ulp of the half type; an ulp is that of the result's binade. */
function halfError(dtype: DType, got: number, { hi, lo }: Exact): number {
  const [precision, least] = dtype === 'float16' ? [11, -24] : [8, -133];
  const exponent = hi === 0 ? -2000 : Math.floor(Math.log2(Math.abs(hi)));
  const unit = 2 ** Math.max(exponent - (precision - 1), least);
  return Math.abs((got - hi - lo) / unit);
}
