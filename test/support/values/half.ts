// float16 and bfloat16 by table: exact values of all bits, and the nearest bits of any double. Written
// for the tests alone, so that no codec judges itself.
import type { HalfName } from './vectors.ts';

interface Format {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly nan: number;
}

const formats: Readonly<Record<HalfName, Format>> = {
  float16: { exponentBits: 5, fractionBits: 10, nan: 0x7e00 },
  bfloat16: { exponentBits: 8, fractionBits: 7, nan: 0x7fc0 },
};

/** Values of all non-negative finite bits in order, then the first value that does not fit. */
function magnitudes({ exponentBits, fractionBits }: Format): Float64Array {
  const bias = 2 ** (exponentBits - 1) - 1;
  const infinity = (2 ** exponentBits - 1) * 2 ** fractionBits;
  return Float64Array.from({ length: infinity + 1 }, (_, bits) => {
    const exponent = bits >>> fractionBits;
    const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
    return exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
  });
}

const tables: Readonly<Record<HalfName, Float64Array>> = {
  float16: magnitudes(formats.float16),
  bfloat16: magnitudes(formats.bfloat16),
};

export function halfToNumber(dtype: HalfName, bits: number): number {
  const table = tables[dtype];
  const magnitude = bits & 0x7fff;
  const infinity = table.length - 1;
  if (magnitude > infinity) return Number.NaN;
  const value = magnitude === infinity ? Number.POSITIVE_INFINITY : table[magnitude]!;
  return bits & 0x8000 ? -value : value;
}

/** Bits of the nearest value, ties to even; NaN gives the canonical NaN. */
export function numberToHalf(dtype: HalfName, value: number): number {
  if (Number.isNaN(value)) return formats[dtype].nan;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const table = tables[dtype];
  const magnitude = Math.abs(value);
  let [below, above] = [0, table.length - 1];
  if (magnitude >= table[above]!) return sign | above;
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if (table[middle]! <= magnitude) below = middle;
    else above = middle;
  }
  const half = (table[below]! + table[above]!) / 2; // exact: one bit more than the format has
  if (magnitude < half) return sign | below;
  if (magnitude > half) return sign | above;
  return sign | (below % 2 === 0 ? below : above);
}
