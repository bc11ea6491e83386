// Typed arrays that callers hand over, made safe: what each really is, as a view of our own that no
// subclass, Proxy or faked property can bend.
import { type DType, dtypes, type HalfDType, type HostArray } from './dtype.ts';
import { describe, mishError } from './errors.ts';
import {
  isDetached,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayKind,
  typedArrayLength,
} from './typed-array.ts';

/** The kinds of typed array that hold elements, and the dtype of those that say it. */
const elementKinds: Readonly<Record<string, DType | 'bits'>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Float16Array: 'float16',
  Uint16Array: 'bits',
};

/** An array's kind (`'Float32Array'`, ...), and its memory as a view in the dtype's storage type. */
export interface HostOperand {
  readonly kind: string;
  readonly dtype: DType;
  readonly view: HostArray;
}

const bitsRemedy = "pass { dtype: 'float16' } or { dtype: 'bfloat16' }, as it holds raw bits";

/**
 * @param bitsDType - the half type of a Uint16Array, where the caller said it
 * @throws ERR_MISH_ARGUMENT for no typed array; ERR_MISH_DTYPE for one of another kind;
 *   ERR_MISH_DETACHED when its memory is gone
 */
export function hostOperand(name: string, value: unknown, bitsDType?: HalfDType): HostOperand {
  const kind = typedArrayKind(value);
  if (kind === undefined) {
    throw mishError(
      'ERR_MISH_ARGUMENT',
      `${name}: expected a Float32Array, Float64Array, Float16Array, Uint16Array or Tensor; got ${describe(value)}. Make one with Float32Array.from() or Tensor.from().`,
    );
  }
  const dtype = Object.hasOwn(elementKinds, kind) ? elementKinds[kind] : undefined;
  if (dtype === undefined) {
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected a Float32Array, Float64Array, Float16Array or Uint16Array; got ${describe(value)}. Convert it, for example with Float32Array.from(${name}).`,
    );
  }
  if (dtype !== 'bits') return { kind, dtype, view: viewOf(name, value, dtype) };
  if (bitsDType) return { kind, dtype: bitsDType, view: viewOf(name, value, bitsDType) };
  throw mishError('ERR_MISH_DTYPE', `${name}: a Uint16Array needs its dtype: ${bitsRemedy}.`);
}

function viewOf(name: string, array: unknown, dtype: DType): HostArray {
  if (isDetached(array)) {
    throw mishError(
      'ERR_MISH_DETACHED',
      `${name}: its memory is gone (transferred away, or its buffer shrank). Pass an array that is still whole.`,
    );
  }
  const { array: View } = dtypes[dtype];
  return new View(typedArrayBuffer(array), typedArrayByteOffset(array), typedArrayLength(array));
}
