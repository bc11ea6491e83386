// erfc in double precision, small in relative error in both tails: GELU's normal distribution.

const SQRT_PI = Math.sqrt(Math.PI);

/** Where the two formulas meet: 1 - erf has lost two digits there, the fraction none yet. */
const SEAM = 2;

/** Levels of the fraction; at x = 2, where it converges slowest, 80 reach the last bit. */
const LEVELS = 80;

/**
 * The complementary error function, 2 / sqrt(pi) times the integral of exp(-t^2) from x on.
 * Near 0 by the series of Abramowitz and Stegun 7.1.6, whose terms have one sign; from 2 on by
 * their continued fraction 7.1.14. Relative error below 1e-13.
 */
export function erfc(x: number): number {
  if (Math.abs(x) < SEAM) return 1 - erfSeries(x);
  return x > 0 ? erfcFraction(x) : 2 - erfcFraction(-x);
}

function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

function erfcFraction(x: number): number {
  let tail = 0;
  for (let level = LEVELS; level > 0; level--) tail = level / 2 / (x + tail);
  return Math.exp(-x * x) / SQRT_PI / (x + tail);
}
