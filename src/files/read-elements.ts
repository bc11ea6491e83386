// A tensor's elements from a file into memory: piece by piece, in the order and with the bytes of this
// machine, whatever the file has. Bits are moved, never converted: a NaN keeps its payload.
import { swapUnlessHost } from '../base/byte-order.ts';
import { dtypes, type HostArray } from '../base/dtype.ts';
import type { Shape } from '../base/shape.ts';
import type { InputFile } from './input-file.ts';
import type { TensorLayout } from './layout.ts';

/** Read at a time; swapping its bytes takes less than a millisecond. */
const pieceBytes = 2 ** 20;
/** The same in Fortran order, where each element goes to another place: 1 ms where they are far apart. */
const fortranPieceBytes = 2 ** 16;

export function bytesOf(elements: HostArray): Uint8Array {
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** Fills `bytes` from byte `begin` of the tensor on, in the file's order of elements and this machine's of bytes. */
export async function readPiece(
  file: InputFile,
  { position, dtype, byteOrder }: TensorLayout,
  begin: number,
  bytes: Uint8Array,
): Promise<void> {
  await file.read(position + begin, bytes);
  swapUnlessHost(bytes, dtypes[dtype].bytes, byteOrder);
}

/** Fills `target`, in row-major order. @throws ERR_MISH_FORMAT where the file ends before */
export async function readElements(
  file: InputFile,
  layout: TensorLayout,
  target: HostArray,
): Promise<void> {
  const all = bytesOf(target);
  const place = layout.fortranOrder
    ? fromFortranOrder(layout.shape, all, dtypes[layout.dtype].bytes)
    : undefined;
  const step = place ? fortranPieceBytes : pieceBytes;
  const buffer = place && new Uint8Array(Math.min(step, all.length));
  for (let begin = 0; begin < all.length; begin += step) {
    const end = Math.min(begin + step, all.length);
    const piece = buffer ? buffer.subarray(0, end - begin) : all.subarray(begin, end);
    await readPiece(file, layout, begin, piece);
    place?.(piece);
  }
}

/** What puts elements that come in column-major order, in pieces, where they belong in row-major order. */
function fromFortranOrder(shape: Shape, target: Uint8Array, bytesPerElement: number) {
  // As integers, since a float may lose its bits on the way; 64 bits as two words.
  const words = (bytes: Uint8Array): Uint16Array | Uint32Array => {
    const Words = bytesPerElement === 2 ? Uint16Array : Uint32Array;
    const { buffer, byteOffset, byteLength } = bytes;
    return new Words(buffer as ArrayBuffer, byteOffset, byteLength / Words.BYTES_PER_ELEMENT);
  };
  const perElement = bytesPerElement === 8 ? 2 : 1;
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, perElement));
  const [length, stride] = [shape[0]!, strides[0]!];
  const index = shape.map(() => 0);
  const to = words(target);
  let column = 0;
  return (piece: Uint8Array): void => {
    const from = words(piece);
    for (let i = 0; i < from.length; ) {
      // Down a column the places are a stride apart.
      const begin = index[0]!;
      const count = Math.min(length - begin, (from.length - i) / perElement);
      for (let at = column + begin * stride, k = 0; k < count; k++, at += stride) {
        to[at] = from[i++]!;
        if (perElement === 2) to[at + 1] = from[i++]!;
      }
      index[0] = begin + count;
      if (index[0] === length) column += toNextColumn(index, shape, strides);
    }
  };
}

/** Moves `index` from the end of a column to the next one; how far that is in row-major order. */
function toNextColumn(index: number[], shape: Shape, strides: readonly number[]): number {
  let distance = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (index[axis]! < shape[axis]!) break;
    index[axis] = 0;
    if (axis > 0) distance -= shape[axis]! * strides[axis]!;
    if (axis + 1 === shape.length) break;
    index[axis + 1]!++;
    distance += strides[axis + 1]!;
  }
  return distance;
}
