// How far results are from the double-double reference: largest error in ulp, and how many are not the
// nearest value, on every 64th element; and what is promised of each.
import { type DType, type HalfDType, Tensor } from 'node-mish';
import { type Exact, multiplyNumber } from '../double-double.ts';
import {
  derivativeExact,
  forwardExact,
  roots,
  roundToFloat32,
  ulpErrorFloat32,
  ulpErrorFloat64,
} from '../reference.ts';

export type Operation = 'forward' | 'backward';

export interface Accuracy {
  readonly maxUlp: number;
  readonly misrounded: number;
  /** Elements looked at. */
  readonly checked: number;
}

/** What is promised; docs/accuracy.md has the contract. */
interface Bound {
  readonly ulp: number;
  /** Enough within 1/32 of the root of f', as a multiple of |dy|: JS has no fma to do better. */
  readonly besideRoot?: number;
}

function boundOf(kind: string, dtype: DType, op: Operation): Bound {
  if (dtype !== 'float64') return { ulp: op === 'forward' ? 0.5 : 0.5000001 };
  if (kind !== 'js') return { ulp: op === 'forward' ? 0.75 : 1.25 };
  return op === 'forward' ? { ulp: 1.25 } : { ulp: 2.5, besideRoot: 2 ** -56 };
}

const stride = 64;

/** Every 64th element as a number. */
function sample({ data, dtype }: Tensor): Float64Array {
  const elements = data.slice(0, Math.ceil(data.length / stride));
  for (let i = 0; i < elements.length; i++) elements[i] = data[i * stride]!;
  const picked: Tensor =
    elements instanceof Uint16Array
      ? Tensor.fromBits(elements, { dtype: dtype as HalfDType })
      : Tensor.from(elements, { dtype });
  return picked.cast('float64').data;
}

/** The operation on x (and dy) on a device of that kind gave `out`, all of that dtype. */
export interface Run {
  readonly op: Operation;
  readonly dtype: DType;
  readonly kind: string;
  readonly x: Tensor;
  readonly dy: Tensor;
  readonly out: Tensor;
}

export function accuracyOf(run: Run): Accuracy & { readonly asPromised: boolean } {
  const bound = boundOf(run.kind, run.dtype, run.op);
  const [xs, dys, results] = [sample(run.x), sample(run.dy), sample(run.out)];
  let [maxUlp, misrounded] = [0, 0];
  for (const [i, x] of xs.entries()) {
    const dy = run.op === 'forward' ? 1 : dys[i]!;
    const exact = exactOf(run, x, dy);
    const error = ulpErrorOf(run.dtype, results[i]!, exact);
    if (error > 0.5) misrounded++;
    const near = bound.besideRoot !== undefined && Math.abs(x - roots.f1[0]!) < 1 / 32;
    const distance = Math.abs(results[i]! - exact.hi - exact.lo);
    if (!near || distance > bound.besideRoot! * Math.abs(dy)) maxUlp = Math.max(maxUlp, error);
  }
  return { maxUlp, misrounded, checked: xs.length, asPromised: maxUlp <= bound.ulp };
}

function exactOf({ op, dtype }: Run, x: number, dy: number): Exact {
  if (op === 'forward') return forwardExact(x);
  const derivative = derivativeExact(x);
  if (dtype === 'float32' || dtype === 'float64') return multiplyNumber(derivative, dy);
  // Halves: the one right answer is that of float32(f'(x)) dy, whose product is exact in double.
  return { hi: roundToFloat32(derivative) * dy, lo: 0 };
}

function ulpErrorOf(dtype: DType, result: number, exact: Exact): number {
  if (dtype === 'float32') return ulpErrorFloat32(result, exact);
  if (dtype === 'float64') return ulpErrorFloat64(result, exact);
  const [precision, leastExponent] = dtype === 'float16' ? [11, -24] : [8, -133];
  const exponent = exact.hi === 0 ? -2000 : Math.floor(Math.log2(Math.abs(exact.hi)));
  const ulp = 2 ** Math.max(exponent - (precision - 1), leastExponent);
  return Math.abs((result - exact.hi - exact.lo) / ulp);
}
