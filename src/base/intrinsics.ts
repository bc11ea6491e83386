// The engine's own view of objects, whatever a caller's object says: kind, length, buffer and range of a typed
// array, read through the intrinsic getters, which see internal slots; buffers, taken away from their owners; and
// objects that inherit nothing. All work across realms, and no Proxy, fake prototype or own property deceives them.
import { types } from 'node:util';

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);

// As it was when this was loaded: what is put in its place later gets to see no memory.
const { apply } = Reflect;

function intrinsicGetter<T>(name: PropertyKey): (array: unknown) => T {
  const getter = Object.getOwnPropertyDescriptor(typedArrayPrototype, name)?.get;
  if (!getter)
    throw new Error(`this JavaScript engine has no %TypedArray%.prototype.${String(name)}`);
  return (array) => apply(getter, array, []) as T;
}

/** 'Float32Array', ... for a typed array of any realm, undefined for anything else. */
export const typedArrayKind: (value: unknown) => string | undefined = intrinsicGetter(
  Symbol.toStringTag,
);

/** Elements; 0 also for a detached array and for a view that its shrunk buffer left out of bounds. */
export const typedArrayLength: (array: unknown) => number = intrinsicGetter('length');

export const typedArrayBuffer: (array: unknown) => ArrayBufferLike = intrinsicGetter('buffer');
export const typedArrayByteOffset: (array: unknown) => number = intrinsicGetter('byteOffset');

/** V8 keeps so many bytes inside an array, until its buffer is asked for. */
export const bytesInsideArray = 64;

const { keys } = typedArrayPrototype as { keys: () => unknown };

/** True when the array's memory is gone: detached, or its buffer shrank below the view. */
export function isDetached(array: unknown): boolean {
  if (typedArrayLength(array) !== 0) return false;
  try {
    apply(keys, array, []); // validates the array, as every method of it does
    return false;
  } catch {
    return true;
  }
}

/** The bytes an array covers, as a range in its buffer. */
export interface ByteRange {
  readonly buffer: ArrayBufferLike;
  readonly begin: number;
  readonly end: number;
}

export function byteRange(array: unknown, bytesPerElement: number): ByteRange {
  const begin = typedArrayByteOffset(array);
  const end = begin + typedArrayLength(array) * bytesPerElement;
  return { buffer: typedArrayBuffer(array), begin, end };
}

export function rangesOverlap(a: ByteRange, b: ByteRange): boolean {
  return a.buffer === b.buffer && a.begin < b.end && b.begin < a.end;
}

// ---------------------------------------------------------------- buffers
const {
  structuredClone,
  SharedArrayBuffer: SharedMemory,
  Int32Array: Flag,
  Uint8Array: Bytes,
} = globalThis;
const { isSharedArrayBuffer } = types;
const byteLengthGetter = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!;

/** A zero in memory that threads share and that JavaScript cannot detach. */
export function sharedFlag(): Int32Array {
  return new Flag(new SharedMemory(4));
}

/** Whether threads share the array's memory, which JavaScript then cannot detach. */
export function isShared(array: unknown): boolean {
  return isSharedArrayBuffer(typedArrayBuffer(array));
}

/** Whether an array of so many bytes, of memory that is not shared, is all there is in its buffer. */
export function spansBuffer(array: unknown, bytes: number): boolean {
  const buffer = typedArrayBuffer(array) as ArrayBuffer;
  return typedArrayByteOffset(array) === 0 && bytes === arrayBufferByteLength(buffer);
}

export const isAnyArrayBuffer: (value: unknown) => boolean = types.isAnyArrayBuffer;
export const isDataView: (value: unknown) => boolean = types.isDataView;
export const isSharedBuffer: (value: unknown) => boolean = isSharedArrayBuffer;

export function arrayBufferByteLength(buffer: ArrayBuffer): number {
  return apply(byteLengthGetter, buffer, []) as number;
}

/** Whether the ArrayBuffer's memory was transferred away. */
export function isDetachedBuffer(buffer: unknown): boolean {
  if (arrayBufferByteLength(buffer as ArrayBuffer) > 0) return false;
  try {
    new Bytes(buffer as ArrayBuffer);
    return false;
  } catch {
    return true;
  }
}

const immutableGetter = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'immutable')?.get;

/** Whether JavaScript can have ArrayBuffers that are never to be written; Node 26 has them behind a flag. */
export const hasImmutableBuffers: boolean = immutableGetter !== undefined;

/** Whether the buffer is such an ArrayBuffer. */
export function isImmutable(buffer: unknown): boolean {
  return (
    immutableGetter !== undefined &&
    !isSharedArrayBuffer(buffer) &&
    apply(immutableGetter, buffer, []) === true
  );
}

const dataViewGetter = (name: string) =>
  Object.getOwnPropertyDescriptor(DataView.prototype, name)!.get!;
const [viewBuffer, viewByteOffset, viewByteLength] = [
  dataViewGetter('buffer'),
  dataViewGetter('byteOffset'),
  dataViewGetter('byteLength'),
];

/** The bytes that a DataView covers; undefined when they are gone. */
export function dataViewRange(view: unknown): ByteRange | undefined {
  try {
    const begin = apply(viewByteOffset, view, []) as number;
    const end = begin + (apply(viewByteLength, view, []) as number);
    return { buffer: apply(viewBuffer, view, []) as ArrayBufferLike, begin, end };
  } catch {
    return undefined; // detached, or its buffer shrank
  }
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

// ---------------------------------------------------------------- objects that inherit nothing
const { setPrototypeOf } = Object;

/** The object, without a prototype from now on. */
export function bare<T extends object>(object: T): T {
  return setPrototypeOf(object, null) as T;
}

/**
 * `of` of each index, in an array that no other code gets to see: methods of arrays, and setters of their elements, may
 * have been replaced.
 */
export function threeAtMost<T>(count: number, of: (i: number) => T): T[] {
  if (count === 1) return [of(0)];
  return count === 2 ? [of(0), of(1)] : [of(0), of(1), of(2)];
}
