// What is under typed arrays: buffers, seen through internal slots, and taken away from whoever has them.
import { types } from 'node:util';
import { typedArrayBuffer, typedArrayByteOffset } from './typed-array.ts';

// As they were when this was loaded: what is put in their place later gets to see no memory.
const { apply } = Reflect;
const { structuredClone } = globalThis;
const { isSharedArrayBuffer } = types;
const byteLengthGetter = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;

/** Whether the array's memory is shared between threads: nobody can take it away. */
export function isShared(array: unknown): boolean {
  return isSharedArrayBuffer(typedArrayBuffer(array));
}

/** Whether an array of so many bytes, of memory that is not shared, is all there is in its buffer. */
export function spansBuffer(array: unknown, bytes: number): boolean {
  const bytesInBuffer = apply(byteLengthGetter, typedArrayBuffer(array), []) as number;
  return typedArrayByteOffset(array) === 0 && bytes === bytesInBuffer;
}

/**
 * The memory of that buffer under a new one; the old one is detached. Takes some microseconds at any size.
 * @throws a DataCloneError when the buffer is not to be transferred
 */
export function transferBuffer(buffer: ArrayBuffer): ArrayBuffer {
  return structuredClone(buffer, { transfer: [buffer] });
}

/** The same for several buffers, no two the same: all are transferred, or none. */
export function transferBuffers(buffers: readonly ArrayBuffer[]): readonly ArrayBuffer[] {
  return structuredClone(buffers, { transfer: buffers as ArrayBuffer[] });
}
