// Raw little-endian elements in a Buffer, Uint8Array, ArrayBuffer or DataView, at whatever byte they begin: made
// elements to compute on, and back.
import { swapUnlessHost } from './byte-order.ts';
import { allocateHost, type DType, dtypes, type HostArray } from './dtype.ts';
import { mishError } from './errors.ts';
import {
  arrayBufferByteLength,
  type ByteRange,
  dataViewRange,
  isAnyArrayBuffer,
  isDataView,
  isDetached,
  isDetachedBuffer,
  isImmutable,
  isSharedBuffer,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayKind,
  typedArrayLength,
} from './intrinsics.ts';

/** Bytes that hold elements, of a dtype that the call names. */
export type Bytes = Uint8Array | ArrayBuffer | DataView;

/** What holds bytes, as results come in what x came in. */
type BytesKind = 'Buffer' | 'Uint8Array' | 'ArrayBuffer' | 'DataView';

/** Whether the name is that of such a thing, and not of a typed array with elements of its own. */
export function isBytesKind(kind: string): kind is BytesKind {
  switch (kind) {
    case 'Buffer':
    case 'Uint8Array':
    case 'ArrayBuffer':
    case 'DataView':
      return true;
    default:
      return false;
  }
}

/** A caller's bytes: what holds them, and where they are. */
export interface BytesOperand extends ByteRange {
  readonly kind: BytesKind;
}

/** The bytes under that value; undefined when it is no such thing. @throws ERR_MISH_DETACHED */
export function bytesOperand(name: string, value: unknown): BytesOperand | undefined {
  if (typedArrayKind(value) === 'Uint8Array') {
    const begin = typedArrayByteOffset(value);
    const length = typedArrayLength(value);
    if (length === 0 && isDetached(value)) throw detachedError(name);
    const kind = Buffer.isBuffer(value) ? 'Buffer' : 'Uint8Array';
    return { kind, buffer: typedArrayBuffer(value), begin, end: begin + length };
  }
  if (isDataView(value)) {
    const range = dataViewRange(value);
    if (!range) throw detachedError(name);
    return { kind: 'DataView', ...range };
  }
  if (!isAnyArrayBuffer(value) || isSharedBuffer(value)) return undefined;
  if (isDetachedBuffer(value)) throw detachedError(name);
  const buffer = value as ArrayBuffer;
  return { kind: 'ArrayBuffer', buffer, begin: 0, end: arrayBufferByteLength(buffer) };
}

function detachedError(name: string) {
  const message = `${name}: its memory is gone (transferred away, or its buffer shrank). Pass bytes that are still whole.`;
  return mishError('ERR_MISH_DETACHED', message);
}

/** Elements of those bytes, and whether they are a copy of them. */
export interface ElementsOfBytes {
  readonly array: HostArray;
  readonly isCopy: boolean;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * The elements in the bytes, in place where they are aligned and this machine is little-endian, else in a copy.
 * @throws ERR_MISH_LENGTH for bytes that are not whole elements; ERR_MISH_OOM
 */
export function elementsOfBytes(name: string, bytes: BytesOperand, dtype: DType): ElementsOfBytes {
  const { bytes: bytesPerElement, array: View } = dtypes[dtype];
  const { buffer, begin, end } = bytes;
  const length = (end - begin) / bytesPerElement;
  if (!Number.isInteger(length)) {
    const expected = `expected whole elements of ${dtype}, ${bytesPerElement} bytes each`;
    const message = `${name}: ${expected}; got ${end - begin} bytes. Is it complete, and of that dtype?`;
    throw mishError('ERR_MISH_LENGTH', message);
  }
  if (isLittleEndian && begin % bytesPerElement === 0) {
    return { array: new View(buffer, begin, length), isCopy: false };
  }
  const array = allocateHost(dtype, length);
  const copy = new Uint8Array(array.buffer);
  const source = new Uint8Array(buffer, begin, end - begin);
  copy.set(isImmutable(buffer) ? new Uint8Array(source) : source); // see upload() of host memory
  swapUnlessHost(copy, bytesPerElement, 'little');
  return { array, isCopy: true };
}

/** Writes elements to the bytes that they are a copy of. */
export function writeToBytes(
  { buffer, begin, end }: ByteRange,
  elements: HostArray,
  dtype: DType,
): void {
  const target = new Uint8Array(buffer, begin, end - begin);
  target.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength));
  swapUnlessHost(target, dtypes[dtype].bytes, 'little');
}

/** New elements as bytes of that kind, over the same memory. */
export function bytesOfElements(kind: BytesKind, elements: HostArray, dtype: DType): Bytes {
  const { buffer, byteOffset, byteLength } = elements;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  swapUnlessHost(bytes, dtypes[dtype].bytes, 'little');
  if (kind === 'Uint8Array') return bytes;
  if (kind === 'Buffer') return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  if (kind === 'DataView') return new DataView(buffer, byteOffset, byteLength);
  return buffer as ArrayBuffer;
}
