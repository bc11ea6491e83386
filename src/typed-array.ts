// What a typed array really is, whatever the caller's object says: kind, length, buffer and range read
// through the intrinsic getters, which see internal slots. Works across realms; a Proxy, a fake
// prototype chain or an own `length` property deceives nobody.

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
