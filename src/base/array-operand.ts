// Typed arrays that callers hand over, made safe: what each really is, whatever a subclass, Proxy or
// faked property says.

import { type DType, dtypes, type HalfDType, type HostArray, isHalf } from './dtype.ts';
import { mishError } from './errors.ts';
import {
  isDetached,
  transferBuffer,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayKind,
  typedArrayLength,
} from './intrinsics.ts';
import { refusedOperand } from './refused-operand.ts';

/** What an array of that kind holds; a switch, as looking it up in an object takes 20 ns more. */
function elementsOf(kind: string): DType | 'bits' | undefined {
  switch (kind) {
    case 'Float32Array':
      return 'float32';
    case 'Float64Array':
      return 'float64';
    case 'Float16Array':
      return 'float16';
    case 'Uint16Array':
      return 'bits';
    default:
      return undefined;
  }
}

/** An array's kind (`'Float32Array'`, ...), what is in it, and its true length. */
export interface HostOperand {
  readonly kind: string;
  readonly dtype: DType;
  /**
   * The caller's own array, or the bits of a Float16Array. It may be a subclass or have properties: ask
   * it nothing, and make an {@link ownView} where it is to be kept or asked.
   */
  readonly array: HostArray;
  readonly length: number;
}

const bitsRemedy = "pass { dtype: 'float16' } or { dtype: 'bfloat16' }, as it holds raw bits";

/**
 * @param bitsDType - the half type of a Uint16Array, where the caller said it
 * @throws ERR_MISH_ARGUMENT for no typed array; ERR_MISH_DTYPE for one of another kind;
 *   ERR_MISH_DETACHED when its memory is gone
 */
export function hostOperand(name: string, value: unknown, bitsDType?: HalfDType): HostOperand {
  const kind = typedArrayKind(value);
  const dtype = kind === undefined ? undefined : elementsOf(kind);
  if (kind === undefined || dtype === undefined) throw refusedOperand(name, value);
  if (dtype === 'bits' && !bitsDType) {
    throw mishError('ERR_MISH_DTYPE', `${name}: a Uint16Array needs its dtype: ${bitsRemedy}.`);
  }
  const length = typedArrayLength(value);
  if (length === 0) checkAttached(name, value);
  if (dtype !== 'bits' && isHalf(dtype)) {
    return { kind, dtype, array: viewOf(dtype, value), length };
  }
  return { kind, dtype: dtype === 'bits' ? bitsDType! : dtype, array: value as HostArray, length };
}

function checkAttached(name: string, array: unknown): void {
  if (isDetached(array)) {
    throw mishError(
      'ERR_MISH_DETACHED',
      `${name}: its memory is gone (transferred away, or its buffer shrank). Pass an array that is still whole.`,
    );
  }
}

/** A view of the operand's memory that no other code knows. */
export function ownView({ dtype, array }: HostOperand): HostArray {
  return viewOf(dtype, array);
}

function viewOf(dtype: DType, array: unknown): HostArray {
  const { array: View } = dtypes[dtype];
  return new View(typedArrayBuffer(array), typedArrayByteOffset(array), typedArrayLength(array));
}

/** The same elements under a new buffer; whoever has the old one has no memory. @throws as transferBuffer */
export function transferView(dtype: DType, view: HostArray): HostArray {
  const { array: View } = dtypes[dtype];
  const begin = typedArrayByteOffset(view);
  const length = typedArrayLength(view);
  return new View(transferBuffer(typedArrayBuffer(view) as ArrayBuffer), begin, length);
}
