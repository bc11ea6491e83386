// Medians, percentiles, the line through samples, and numbers at random, the same for one seed.
import { random } from '../../support/values/vectors.ts';

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** The value that so large a fraction of the values is below. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = ascending(values);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))]!;
}

export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/** By which y grows for each 1 of x: least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length;
  const [x0, y0] = [mean(0), mean(1)];
  const sxy = points.reduce((sum, [x, y]) => sum + (x - x0) * (y - y0), 0);
  return sxy / points.reduce((sum, [x]) => sum + (x - x0) ** 2, 0);
}

/** Integers in [0, end). */
export function integers(seed: number): (end: number) => number {
  const next = random(seed);
  return (end) => Math.floor(next() * end);
}
