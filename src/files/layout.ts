// The place and encoding of a tensor's elements in a file: what every format comes down to.
import type { ByteOrder } from '../base/byte-order.ts';
import { type DType, dtypes } from '../base/dtype.ts';
import { isMishError, mishError } from '../base/errors.ts';
import { checkShape, maxRank, type Shape } from '../base/shape.ts';
import type { InputFile } from './input-file.ts';

/** One tensor in a file. */
export interface TensorLayout {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements. */
  readonly size: number;
  /** Where its first byte is in the file. */
  readonly position: number;
  readonly byteOrder: ByteOrder;
  /** Column-major: the first index changes fastest. */
  readonly fortranOrder: boolean;
}

export function byteLengthOf({ dtype, size }: TensorLayout): number {
  return size * dtypes[dtype].bytes;
}

/**
 * Extents from a file.
 * @throws ERR_MISH_FORMAT unless they are a shape; ERR_MISH_UNSUPPORTED for more of them than a tensor has
 */
export function shapeInFile(file: InputFile, extents: readonly unknown[]): Shape {
  if (extents.length > maxRank) {
    const got = `expected a shape of at most ${maxRank} extents; got ${extents.length}`;
    throw mishError('ERR_MISH_UNSUPPORTED', `${file.path}: ${got}. Reshape it before saving.`);
  }
  try {
    return checkShape(extents);
  } catch (cause) {
    const why = isMishError(cause) ? cause.message : String(cause);
    throw file.formatError(why, { cause });
  }
}
