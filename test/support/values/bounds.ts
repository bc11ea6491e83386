// Promised bounds of f, f' and f'' in float32 and float64 on each device: the table of docs/accuracy.md, and
// the judgement of one result by it.
import type { Exact } from '../../../bench/double-double.ts';
import { roots as exactRoots, ulpErrorFloat32, ulpErrorFloat64 } from '../../../bench/reference.ts';
import { type DeviceName, deviceNames } from '../calls/calls.ts';
import type { Column } from './vectors.ts';

/** Where a column changes sign away from 0: there errors may be absolute instead. */
export const roots: Readonly<Record<Column, readonly number[]>> = { f: [], ...exactRoots };

/** What is enough, instead of a distance in ulp, at x nearer to a root than that. */
export interface BesideRoots {
  readonly within: number;
  readonly absolute: number;
}
const besideRoots: Readonly<Record<'cpu' | 'js', BesideRoots>> = {
  cpu: { within: 0.01, absolute: 2 ** -50 },
  js: { within: 2 ** -5, absolute: 2 ** -56 },
};

export interface Row {
  readonly device: DeviceName;
  readonly dtype: 'float32' | 'float64';
  readonly column: Column;
  readonly ulp: number;
  /** Wrong results allowed where the nearest is promised. */
  readonly misrounded?: number;
  readonly besideRoots?: BesideRoots;
}

const both = (row: Omit<Row, 'device'>): Row[] => deviceNames.map((device) => ({ device, ...row }));

export const bounds: readonly Row[] = [
  ...both({ dtype: 'float32', column: 'f', ulp: 0.5, misrounded: 0 }),
  ...both({ dtype: 'float32', column: 'f1', ulp: 0.5, misrounded: 0 }),
  ...both({ dtype: 'float32', column: 'f2', ulp: 0.5, misrounded: 0 }),
  { device: 'cpu', dtype: 'float64', column: 'f', ulp: 0.75 },
  { device: 'cpu', dtype: 'float64', column: 'f1', ulp: 0.75 },
  { device: 'cpu', dtype: 'float64', column: 'f2', ulp: 2, besideRoots: besideRoots.cpu },
  { device: 'cuda:0', dtype: 'float64', column: 'f', ulp: 0.75 },
  { device: 'cuda:0', dtype: 'float64', column: 'f1', ulp: 0.75 },
  { device: 'cuda:0', dtype: 'float64', column: 'f2', ulp: 2, besideRoots: besideRoots.cpu },
  { device: 'js', dtype: 'float64', column: 'f', ulp: 1.25 },
  { device: 'js', dtype: 'float64', column: 'f1', ulp: 1.25, besideRoots: besideRoots.js },
  { device: 'js', dtype: 'float64', column: 'f2', ulp: 1.5, besideRoots: besideRoots.js },
];

const ulpError = { float32: ulpErrorFloat32, float64: ulpErrorFloat64 };

/** The absolute distance that is enough at x; 0 where only ulp count. */
export function enoughBeside(column: Column, x: number, beside: BesideRoots | undefined): number {
  if (!beside) return 0;
  return roots[column].some((root) => Math.abs(x - root) < beside.within) ? beside.absolute : 0;
}

/** @throws unless `actual` is as near to `exact` as the row promises at `x` */
export function checkError(row: Row, x: number, actual: number, exact: Exact): void {
  const error = ulpError[row.dtype](actual, exact);
  if (error <= row.ulp) return;
  const distance = Math.abs(actual - exact.hi - exact.lo);
  if (distance <= enoughBeside(row.column, x, row.besideRoots)) return;
  throw new Error(`${error} ulp, ${distance} absolute at x = ${x}: ${actual}`);
}

// ---------------------------------------------------------------- products
export type Wide = 'float32' | 'float64';

/** In ulp, of dy f'(x), of dx + dy f'(x) where dx is 0, and of (ddx dy) f''(x). */
export interface ProductBounds {
  readonly backward: number;
  readonly accumulate: number;
  readonly double: number;
  /** The error that f' brings into a sum, relative to its term. */
  readonly term: number;
  /** Of the derivative that multiplies, where errors may be absolute. */
  readonly first?: BesideRoots;
  readonly second?: BesideRoots;
}

const ofFloat32 = { backward: 0.5000001, accumulate: 0.5000001, double: 0.500001, term: 2 ** -50 };
const ofNative: Readonly<Record<Wide, ProductBounds>> = {
  float32: ofFloat32,
  float64: { backward: 1.25, accumulate: 2, double: 3, term: 2 ** -52, second: besideRoots.cpu },
};
export const productBounds: Readonly<Record<DeviceName, Readonly<Record<Wide, ProductBounds>>>> = {
  cpu: ofNative,
  'cuda:0': ofNative, // the same bits
  js: {
    float32: ofFloat32,
    float64: {
      ...{ backward: 2.5, accumulate: 2.5, double: 3, term: 2 ** -51 },
      ...{ first: besideRoots.js, second: besideRoots.js },
    },
  },
};
