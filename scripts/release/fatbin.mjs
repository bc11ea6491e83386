// Finds an image of CUDA kernels in a binary.

/** A fatbin begins with its magic number, version 1, and 16, the bytes of this header. */
const header = Buffer.from('50ed55ba01001000', 'hex');

/** The bytes of the whole fatbin in that file; undefined when there is none. */
export function fatbinBytes(file) {
  const at = file.indexOf(header);
  if (at < 0 || at + 16 > file.length) return undefined;
  const bytes = 16 + Number(file.readBigUInt64LE(at + 8));
  return at + bytes <= file.length ? bytes : undefined;
}
