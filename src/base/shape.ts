// Shapes: checked extents, their product, and the -1 that reshape fills in.
import { describe, mishError } from './errors.ts';

/** Extents, outermost first, at most 32; elements are in row-major order. `[]` is a scalar's. */
export type Shape = readonly number[];
/** The shape that reshape gives: with `number` in place of -1, an extent that the types do not know. */
export type Resolved<T extends Shape> = { [K in keyof T]: T[K] extends -1 ? number : T[K] };

/** Extents that a shape may have, as in other array libraries. */
export const maxRank = 32;

/** @throws ERR_MISH_LENGTH unless `value` is a safe non-negative integer */
export function checkSize(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value + 0; // no -0
  throw mishError(
    'ERR_MISH_LENGTH',
    `${name}: expected a non-negative integer up to 2^53 - 1; got ${describe(value)}.`,
  );
}

/**
 * A frozen copy of a shape whose extents are checked.
 * @throws ERR_MISH_SHAPE when it is not an array, or longer than 32; ERR_MISH_LENGTH for a bad extent
 *   or product
 */
export function checkShape(shape: unknown, name = 'shape'): Shape {
  const extents = copyExtents(shape, name).map((extent, i) => checkSize(`${name}[${i}]`, extent));
  sizeOf(extents, name);
  return Object.freeze(extents);
}

function copyExtents(shape: unknown, name = 'shape'): unknown[] {
  if (!Array.isArray(shape)) {
    throw mishError('ERR_MISH_SHAPE', `${name}: expected an array; got ${describe(shape)}.`);
  }
  const { length } = shape;
  if (length > maxRank) {
    const got = `expected at most ${maxRank} extents; got ${length}`;
    throw mishError('ERR_MISH_SHAPE', `${name}: ${got}.`);
  }
  // By index: an iterator that the caller put there may give more, or never end.
  return Array.from({ length }, (_, i) => shape[i]);
}

/** The number of elements. @throws ERR_MISH_LENGTH when it is not a safe integer */
export function sizeOf(shape: Shape, name = 'shape'): number {
  if (shape.includes(0)) return 0;
  return checkSize(
    `${name}: the product of the extents`,
    shape.reduce((a, b) => a * b, 1),
  );
}

/** @throws ERR_MISH_SHAPE unless a shape has exactly `size` elements */
export function checkFits(shape: Shape, size: number): Shape {
  if (sizeOf(shape) === size) return shape;
  throw mishError(
    'ERR_MISH_SHAPE',
    `shape: expected ${size} elements, as there are; got ${formatShape(shape)}, which has ${sizeOf(shape)}. One extent of reshape may be -1.`,
  );
}

/** A shape for `size` elements in which one extent may be -1. @throws as {@link checkShape} */
export function resolveShape(shape: unknown, size: number): Shape {
  const extents = copyExtents(shape);
  const unknown = extents.indexOf(-1);
  if (unknown < 0) return checkFits(checkShape(extents), size);
  if (extents.includes(-1, unknown + 1)) {
    throw mishError(
      'ERR_MISH_SHAPE',
      'shape: expected -1 in place of one extent; got more of them.',
    );
  }
  const known = sizeOf(checkShape(extents.with(unknown, 1)));
  if (known === 0 || size % known !== 0) {
    throw mishError(
      'ERR_MISH_SHAPE',
      `shape: no extent in place of -1 makes [${extents.join(', ')}] hold ${size} elements.`,
    );
  }
  return checkShape(extents.with(unknown, size / known));
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
