// Integer arithmetic of 480 bits for the generators of constants: a real number v is the BigInt
// v 2^480. Exponential, logarithm, and rounding to doubles in the notations of C and JavaScript.

export const fraction = 480n;
export const one = 1n << fraction;
export const integer = (n) => BigInt(n) << fraction;
export const mul = (a, b) => (a * b) >> fraction;
export const div = (a, b) => (a << fraction) / b;

/** ln 2 = sum of 1 / (k 2^k). */
export function ln2() {
  let sum = 0n;
  for (let k = 1n; k <= fraction; k++) sum += one / (k << k);
  return sum;
}

/** e^x for |x| < 4: Taylor on x / 2^32, then squared 32 times. */
export function exp(x) {
  const guard = 64n; // squaring 32 times loses 32 bits
  const unit = 1n << (fraction + guard);
  const r = (x << guard) >> 32n;
  let term = unit;
  let sum = unit;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = ((term * r) >> (fraction + guard)) / k;
    sum += term;
  }
  for (let i = 0; i < 32; i++) sum = (sum * sum) >> (fraction + guard);
  return sum >> guard;
}

// ---- rounding to double, and to sums of doubles
const absolute = (v) => (v < 0n ? -v : v);
const bitLength = (v) => BigInt(absolute(v).toString(2).length);

/** `v` rounded to nearest at `bits` significant bits, as a fixed-point number. */
export function roundTo(v, bits) {
  const drop = bitLength(v) - BigInt(bits);
  if (drop <= 0n) return v;
  const half = 1n << (drop - 1n);
  const magnitude = ((absolute(v) + half) >> drop) << drop; // 480 bits: a tie does not happen
  return v < 0n ? -magnitude : magnitude;
}

/** C's and sollya's notation of a number that has at most 53 bits. */
export function hex(v) {
  const magnitude = absolute(v);
  const length = bitLength(magnitude);
  const mantissa = length > 53n ? magnitude >> (length - 53n) : magnitude << (53n - length);
  const digits = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  const exponent = length - 1n - fraction;
  return `${v < 0n ? '-' : ''}0x1.${digits}p${exponent < 0n ? '' : '+'}${exponent}`;
}

/** The shortest decimal that reads back as that double. */
export function decimal(v) {
  const magnitude = absolute(v);
  const shift = bitLength(magnitude) - 53n;
  const mantissa = shift > 0n ? magnitude >> shift : magnitude << -shift;
  const value = Number(mantissa) * 2 ** Number(shift - fraction);
  return String(v < 0n ? -value : value);
}

/** A double's neighbour, `steps` units in the last place away from zero. */
export function nudged(v, steps) {
  const lastPlace = 1n << (bitLength(absolute(v)) - 53n);
  return v + BigInt(steps) * (v < 0n ? -lastPlace : lastPlace);
}

/** `v` as `count` doubles whose sum it is; the first has `headBits` bits. */
export function parts(v, count, headBits = 53) {
  const result = [];
  for (let rest = v; result.length < count; rest -= result.at(-1)) {
    result.push(roundTo(rest, result.length === 0 ? headBits : 53));
  }
  return result;
}
