// Large .npy files that take no room on disk.
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export const headerBytes = 128;
export const gigabyte: number = 2 ** 30;

/** A float32 file of that many bytes of zeros, which takes no room, with `values` at byte positions. */
export function sparseNpy(
  path: string,
  dataBytes: number,
  values: ReadonlyMap<number, number>,
): void {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${dataBytes / 4},), }`;
  const header = Buffer.from(`\x93NUMPY\x01\x00v\x00${`${dict}`.padEnd(117)}\n`, 'latin1');
  assert.equal(header.length, headerBytes);
  const file = openSync(path, 'w');
  writeSync(file, header);
  for (const [position, value] of values) {
    writeSync(file, new Uint8Array(Float32Array.of(value).buffer), 0, 4, headerBytes + position);
  }
  ftruncateSync(file, headerBytes + dataBytes);
  closeSync(file);
}
