// Products and sums of values hi + lo, for the tests' expectations: JS has no fma, so products are Dekker's.
import type { Exact } from '../../bench/reference.ts';

/** a * b as hi + lo: Dekker's product, for finite factors between 2^-400 and 2^400. */
export function product(a: number, b: number): Exact {
  const split = (x: number) => {
    const high = 134217729 * x - (134217729 * x - x);
    return [high, x - high] as const;
  };
  const [ah, al] = split(a);
  const [bh, bl] = split(b);
  const hi = a * b;
  return { hi, lo: ah * bh - hi + ah * bl + al * bh + al * bl };
}

function normalised(hi: number, lo: number): Exact {
  const sum = hi + lo;
  return { hi: sum, lo: lo - (sum - hi) };
}

export function times(a: Exact, b: Exact): Exact {
  const { hi, lo } = product(a.hi, b.hi);
  return normalised(hi, lo + (a.hi * b.lo + a.lo * b.hi));
}

export function plus(a: Exact, b: number): Exact {
  const sum = a.hi + b;
  const part = sum - a.hi;
  return normalised(sum, a.hi - (sum - part) + (b - part) + a.lo);
}
