// float16 and bfloat16 bits from numbers, rounded to nearest even once, and back, exactly: arrays of them,
// as one call an element costs as much as the conversion.
import type { HalfDType } from './dtype.ts';

/** A half type's layout; below a sign bit, an exponent and `fractionBits` bits. */
interface Layout {
  readonly fractionBits: number;
  /** What exponents are less than in float64. */
  readonly exponentShift: number;
  readonly infinity: number;
}
const float16: Layout = { fractionBits: 10, exponentShift: 1023 - 15, infinity: 0x7c00 };
const bfloat16: Layout = { fractionBits: 7, exponentShift: 1023 - 127, infinity: 0x7f80 };

// One number seen as such and as bits: a conversion takes 3 ns, by a DataView 45. Nowhere is a branch on the
// sign or on how x rounds: on random values a wrong guess costs 7 ns.
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const [low, high] = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? [0, 1] : [1, 0];
const float = new Float32Array(1);
const bitsOfFloat = new Uint32Array(float.buffer);

/** Unsigned bits without their `count` lowest, which round the others to nearest even. */
function dropBits(bits: number, count: number): number {
  const odd = (bits >>> count) & 1;
  return (bits + (1 << (count - 1)) - 1 + odd) >>> count;
}

/** Bits of the half nearest to `x`; NaN gives the quiet one. */
function halfFromNumber(x: number, { fractionBits, exponentShift, infinity }: Layout): number {
  if (Number.isNaN(x)) return infinity | (1 << (fractionBits - 1));
  double[0] = x;
  const [head, tail] = [words[high]!, words[low]!];
  const sign = (head >>> 16) & 0x8000;
  // 20 bits of fraction are more than enough, if the last also says whether anything follows.
  const bits = (head & 0x7fffffff) | ((tail | -tail) >>> 31);
  const surplus = 20 - fractionBits;
  const exponent = bits >>> 20;
  if (exponent > exponentShift) {
    // What rounds up past the greatest becomes infinity's bits.
    return sign | Math.min(dropBits(bits - (exponentShift << 20), surplus), infinity);
  }
  // Below the normal numbers steps are all of one size.
  const shift = surplus + 1 + exponentShift - exponent;
  return shift > 22 ? sign : sign | dropBits((bits & 0xfffff) | 0x100000, shift);
}

function numberFromBfloat16(bits: number): number {
  bitsOfFloat[0] = bits << 16;
  return float[0]!;
}

function numberFromFloat16(bits: number): number {
  const magnitude = bits & 0x7fff;
  if (magnitude >= 0x400 && magnitude < 0x7c00) {
    bitsOfFloat[0] = ((bits & 0x8000) << 16) | ((magnitude << 13) + (112 << 23));
    return float[0]!;
  }
  const sign = bits & 0x8000 ? -1 : 1;
  if (magnitude < 0x400) return sign * magnitude * 2 ** -24;
  return magnitude === 0x7c00 ? sign * Infinity : Number.NaN;
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
      for (let i = 0; i < count; i++) bits[begin + i] = halfFromNumber(numbers[i]!, float16);
    },
  },
  bfloat16: {
    toNumbers(bits, begin, count, numbers) {
      for (let i = 0; i < count; i++) numbers[i] = numberFromBfloat16(bits[begin + i]!);
    },
    fromNumbers(numbers, count, bits, begin) {
      for (let i = 0; i < count; i++) bits[begin + i] = halfFromNumber(numbers[i]!, bfloat16);
    },
  },
};
