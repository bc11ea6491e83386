// float16 and bfloat16 bits from numbers, rounded to nearest even once, and back, exactly.
import type { HalfDType } from './dtype.ts';

const scratch = new DataView(new ArrayBuffer(8));

function float32Bits(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getUint32(0);
}

/** The unbiased exponent of a finite double; -1023 for zeros and subnormals. */
function exponentOf(x: number): number {
  scratch.setFloat64(0, x);
  return ((scratch.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

// Adding and subtracting it rounds a double below 2^51 to an integer, nearest even.
const roundToInteger = 1.5 * 2 ** 52;

/** `x` rounded to `precision` bits, the last of them never below 2^leastExponent. */
function roundTo(x: number, precision: number, leastExponent: number): number {
  const lastBit = 2 ** Math.max(exponentOf(x) - (precision - 1), leastExponent);
  return (x / lastBit + roundToInteger - roundToInteger) * lastBit;
}

/** Bits of the bfloat16 nearest to `x`; NaN gives 0x7fc0. */
export function bfloat16FromNumber(x: number): number {
  if (Number.isNaN(x)) return 0x7fc0;
  if (!Number.isFinite(x)) return x > 0 ? 0x7f80 : 0xff80;
  if (x === 0) return Object.is(x, -0) ? 0x8000 : 0;
  const rounded = roundTo(x, 8, -133); // representable as float32, or its infinity
  return (float32Bits(rounded) >>> 16) | (x < 0 ? 0x8000 : 0);
}

/** Bits of the float16 nearest to `x`; NaN gives 0x7e00. */
export function float16FromNumber(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  if (!Number.isFinite(x)) return sign | 0x7c00;
  const magnitude = Math.abs(roundTo(x, 11, -24));
  if (magnitude > 65504) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24);
  const exponent = exponentOf(magnitude);
  return sign | ((exponent + 14) * 1024 + magnitude / 2 ** (exponent - 10));
}

export function numberFromBfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

export function numberFromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

export interface HalfCodec {
  readonly fromNumber: (x: number) => number;
  readonly toNumber: (bits: number) => number;
}

export const halfCodecs: Readonly<Record<HalfDType, HalfCodec>> = {
  float16: { fromNumber: float16FromNumber, toNumber: numberFromFloat16 },
  bfloat16: { fromNumber: bfloat16FromNumber, toNumber: numberFromBfloat16 },
};
