// What is under typed arrays: buffers, seen through internal slots, and taken away from whoever has them.
import { types } from 'node:util';
import { typedArrayBuffer, typedArrayByteOffset } from './typed-array.ts';

// As they were when this was loaded: what is put in their place later gets to see no memory.
const { apply } = Reflect;
const { structuredClone, SharedArrayBuffer: SharedMemory, Int32Array: Flag } = globalThis;
const { isSharedArrayBuffer } = types;
const byteLengthGetter = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;

/** A 0 that threads share, and nobody can take away. */
export function sharedFlag(): Int32Array {
  return new Flag(new SharedMemory(4));
}

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

/** The same for several buffers, some perhaps the same: all are transferred, or none. */
export function transferBuffers(buffers: readonly ArrayBuffer[]): readonly ArrayBuffer[] {
  const transfer: ArrayBuffer[] = [];
  for (let i = 0; i < buffers.length; i++) {
    if (isFirst(buffers, i)) transfer[transfer.length] = buffers[i]!;
  }
  return structuredClone(buffers, { transfer });
}

/** Whether no element before that index is the same. By hand, as methods of arrays may have been replaced. */
export function isFirst(elements: readonly unknown[], index: number): boolean {
  let first = 0;
  while (elements[first] !== elements[index]) first++;
  return first === index;
}
