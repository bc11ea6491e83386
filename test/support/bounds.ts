// What is promised of f, f' and f'' in float32 and float64 on each device: the table that README.md has, and
// the judgement of one result by it.
import type { Exact } from '../../bench/double-double.ts';
import { roots as exactRoots, ulpErrorFloat32, ulpErrorFloat64 } from '../../bench/reference.ts';
import { type DeviceName, deviceNames } from './calls.ts';
import type { Column } from './vectors.ts';

/** Where a column changes sign away from 0: there errors may be absolute instead. */
export const roots: Readonly<Record<Column, readonly number[]>> = { f: [], ...exactRoots };
/** How near to a root "beside" is. */
export const beside = 2 ** -4;

export interface Row {
  readonly device: DeviceName;
  readonly dtype: 'float32' | 'float64';
  readonly column: Column;
  readonly ulp: number;
  /** Wrong results allowed where the nearest is promised. */
  readonly misrounded?: number;
  /** Enough beside the roots, where given. */
  readonly absolute?: number;
}

const both = (row: Omit<Row, 'device'>): Row[] => deviceNames.map((device) => ({ device, ...row }));

export const bounds: readonly Row[] = [
  ...both({ dtype: 'float32', column: 'f', ulp: 0.5, misrounded: 0 }),
  ...both({ dtype: 'float32', column: 'f1', ulp: 0.5, misrounded: 0 }),
  { device: 'cpu', dtype: 'float32', column: 'f2', ulp: 0.500001 },
  { device: 'js', dtype: 'float32', column: 'f2', ulp: 0.5, misrounded: 0 },
  { device: 'cpu', dtype: 'float64', column: 'f', ulp: 0.75 },
  { device: 'cpu', dtype: 'float64', column: 'f1', ulp: 0.75 },
  { device: 'cpu', dtype: 'float64', column: 'f2', ulp: 2, absolute: 2 ** -50 },
  { device: 'js', dtype: 'float64', column: 'f', ulp: 1.25 },
  { device: 'js', dtype: 'float64', column: 'f1', ulp: 1.25, absolute: 2 ** -54 },
  { device: 'js', dtype: 'float64', column: 'f2', ulp: 1.5, absolute: 2 ** -54 },
];

const ulpError = { float32: ulpErrorFloat32, float64: ulpErrorFloat64 };

/** @throws unless `actual` is as near to `exact` as the row promises at `x` */
export function checkError(row: Row, x: number, actual: number, exact: Exact): void {
  const error = ulpError[row.dtype](actual, exact);
  if (error <= row.ulp) return;
  const near = roots[row.column].some((root) => Math.abs(x - root) < beside);
  const distance = Math.abs(actual - exact.hi - exact.lo);
  if (row.absolute !== undefined && near && distance <= row.absolute) return;
  throw new Error(`${error} ulp, ${distance} absolute at x = ${x}: ${actual}`);
}

// ---------------------------------------------------------------- products
export type Wide = 'float32' | 'float64';

/** In ulp, of dy f'(x), of dx + dy f'(x), and of (ddx dy) f''(x). */
export interface ProductBounds {
  readonly backward: number;
  readonly accumulate: number;
  readonly double: number;
  /** Enough beside a root of the derivative, relative to the other factors. */
  readonly absolute: number;
}

// A derivative is at hand to about 2^-52 of itself, or 2^-54 absolute beside its root in JS; products
// round again.
const ofFloat32 = { backward: 0.5000001, accumulate: 0.5000001, double: 0.500001, absolute: 0 };
export const productBounds: Readonly<Record<DeviceName, Readonly<Record<Wide, ProductBounds>>>> = {
  cpu: {
    float32: ofFloat32,
    float64: { backward: 1.25, accumulate: 2, double: 3, absolute: 2 ** -50 },
  },
  js: {
    float32: ofFloat32,
    float64: { backward: 2.5, accumulate: 2.5, double: 3, absolute: 2 ** -54 },
  },
};
