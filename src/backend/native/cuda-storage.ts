// The storage of a tensor on a CUDA device: a place in memory that the addon knows by a number.
import type { DType } from '../../base/dtype.ts';

/** As it was when this was loaded. */
const { freeze } = Object;

/** Elements on a device; frozen, and nothing that V8 or a program can take away. */
export class CudaStorage {
  readonly handle: number;
  /** Where in the handle's memory the first element is. */
  readonly byteOffset: number;
  /** Elements. */
  readonly length: number;
  readonly dtype: DType;

  constructor(handle: number, byteOffset: number, length: number, dtype: DType) {
    this.handle = handle;
    this.byteOffset = byteOffset;
    this.length = length;
    this.dtype = dtype;
    freeze(this);
  }
}
