// Elements as JavaScript values: nested arrays in and out, numbers to and from every dtype, the JSON
// form, and the text that inspection shows.
import { endianness } from 'node:os';
import { allocateHost, type DType, dtypes, type HostArray, isDType, isHalf } from './dtype.ts';
import { describe, mishError } from './errors.ts';
import { halfCodecs } from './half.ts';
import { checkFits, checkShape, formatShape, type Shape } from './shape.ts';

export type NestedArray = number | readonly NestedArray[];

const maxDepth = 32;

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
export function flatten(data: unknown): { readonly values: number[]; readonly shape: Shape } {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) {
    if (shape.length === maxDepth) {
      throw mishError('ERR_MISH_SHAPE', `data: nested deeper than ${maxDepth} arrays.`);
    }
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const values: number[] = [];
  collect(data, shape, 0, values);
  return { values, shape };
}

function collect(data: unknown, shape: Shape, depth: number, values: number[]): void {
  if (depth === shape.length) {
    if (typeof data === 'number') values.push(data);
    else if (Array.isArray(data)) throw raggedError(shape, depth, data.length);
    else {
      throw mishError(
        'ERR_MISH_ARGUMENT',
        `data: expected numbers in nested arrays, or a float array; got ${describe(data)}.`,
      );
    }
    return;
  }
  if (!Array.isArray(data) || data.length !== shape[depth]) {
    throw raggedError(shape, depth, Array.isArray(data) ? data.length : undefined);
  }
  for (let i = 0; i < data.length; i++) collect(data[i], shape, depth + 1, values);
}

function raggedError(shape: Shape, depth: number, got: number | undefined) {
  const expected = depth < shape.length ? `an array of ${shape[depth]}` : 'a number';
  const came = got === undefined ? 'something else' : `an array of ${got}`;
  return mishError(
    'ERR_MISH_SHAPE',
    `data: the nested arrays are ragged: at depth ${depth} expected ${expected}; got ${came}.`,
  );
}

/** The elements as nested arrays; a number for a scalar. */
export function nest(values: ArrayLike<number>, shape: Shape): NestedArray {
  let next = 0;
  const build = (depth: number): NestedArray =>
    depth === shape.length
      ? values[next++]!
      : Array.from({ length: shape[depth]! }, () => build(depth + 1));
  return build(0);
}

export interface TensorJSON {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Base64 of the little-endian bits: lossless. */
  readonly data: string;
}

/** Reverses the bytes of each element on a big-endian host, in place. */
function littleEndian(bytes: Buffer, bytesPerElement: number): Buffer {
  if (endianness() === 'LE') return bytes;
  if (bytesPerElement === 2) return bytes.swap16();
  return bytesPerElement === 4 ? bytes.swap32() : bytes.swap64();
}

export function toJSON(elements: HostArray, dtype: DType, shape: Shape): TensorJSON {
  const own = elements.slice();
  const bytes = Buffer.from(own.buffer, own.byteOffset, own.byteLength);
  const data = littleEndian(bytes, dtypes[dtype].bytes).toString('base64');
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
    throw mishError('ERR_MISH_FORMAT', 'json.data: expected the base64 of whole elements.');
  }
  try {
    const length = bytes.length / dtypes[dtype].bytes;
    const checked = checkFits(checkShape(shape), length);
    const elements = allocateHost(dtype, length);
    new Uint8Array(elements.buffer).set(littleEndian(bytes, dtypes[dtype].bytes));
    return { elements, dtype, shape: checked };
  } catch (cause) {
    throw mishError('ERR_MISH_FORMAT', `json.shape: ${(cause as Error).message}`, { cause });
  }
}

const shownElements = 8;

/** One line: what the tensor is and its first elements. */
export function formatTensor(
  dtype: DType,
  shape: Shape,
  deviceId: string,
  elements: ArrayLike<number> | string,
): string {
  const head = `Tensor(${dtype} ${formatShape(shape)} ${deviceId})`;
  if (typeof elements === 'string') return `${head} ${elements}`;
  const shown = Array.from({ length: Math.min(elements.length, shownElements) }, (_, i) =>
    dtype === 'float64' ? String(elements[i]) : String(Number(elements[i]!.toPrecision(7))),
  );
  if (elements.length > shownElements) shown.push('...');
  return `${head} [${shown.join(', ')}]`;
}
