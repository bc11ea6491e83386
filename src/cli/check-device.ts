// One device's results in one dtype, judged by the reference values.
import { createHash } from 'node:crypto';
import { mish, mishBackward, mishDerivative, mishDoubleBackward } from '../api/mish.ts';
import { swapUnlessHost } from '../base/byte-order.ts';
import { type DType, type HalfDType, type HostArray, isHalf } from '../base/dtype.ts';
import type { Device } from '../device/device.ts';
import { bytesOf } from '../files/read-elements.ts';
import { decode, encode } from '../tensor/convert.ts';
import { halfDigests, valueRows } from './check-values.ts';

/** One result that is not what it should be, as numbers or digests. */
export interface Failure {
  readonly x: string;
  readonly expected: string;
  readonly got: string;
}

export interface Judgement {
  readonly op: string;
  /** Inputs. */
  readonly checked: number;
  readonly failures: readonly Failure[];
}

type ElementwiseOp = keyof (typeof halfDigests)['float16'];

/** x and the nearest values of f, f' and f''. */
type Reference = Readonly<Record<'x' | 'forward' | 'derivative' | 'derivative2', Float64Array>>;

export function judge(device: Device, dtype: DType): Judgement[] {
  // The types of the calls tell dtypes apart; here one function serves all.
  type Elements = Float32Array;
  const options = { device, ...(isHalf(dtype) ? { dtype } : {}) };
  const reference = referenceOf(dtype);
  const x = encode(reference.x, dtype) as Elements;
  const filled = (value: number) =>
    encode(
      reference.x.map(() => value),
      dtype,
    ) as Elements;
  const compute = {
    forward: (of: Elements) => mish(of, options),
    derivative: (of: Elements) => mishDerivative(of, options),
    derivative2: (of: Elements) => mishDerivative(of, { ...options, order: 2 }),
  };
  const elementwise = (op: ElementwiseOp): Judgement =>
    isHalf(dtype)
      ? compareDigest(dtype, op, compute[op](everyHalf() as HostArray as Elements))
      : compare(dtype, op, reference, compute[op](x), reference[op]);
  const negated = reference.derivative.map((value) => -value);
  const backward = mishBackward(x, filled(-1), options);
  const double = mishDoubleBackward(x, filled(1), filled(1), options);
  const ofX = compare(dtype, 'double', reference, double.x, reference.derivative2);
  const ofDy = compare(dtype, 'double', reference, double.dy, reference.derivative);
  return [
    ...(['forward', 'derivative', 'derivative2'] as const).map(elementwise),
    compare(dtype, 'backward', reference, backward, negated),
    { ...ofX, failures: [...ofX.failures, ...ofDy.failures] },
  ];
}

// ---------------------------------------------------------------- reference

/** The rows of that dtype; for half types those of float32 whose input the half type has. */
function referenceOf(dtype: DType): Reference {
  const from = dtype === 'float64' ? 'float64' : 'float32';
  const rows = valueRows[from]
    .trim()
    .split('\n')
    .map((row) => row.split(' '));
  const [x, forward, derivative, derivative2] = [0, 1, 2, 3].map((column) =>
    Float64Array.from(rows, (row) => numberOf(row[column]!)),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const rounded = decode(encode(x, dtype), dtype);
  const has = (_: number, i: number) => Object.is(rounded[i], x[i]);
  return {
    x: x.filter(has),
    forward: forward.filter(has),
    derivative: derivative.filter(has),
    derivative2: derivative2.filter(has),
  };
}

/** The number of those bits. */
function numberOf(hex: string): number {
  const bytes = Buffer.from(hex, 'hex');
  return bytes.length === 4 ? bytes.readFloatBE() : bytes.readDoubleBE();
}

const everyHalf = () => Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

// ---------------------------------------------------------------- judgement

function compareDigest(dtype: HalfDType, op: ElementwiseOp, results: HostArray): Judgement {
  const bytes = bytesOf(results);
  swapUnlessHost(bytes, 2, 'little');
  const got = createHash('sha256').update(bytes).digest('hex');
  const expected = halfDigests[dtype][op];
  const failures = got === expected ? [] : [{ x: 'each of 65,536', expected, got }];
  return { op, checked: results.length, failures };
}

function compare(
  dtype: DType,
  op: string,
  { x }: Reference,
  results: HostArray,
  expected: Float64Array,
): Judgement {
  const got = decode(results, dtype);
  const nearest = decode(encode(expected, dtype), dtype);
  const fine = dtype === 'float64' ? isNear : Object.is;
  const failures = Array.from(x.keys())
    .filter((i) => !fine(got[i]!, nearest[i]!, x[i]!))
    .map((i) => ({ x: String(x[i]), expected: text(nearest[i]!), got: text(got[i]!) }));
  return { op, checked: x.length, failures };
}

const text = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

const words = new BigInt64Array(1);
const double = new Float64Array(words.buffer);

/** Its place among the float64 in order. */
function ordinal(value: number): bigint {
  double[0] = value;
  return words[0]! < 0n ? -(words[0]! & 0x7fffffffffffffffn) : words[0]!;
}

/** Looser than what is promised of native kernels, since JavaScript's share the table. */
const [mostUlp, besideRoot, enoughThere] = [3n, 2 ** -5, 2 ** -50];
const roots = [-1.192431214515495, -2.256376396360793, 1.490571179485428]; // of f' and f''

function isNear(got: number, expected: number, x: number): boolean {
  if (Object.is(got, expected)) return true;
  if (!Number.isFinite(got) || got === 0 || !Number.isFinite(expected)) return false;
  const distance = ordinal(got) - ordinal(expected);
  if (-mostUlp <= distance && distance <= mostUlp) return true;
  const beside = roots.some((root) => Math.abs(x - root) < besideRoot);
  return beside && Math.abs(got - expected) <= enoughThere;
}
