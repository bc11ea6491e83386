// mishTransform: Mish of a byte stream, whose chunks may end anywhere, also inside an element.
import { Transform, type TransformCallback } from 'node:stream';
import { swapUnlessHost } from '../byte-order.ts';
import { allocateHost, checkDType, type DType, dtypes } from '../dtype.ts';
import { mishError } from '../errors.ts';
import { checkPrecision, type Precision, readOptions } from '../options.ts';
import { isDetached } from '../typed-array.ts';
import {
  checkElementwiseOp,
  type ElementwiseOp,
  elementwise,
  type InPlace,
} from './elementwise.ts';
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
 * chunks. Computed on the host. The chunks given are not changed. A chunk is worked off as fast as the
 * results are read, so what waits in the stream is a megabyte at most. A stream that ends inside an
 * element fails with ERR_MISH_FORMAT.
 * @throws ERR_MISH_DTYPE, ERR_MISH_ARGUMENT
 */
export function mishTransform(options: TransformOptions): ByteTransform {
  const read = readOptions(options, ['dtype', 'op', 'precision']);
  const dtype = checkDType(read.dtype);
  const op = read.op === undefined ? 'forward' : checkElementwiseOp(read.op);
  checkPrecision(read.precision, dtype);
  const precision = read.precision as Precision | undefined;
  return new MishTransform(dtype, elementwise({ dtype, op, precision }));
}

class MishTransform extends Transform {
  readonly #dtype: DType;
  readonly #compute: InPlace;
  readonly #whole: ReturnType<typeof wholeElements>;
  /** Goes on with the chunk, when there is room again for its results. */
  #resume: (() => void) | undefined;

  constructor(dtype: DType, compute: InPlace) {
    super();
    this.#dtype = dtype;
    this.#compute = compute;
    this.#whole = wholeElements(dtype);
  }

  override _transform(chunk: Uint8Array, _encoding: unknown, done: TransformCallback): void {
    const next = (begin: number): void => {
      if (this.destroyed) return;
      const end = Math.min(begin + pieceBytes, chunk.length);
      let results: Uint8Array;
      try {
        results = this.#results(chunk, begin, end);
      } catch (error) {
        done(error as Error);
        return;
      }
      const more = results.length === 0 || this.push(results);
      if (end >= chunk.length) done();
      else if (more) setImmediate(next, end);
      else this.#resume = () => next(end);
    };
    next(0);
  }

  override _read(size: number): void {
    if (this.#resume) setImmediate(this.#resume);
    else super._read(size);
    this.#resume = undefined;
  }

  override _flush(done: TransformCallback): void {
    const { bytes } = dtypes[this.#dtype];
    const expected = `expected whole elements of ${this.#dtype}, ${bytes} bytes each`;
    const got = `the stream ended ${this.#whole.pending} bytes into one`;
    const message = `mishTransform: ${expected}; ${got}. Is it complete, and of that dtype?`;
    done(this.#whole.pending === 0 ? null : mishError('ERR_MISH_FORMAT', message));
  }

  /** The results of the elements that are complete with these bytes of the chunk. */
  #results(chunk: Uint8Array, begin: number, end: number): Uint8Array {
    if (isDetached(chunk)) {
      const got = 'got one that was transferred away before it was worked off';
      const message = `mishTransform: expected a chunk with its memory; ${got}. Write a copy.`;
      throw mishError('ERR_MISH_DETACHED', message);
    }
    const elements = this.#whole.take(chunk.subarray(begin, end));
    const written = bytesOf(elements);
    swapUnlessHost(written, dtypes[this.#dtype].bytes, 'little');
    this.#compute(elements);
    swapUnlessHost(written, dtypes[this.#dtype].bytes, 'little');
    return written;
  }
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
