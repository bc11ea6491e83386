// The main job of `node-mish apply`: tensors pass from file to file piece by piece, in memory that does not
// grow with them. The next piece is read while one is computed, by other threads, and written.
import { swapUnlessHost } from '../../base/byte-order.ts';
import { allocateHost, type DType, dtypes, type HostArray } from '../../base/dtype.ts';
import type { Precision } from '../../base/options.ts';
import type { Device } from '../../device/device.ts';
import { type ElementwiseOp, elementwise } from '../../files/elementwise.ts';
import type { InputFile } from '../../files/input-file.ts';
import { byteLengthOf, type TensorLayout } from '../../files/layout.ts';
import type { Write } from '../../files/output-file.ts';
import { bytesOf, readPiece } from '../../files/read-elements.ts';
import { decode, encode } from '../../tensor/convert.ts';
import type { Part } from './parts.ts';
import type { TensorFile } from './tensor-file.ts';

/** Of the widest operand. From 2^18 to 2^22 bytes no size was faster than the disk's noise. */
const pieceBytes = 2 ** 20;

export interface Work {
  readonly x: TensorFile;
  /** For backward: the same tensors. */
  readonly dy?: TensorFile;
  readonly op: ElementwiseOp | 'backward';
  /** What to convert to first; as in the file without it. */
  readonly dtype?: DType;
  readonly device?: Device;
  readonly precision?: Precision;
}

export interface Watch {
  readonly signal: AbortSignal;
  /** So many bytes of x are done. */
  readonly onBytes: (done: number) => void;
}

/** The bytes of x that the parts take. */
export function bytesToDo(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + bytesOfPart(part), 0);
}

const bytesOfPart = ({ layout, copied }: Part): number =>
  layout ? byteLengthOf(layout) : (copied?.byteLength ?? 0);

/** Writes the parts, one after the other. */
export async function applyInPieces(
  work: Work,
  parts: readonly Part[],
  write: Write,
  watch: Watch,
): Promise<void> {
  let done = 0;
  for (const part of parts) {
    const onBytes = (inTensor: number): void => watch.onBytes(done + inTensor);
    if (part.header) await write(part.header);
    await writePart(work, part, write, { ...watch, onBytes });
    done += bytesOfPart(part);
  }
}

async function writePart(work: Work, part: Part, write: Write, watch: Watch): Promise<void> {
  const { name, layout, copied } = part;
  if (copied) return copyBytes(work.x.file, copied, write, watch);
  if (!layout) return;
  const operands = [{ file: work.x.file, layout }];
  const dy = work.dy?.layouts.get(name);
  if (work.dy && dy) operands.push({ file: work.dy.file, layout: dy });
  await applyToTensor(work, operands, write, watch);
}

async function copyBytes(
  file: InputFile,
  { position, byteLength }: NonNullable<Part['copied']>,
  write: Write,
  { signal, onBytes }: Watch,
): Promise<void> {
  for (let begin = 0; begin < byteLength; begin += pieceBytes) {
    signal.throwIfAborted();
    const piece = new Uint8Array(Math.min(pieceBytes, byteLength - begin));
    await file.read(position + begin, piece);
    await write(piece);
    onBytes(begin + piece.length);
  }
}

interface Operand {
  readonly file: InputFile;
  readonly layout: TensorLayout;
}

async function applyToTensor(
  work: Work,
  operands: readonly Operand[],
  write: Write,
  { signal, onBytes }: Watch,
): Promise<void> {
  const { size, dtype: stored } = operands[0]!.layout;
  const dtype = work.dtype ?? stored;
  const compute = elementwise({ ...work, dtype });
  const widths = [dtype, ...operands.map(({ layout }) => layout.dtype)].map(
    (of) => dtypes[of].bytes,
  );
  const length = Math.min(size, pieceBytes / Math.max(...widths));
  const readers = operands.map((operand) => pieceReader(operand, dtype));
  const read = (begin: number): Promise<HostArray[]> => {
    const count = Math.min(length, size - begin);
    const pieces = Promise.all(readers.map((reader) => reader(begin, count)));
    pieces.catch(() => {}); // told when it is awaited, unless something else fails first
    return pieces;
  };
  let next = size > 0 ? read(0) : undefined;
  for (let end = 0; next; ) {
    signal.throwIfAborted();
    const [x, dy] = (await next) as [HostArray, HostArray?];
    end += x.length;
    next = end < size ? read(end) : undefined;
    const results = await compute(x, dy);
    swapUnlessHost(bytesOf(results), dtypes[dtype].bytes, 'little');
    await write(bytesOf(results));
    onBytes(end * dtypes[stored].bytes);
  }
}

/** Reads elements [begin, begin + count) as `dtype`, into memory of their own. */
function pieceReader({ file, layout }: Operand, dtype: DType) {
  return async (begin: number, count: number): Promise<HostArray> => {
    const elements = allocateHost(layout.dtype, count);
    await readPiece(file, layout, begin * dtypes[layout.dtype].bytes, bytesOf(elements));
    return dtype === layout.dtype ? elements : encode(decode(elements, layout.dtype), dtype);
  };
}
