// Elements as JavaScript values: nested arrays in and out, numbers to and from every dtype, the JSON
// form, and the text that inspection shows.
import { constants } from 'node:buffer';
import { swapUnlessHost } from '../base/byte-order.ts';
import {
  allocateHost,
  type DType,
  dtypes,
  type HostArray,
  isDType,
  isHalf,
} from '../base/dtype.ts';
import { describe, isMishError, mishError } from '../base/errors.ts';
import { halfCodecs } from '../base/half.ts';
import { checkFits, checkShape, formatShape, maxRank, type Shape, sizeOf } from '../base/shape.ts';

/** A number, or arrays of arrays of numbers of equal lengths. */
export type NestedArray = number | readonly NestedArray[];

/** Numbers rounded to nearest even in `dtype`. */
export function encode(values: ArrayLike<number>, dtype: DType): HostArray {
  const encoded = allocateHost(dtype, values.length);
  if (!isHalf(dtype)) encoded.set(values);
  else halfCodecs[dtype].fromNumbers(values, values.length, encoded as Uint16Array, 0);
  return encoded;
}

/** The elements as doubles, exactly; the array itself where it holds floats. */
export function decode(elements: HostArray, dtype: DType): Float32Array | Float64Array {
  if (!isHalf(dtype)) return elements as Float32Array | Float64Array;
  const decoded = allocateHost('float32', elements.length); // a half is exact in float32
  halfCodecs[dtype].toNumbers(elements as Uint16Array, 0, elements.length, decoded);
  return decoded;
}

/** The numbers of a nested array in row-major order, and the shape it has. */
export function flatten(data: unknown): { readonly values: Float64Array; readonly shape: Shape } {
  const extents: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) {
    extents.push(level.length);
    if (level.length === 0 || extents.length > maxRank) break;
  }
  const shape = checkShape(extents);
  const values = allocateHost('float64', sizeOf(shape));
  collect(data, shape, 0, values, 0);
  return { values, shape };
}

/** Writes the numbers under `data` from `at` on; where the next one goes. */
function collect(data: unknown, shape: Shape, depth: number, values: Float64Array, at: number) {
  if (depth === shape.length) {
    if (typeof data !== 'number') throw elementError(data, shape, depth);
    values[at] = data;
    return at + 1;
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) throw raggedError(data, shape, depth);
  let next = at;
  for (let i = 0; i < shape[depth]!; i++) next = collect(data[i], shape, depth + 1, values, next);
  return next;
}

function elementError(data: unknown, shape: Shape, depth: number) {
  if (Array.isArray(data)) return raggedError(data, shape, depth);
  const expected = 'expected numbers in nested arrays, or a float array';
  return mishError('ERR_MISH_ARGUMENT', `data: ${expected}; got ${describe(data)}.`);
}

function raggedError(data: unknown, shape: Shape, depth: number) {
  const expected = depth < shape.length ? `an array of ${shape[depth]}` : 'a number';
  const came = Array.isArray(data) ? `an array of ${data.length}` : describe(data);
  return mishError(
    'ERR_MISH_SHAPE',
    `data: the nested arrays are ragged: at depth ${depth} expected ${expected}; got ${came}.`,
  );
}

const mostEmptyArrays = 2 ** 24;

/**
 * The elements as nested arrays; a number for a scalar.
 * @throws ERR_MISH_SHAPE when a tensor without elements would take millions of empty arrays
 */
export function nest(values: ArrayLike<number>, shape: Shape): NestedArray {
  const outer = shape.slice(0, Math.max(0, shape.indexOf(0)));
  if (outer.reduce((a, b) => a * b, 1) > mostEmptyArrays) {
    const what = `shape ${formatShape(shape)} holds no element but`;
    throw mishError('ERR_MISH_SHAPE', `toArray: ${what} more than 2^24 arrays. Use read().`);
  }
  let next = 0;
  const build = (depth: number): NestedArray =>
    depth === shape.length
      ? values[next++]!
      : Array.from({ length: shape[depth]! }, () => build(depth + 1));
  return build(0);
}

/** A tensor as JSON: every bit, whatever the machine. */
export interface TensorJSON {
  /** What each element is. */
  readonly dtype: DType;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Base64 of the elements' little-endian bits, in row-major order. */
  readonly data: string;
}

/** @throws ERR_MISH_LENGTH when the elements are more than a JavaScript string can hold */
export function toJSON(elements: HostArray, dtype: DType, shape: Shape): TensorJSON {
  const most = Math.floor(constants.MAX_STRING_LENGTH / 4) * 3;
  if (elements.byteLength > most) {
    const got = `expected at most ${most} bytes, as a string can hold; got ${elements.byteLength}`;
    throw mishError('ERR_MISH_LENGTH', `toJSON: ${got}. Use read() and write the bytes.`);
  }
  const bytes = Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength);
  swapUnlessHost(bytes, dtypes[dtype].bytes, 'little');
  const data = bytes.toString('base64');
  return { dtype, shape: [...shape], data };
}

/** @throws ERR_MISH_FORMAT when it is not what {@link toJSON} makes */
export function fromJSON(json: unknown): { elements: HostArray; dtype: DType; shape: Shape } {
  if (typeof json !== 'object' || json === null) {
    throw mishError('ERR_MISH_FORMAT', `json: expected an object; got ${describe(json)}.`);
  }
  const { dtype, shape, data } = json as { [K in keyof TensorJSON]: unknown };
  if (!isDType(dtype)) {
    throw mishError('ERR_MISH_FORMAT', `json.dtype: expected a dtype; got ${describe(dtype)}.`);
  }
  if (typeof data !== 'string') {
    throw mishError('ERR_MISH_FORMAT', `json.data: expected base64; got ${describe(data)}.`);
  }
  const bytes = Buffer.from(data, 'base64');
  if (bytes.toString('base64') !== data || bytes.length % dtypes[dtype].bytes !== 0) {
    const got = describe(data);
    throw mishError(
      'ERR_MISH_FORMAT',
      `json.data: expected the base64 of whole elements of ${dtype}, as toJSON() makes it; got ${got}.`,
    );
  }
  const checked = jsonShape(shape, bytes.length / dtypes[dtype].bytes);
  const elements = allocateHost(dtype, bytes.length / dtypes[dtype].bytes);
  swapUnlessHost(bytes, dtypes[dtype].bytes, 'little');
  new Uint8Array(elements.buffer).set(bytes);
  return { elements, dtype, shape: checked };
}

function jsonShape(shape: unknown, size: number): Shape {
  try {
    return checkFits(checkShape(shape), size);
  } catch (cause) {
    const why = isMishError(cause) ? cause.message : String(cause);
    throw mishError('ERR_MISH_FORMAT', `json.shape: ${why}`, { cause });
  }
}

/** How many elements {@link formatTensor} is to be given. */
export const shownElements = 8;

/** One line: what the tensor is and its first elements, or a word in their place. */
export function formatTensor(
  dtype: DType,
  shape: Shape,
  deviceId: string,
  first: ArrayLike<number> | string,
): string {
  const head = `Tensor(${dtype} ${formatShape(shape)} ${deviceId})`;
  if (typeof first === 'string') return `${head} ${first}`;
  const digits = dtype === 'float64' ? 17 : 7;
  const text = (x: number) => (Object.is(x, -0) ? '-0' : String(Number(x.toPrecision(digits))));
  const shown = Array.from(first, text);
  if (sizeOf(shape) > shown.length) shown.push('...');
  return `${head} [${shown.join(', ')}]`;
}
