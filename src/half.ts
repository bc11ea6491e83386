// float16 and bfloat16 bits from numbers, rounded to nearest even once, and back, exactly: arrays of them,
// as one call an element costs as much as the conversion.
import type { HalfDType } from './dtype.ts';

// One float32 seen as a float and as bits: a conversion takes 7 ns, by a DataView 45.
const float = new Float32Array(1);
const bitsOfFloat = new Uint32Array(float.buffer);

/**
 * The bits of the float32 that a later rounding to fewer bits cannot tell from `x`: truncated, with
 * the last bit set when anything was lost (round to odd). To nearest first would round twice.
 */
function roundToOdd(x: number): number {
  float[0] = x;
  const nearest = float[0];
  const bits = bitsOfFloat[0]!;
  if (nearest === x) return bits;
  return (Math.abs(nearest) > Math.abs(x) ? bits - 1 : bits) | 1;
}

/** Unsigned bits without their `count` lowest, which round the others to nearest even. */
function dropBits(bits: number, count: number): number {
  const odd = (bits >>> count) & 1;
  return (bits + (1 << (count - 1)) - 1 + odd) >>> count;
}

/** Bits of the bfloat16 nearest to `x`; NaN gives 0x7fc0. */
function bfloat16FromNumber(x: number): number {
  return Number.isNaN(x) ? 0x7fc0 : dropBits(roundToOdd(x), 16);
}

/** Bits of the float16 nearest to `x`; NaN gives 0x7e00. */
function float16FromNumber(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const bits = roundToOdd(x);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and above
  // Exponents are 112 less in float16; what rounds up past 65504 becomes infinity's bits.
  if (magnitude >= 0x38800000) return sign | dropBits(magnitude - 0x38000000, 13);
  // Below 2^-14 float16 counts in steps of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  return shift > 24 ? sign : sign | dropBits((magnitude & 0x7fffff) | 0x800000, shift);
}

function numberFromBfloat16(bits: number): number {
  bitsOfFloat[0] = bits << 16;
  return float[0]!;
}

function numberFromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  bitsOfFloat[0] = ((bits & 0x8000) << 16) | ((exponent + 112) << 23) | (fraction << 13);
  return float[0]!;
}

/** Both convert `count` elements, from the start of `numbers` and from `begin` on in `bits`. */
export interface HalfCodec {
  readonly toNumbers: (bits: Uint16Array, begin: number, count: number, numbers: Numbers) => void;
  readonly fromNumbers: (
    numbers: ArrayLike<number>,
    count: number,
    bits: Uint16Array,
    begin: number,
  ) => void;
}
type Numbers = Float32Array | Float64Array;

// Each loop is its own, so that the engine compiles its conversion into it.
export const halfCodecs: Readonly<Record<HalfDType, HalfCodec>> = {
  float16: {
    toNumbers(bits, begin, count, numbers) {
      for (let i = 0; i < count; i++) numbers[i] = numberFromFloat16(bits[begin + i]!);
    },
    fromNumbers(numbers, count, bits, begin) {
      for (let i = 0; i < count; i++) bits[begin + i] = float16FromNumber(numbers[i]!);
    },
  },
  bfloat16: {
    toNumbers(bits, begin, count, numbers) {
      for (let i = 0; i < count; i++) numbers[i] = numberFromBfloat16(bits[begin + i]!);
    },
    fromNumbers(numbers, count, bits, begin) {
      for (let i = 0; i < count; i++) bits[begin + i] = bfloat16FromNumber(numbers[i]!);
    },
  },
};
