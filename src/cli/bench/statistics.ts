// Median and quartiles: what is told of repeated timings, since a mean moves with every interruption.

/** Half of the samples lie between q1 and q3. */
export interface Spread {
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
}

/** The quartiles, between two samples where they fall between (as numpy's percentile). */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    const below = Math.floor(place);
    const [low, high] = [sorted[below]!, sorted[Math.ceil(place)]!];
    return low + (place - below) * (high - low);
  };
  return { q1: at(0.25), median: at(0.5), q3: at(0.75) };
}

/** The same in another unit. */
export function scaled({ q1, median, q3 }: Spread, factor: number): Spread {
  return { q1: factor * q1, median: factor * median, q3: factor * q3 };
}
