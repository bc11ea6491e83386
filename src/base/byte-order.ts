// The order of bytes in an element: what files and JSON have, and what this machine has.
import { endianness } from 'node:os';

/** Where in an element its least significant byte is: first, or last. */
export type ByteOrder = 'little' | 'big';

/** That of this machine. */
export const hostByteOrder: ByteOrder = endianness() === 'LE' ? 'little' : 'big';

/** Turns elements of one order into those of this machine, or back, in place. */
export function swapUnlessHost(bytes: Uint8Array, bytesPerElement: number, order: ByteOrder): void {
  if (order === hostByteOrder) return;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytesPerElement === 2) buffer.swap16();
  else if (bytesPerElement === 4) buffer.swap32();
  else buffer.swap64();
}
