// mishTransform: Mish of a byte stream, whose chunks may end anywhere, also inside an element.
import { Transform, type TransformCallback } from 'node:stream';
import { swapUnlessHost } from '../byte-order.ts';
import { allocateHost, checkDType, type DType, dtypes } from '../dtype.ts';
import { mishError } from '../errors.ts';
import { checkPrecision, type Precision, readOptions } from '../options.ts';
import { checkElementwiseOp, type ElementwiseOp, elementwise } from './elementwise.ts';
import { bytesOf } from './read-elements.ts';

/** What a stream's bytes are, and what to make of them. */
export interface TransformOptions {
  readonly dtype: DType;
  /** f, the default, f' or f''. */
  readonly op?: ElementwiseOp;
  readonly precision?: Precision;
}

/**
 * `Transform` of node:stream where the consumer has Node's types, else any.
 * @ts-ignore: consumers without @types/node have no such module */
export type ByteTransform = import('node:stream').Transform;

/** Computed at a time: the event loop has its turn between the pieces of a larger chunk. */
const pieceBytes = 2 ** 20;

/**
 * A stream of the results for a stream of elements, both as little-endian bytes; elements may straddle
 * chunks. Computed on the host. The chunks given are not changed. A stream that ends inside an element
 * fails with ERR_MISH_FORMAT.
 * @throws ERR_MISH_DTYPE, ERR_MISH_ARGUMENT
 */
export function mishTransform(options: TransformOptions): ByteTransform {
  const read = readOptions(options, ['dtype', 'op', 'precision']);
  const dtype = checkDType(read.dtype);
  const op = read.op === undefined ? 'forward' : checkElementwiseOp(read.op);
  checkPrecision(read.precision, dtype);
  const compute = elementwise({ dtype, op, precision: read.precision as Precision | undefined });
  const whole = wholeElements(dtype);

  const results = (bytes: Uint8Array): Uint8Array => {
    const elements = whole.take(bytes);
    const written = bytesOf(elements);
    swapUnlessHost(written, dtypes[dtype].bytes, 'little');
    compute(elements);
    swapUnlessHost(written, dtypes[dtype].bytes, 'little');
    return written;
  };

  function transform(this: Transform, chunk: Uint8Array, _: unknown, done: TransformCallback) {
    const next = (begin: number): void => {
      if (this.destroyed) return;
      const end = Math.min(begin + pieceBytes, chunk.length);
      try {
        const written = results(chunk.subarray(begin, end));
        if (written.length > 0) this.push(written);
      } catch (error) {
        done(error as Error);
        return;
      }
      if (end < chunk.length) setImmediate(next, end);
      else done();
    };
    next(0);
  }

  function flush(done: TransformCallback): void {
    const expected = `expected whole elements of ${dtype}, ${dtypes[dtype].bytes} bytes each`;
    const got = `the stream ended ${whole.pending} bytes into one`;
    const message = `mishTransform: ${expected}; ${got}. Is it complete, and of that dtype?`;
    done(whole.pending === 0 ? null : mishError('ERR_MISH_FORMAT', message));
  }

  return new Transform({ transform, flush });
}

/** Cuts bytes into whole elements, keeping back what a chunk has of the next one. */
function wholeElements(dtype: DType) {
  const { bytes: bytesPerElement } = dtypes[dtype];
  const kept = new Uint8Array(bytesPerElement);
  let pending = 0;
  return {
    /** Bytes kept back. */
    get pending(): number {
      return pending;
    },
    /** The elements complete with these bytes, in new memory; their bytes are as they came. */
    take(bytes: Uint8Array) {
      const elements = allocateHost(dtype, Math.floor((pending + bytes.length) / bytesPerElement));
      const target = bytesOf(elements);
      const used = Math.max(0, target.length - pending);
      if (target.length > 0) {
        target.set(kept.subarray(0, pending));
        target.set(bytes.subarray(0, used), pending);
        pending = 0;
      }
      kept.set(bytes.subarray(used), pending);
      pending += bytes.length - used;
      return elements;
    },
  };
}
