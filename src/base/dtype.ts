// The four dtypes: what each is called, how wide it is, and which typed array holds it on the host.
import { suggestion } from './did-you-mean.ts';
import { describe, mishError } from './errors.ts';

/**
 * What an element is: IEEE binary32 (4 bytes), binary64 (8), binary16 (2), or binary32 cut to its upper 16 bits,
 * bfloat16 (2).
 */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16';
/** The dtypes of 16 bits, which a Uint16Array holds as raw bits. */
export type HalfDType = 'float16' | 'bfloat16';

/** What holds the elements on the host, by dtype; the same on every version of Node. */
export interface StorageMap {
  /** Numbers. */
  float32: Float32Array;
  /** Numbers. */
  float64: Float64Array;
  /** Raw bits, also where Node has Float16Array. */
  float16: Uint16Array;
  /** Raw bits. */
  bfloat16: Uint16Array;
}
/** The host array that holds elements of `D`. */
export type StorageOf<D extends DType> = StorageMap[D];

/** Any host storage. */
export type HostArray = StorageOf<DType>;

/** `Float16Array` where the consumer's lib has it, else `never`. */
export type MaybeFloat16Array = typeof globalThis extends {
  Float16Array: { readonly prototype: infer A };
}
  ? A
  : never;
/** The arrays that say the dtype of their elements. */
export type FloatArray = Float32Array | Float64Array | MaybeFloat16Array;

/** Any array of A's kind, whether an ArrayBuffer or a SharedArrayBuffer is under it; A is not inferred. */
export type Like<A extends FloatArray> =
  | NoInfer<A> // for callers in which A is a type parameter: there the rest stays undecided
  | (A extends Float32Array
      ? Float32Array
      : A extends Float64Array
        ? Float64Array
        : A extends MaybeFloat16Array
          ? MaybeFloat16Array
          : never);

interface HostArrayConstructor {
  readonly name: string;
  new (length: number): HostArray;
  /** A copy. */
  new (elements: ArrayLike<number>): HostArray;
  /** A view of memory that exists. */
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): HostArray;
}

/** Bytes of an element, and what holds elements on the host. */
export interface DTypeInfo {
  readonly bytes: number;
  readonly array: HostArrayConstructor;
}

export const dtypes: Readonly<Record<DType, DTypeInfo>> = {
  float32: { bytes: 4, array: Float32Array },
  float64: { bytes: 8, array: Float64Array },
  float16: { bytes: 2, array: Uint16Array },
  bfloat16: { bytes: 2, array: Uint16Array },
};

export const dtypeNames = Object.keys(dtypes) as readonly DType[];

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(dtypes, value);
}

export function isHalf(dtype: DType): dtype is HalfDType {
  return dtype === 'float16' || dtype === 'bfloat16';
}

/** What other libraries and formats call the dtypes. */
const otherNames: Readonly<Record<string, DType>> = {
  f16: 'float16',
  fp16: 'float16',
  half: 'float16',
  f32: 'float32',
  fp32: 'float32',
  float: 'float32',
  single: 'float32',
  f64: 'float64',
  fp64: 'float64',
  double: 'float64',
  bf16: 'bfloat16',
};

/** @throws ERR_MISH_DTYPE unless `value` names a dtype */
export function checkDType(value: unknown, name = 'dtype'): DType {
  if (isDType(value)) return value;
  const expected = dtypeNames.map((each) => `'${each}'`).join(', ');
  const meant = suggestion(value, dtypeNames, otherNames);
  throw mishError(
    'ERR_MISH_DTYPE',
    `${name}: expected ${expected}; got ${describe(value)}.${meant}`,
  );
}

/** @throws ERR_MISH_DTYPE unless `value` names a half dtype */
export function checkHalfDType(value: unknown): HalfDType {
  const dtype = checkDType(value);
  if (isHalf(dtype)) return dtype;
  throw mishError(
    'ERR_MISH_DTYPE',
    `dtype: expected 'float16' or 'bfloat16', whose bits a Uint16Array holds; got '${dtype}'.`,
  );
}

/** A new zeroed host array. @throws ERR_MISH_OOM when there is no memory for it */
export function allocateHost<D extends DType>(dtype: D, length: number): StorageOf<D> {
  try {
    return new dtypes[dtype].array(length) as StorageOf<D>;
  } catch (cause) {
    throw noMemory(`${length} elements`, dtype, cause);
  }
}

/** A new host array with the elements of one of that dtype, which is asked nothing. @throws ERR_MISH_OOM */
export function copyHost<D extends DType>(dtype: D, elements: HostArray): StorageOf<D> {
  try {
    return new dtypes[dtype].array(elements) as StorageOf<D>;
  } catch (cause) {
    throw noMemory('a copy of the elements', dtype, cause);
  }
}

function noMemory(size: string, dtype: DType, cause: unknown) {
  const message = `no memory for ${size} of ${dtype}. Dispose tensors, or work in pieces.`;
  return mishError('ERR_MISH_OOM', message, { cause });
}
