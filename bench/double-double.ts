// Double-double arithmetic without fma: values hi + lo, about 100 bits. What the reference values and the
// tests' expectations are computed with.

/** The value hi + lo, with hi the float64 nearest to it. */
export interface Exact {
  readonly hi: number;
  readonly lo: number;
  /**
   * Only on results so small (below 2^-880) that lo may lack bits: the value - hi, counted in steps
   * of 2^-1074, the smallest that float64 can take.
   */
  readonly steps?: number;
}

function quickTwoSum(a: number, b: number): Exact {
  const hi = a + b;
  return { hi, lo: b - (hi - a) };
}

export function twoSum(a: number, b: number): Exact {
  const hi = a + b;
  const part = hi - a;
  return { hi, lo: a - (hi - part) + (b - part) };
}

/** Dekker's product after Veltkamp's splitting: JS has no fma. */
export function twoProduct(a: number, b: number): Exact {
  const hi = a * b;
  const ca = 134217729 * a;
  const cb = 134217729 * b;
  const ah = ca - (ca - a);
  const bh = cb - (cb - b);
  const al = a - ah;
  const bl = b - bh;
  return { hi, lo: ah * bh - hi + ah * bl + al * bh + al * bl };
}

export function add(a: Exact, b: Exact): Exact {
  const s = twoSum(a.hi, b.hi);
  const t = twoSum(a.lo, b.lo);
  const u = quickTwoSum(s.hi, s.lo + t.hi);
  return quickTwoSum(u.hi, u.lo + t.lo);
}

export function addNumber(a: Exact, b: number): Exact {
  const s = twoSum(a.hi, b);
  return quickTwoSum(s.hi, s.lo + a.lo);
}

export function multiply(a: Exact, b: Exact): Exact {
  const p = twoProduct(a.hi, b.hi);
  return quickTwoSum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

export function multiplyNumber(a: Exact, b: number): Exact {
  return multiply(a, { hi: b, lo: 0 });
}

/** Exact, and cheaper than a product, where factor is a power of two. */
export function scale(a: Exact, factor: number): Exact {
  return { hi: a.hi * factor, lo: a.lo * factor };
}

export function divide(a: Exact, b: Exact): Exact {
  const first = a.hi / b.hi;
  const rest = add(a, multiplyNumber(b, -first));
  const second = rest.hi / b.hi;
  const third = add(rest, multiplyNumber(b, -second)).hi / b.hi;
  const q = quickTwoSum(first, second);
  return quickTwoSum(q.hi, q.lo + third);
}
