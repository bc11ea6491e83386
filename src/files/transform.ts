// mishTransform: Mish of a byte stream, whose chunks may end anywhere, also inside an element.
import { nextTick } from 'node:process';
import { Transform, type TransformCallback } from 'node:stream';
import { swapUnlessHost } from '../base/byte-order.ts';
import { allocateHost, checkDType, type DType, dtypes } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import {
  isDetached,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayLength,
} from '../base/intrinsics.ts';
import { checkPrecision, type Precision, readOptions } from '../base/options.ts';
import {
  type Compute,
  checkElementwiseOp,
  type ElementwiseOp,
  elementwise,
} from './elementwise.ts';
import { bytesOf } from './read-elements.ts';

/** What a stream's bytes are, and what to make of them. */
export interface TransformOptions {
  /** What each element is. They come and go as little-endian bytes. */
  readonly dtype: DType;
  /**
   * What to compute of each.
   * @defaultValue `'forward'`
   */
  readonly op?: ElementwiseOp;
  /**
   * 'fast' is for float32 only.
   * @defaultValue `'exact'`
   */
  readonly precision?: Precision;
}

/**
 * `Transform` of node:stream where the consumer has Node's types, else `any`.
 * @ts-ignore: consumers without the types of Node have no such module */
export type ByteTransform = import('node:stream').Transform;

/** Computed at a time, whatever the size of the chunk: what is in memory besides the chunks. */
const pieceBytes = 2 ** 20;

/**
 * A stream of the results for a stream of elements, both as little-endian bytes; elements may straddle
 * chunks. Computed on the host, off the event loop. The chunks given are not changed. A chunk is worked off
 * as fast as the results are read, so what waits in the stream is a megabyte at most. A stream that ends inside an
 * element fails with ERR_MISH_FORMAT, one that got a chunk whose memory is gone with ERR_MISH_DETACHED.
 * @param options - `dtype`, `op`, `precision`
 * @returns a stream with bytes on both sides, as many out as in
 * @throws ERR_MISH_DTYPE for a dtype that is missing or unknown; ERR_MISH_ARGUMENT for another option
 */
export function mishTransform(options: TransformOptions): ByteTransform {
  const read = readOptions(options, ['dtype', 'op', 'precision']);
  const dtype = checkDType(read.dtype);
  const op = read.op === undefined ? 'forward' : checkElementwiseOp(read.op);
  const precision = checkPrecision(read.precision, dtype);
  return new MishTransform(dtype, elementwise({ dtype, op, precision, device: undefined }));
}

class MishTransform extends Transform {
  readonly #dtype: DType;
  readonly #compute: Compute;
  readonly #whole: ReturnType<typeof wholeElements>;
  /** Goes on with the chunk, when there is room again for its results. */
  #resume: (() => void) | undefined;

  constructor(dtype: DType, compute: Compute) {
    super({ decodeStrings: false }); // strings are refused, not encoded
    this.#dtype = dtype;
    this.#compute = compute;
    this.#whole = wholeElements(dtype);
  }

  override _transform(
    chunk: Uint8Array | string,
    _encoding: unknown,
    done: TransformCallback,
  ): void {
    if (typeof chunk === 'string') {
      done(textError());
      return;
    }
    // In a tick of their own, so that what callbacks of the caller throw is thrown, and rejects nothing.
    this.#pushResults(chunk).then(
      () => nextTick(done),
      (error) => nextTick(done, error),
    );
  }

  /** Piece by piece, each when the one before it was computed and there is room for it. */
  async #pushResults(chunk: Uint8Array): Promise<void> {
    checkAttached(chunk);
    const own = viewOf(chunk, 0, typedArrayLength(chunk));
    const length = typedArrayLength(own);
    for (let begin = 0; begin < length && !this.destroyed; begin += pieceBytes) {
      const results = await this.#results(own, begin, Math.min(pieceBytes, length - begin));
      if (results.length === 0 || this.destroyed || this.push(results)) continue;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }

  override _read(size: number): void {
    const resume = this.#resume;
    this.#resume = undefined;
    if (resume) resume();
    else super._read(size);
  }

  override _destroy(error: Error | null, done: TransformCallback): void {
    this.#resume?.();
    super._destroy(error, done);
  }

  override _flush(done: TransformCallback): void {
    const { bytes } = dtypes[this.#dtype];
    const expected = `expected whole elements of ${this.#dtype}, ${bytes} bytes each`;
    const got = `the stream ended ${this.#whole.pending} bytes into one`;
    const message = `mishTransform: ${expected}; ${got}. Is it complete, and of that dtype?`;
    done(this.#whole.pending === 0 ? null : mishError('ERR_MISH_FORMAT', message));
  }

  /** The results of the elements that are complete with these bytes of the chunk. */
  async #results(chunk: Uint8Array, begin: number, size: number): Promise<Uint8Array> {
    checkAttached(chunk);
    const { bytes } = dtypes[this.#dtype];
    const elements = this.#whole.take(viewOf(chunk, begin, size));
    if (elements.length === 0) return bytesOf(elements);
    swapUnlessHost(bytesOf(elements), bytes, 'little');
    const results = bytesOf(await this.#compute(elements));
    swapUnlessHost(results, bytes, 'little');
    return results;
  }
}

function textError() {
  const got = 'got a string: the stream before it decodes text, by setEncoding() or { encoding }';
  const remedy = 'Leave the encoding out, or write Buffer.from(string, encoding)';
  return mishError(
    'ERR_MISH_ARGUMENT',
    `mishTransform: expected chunks of bytes; ${got}. ${remedy}.`,
  );
}

/** @throws ERR_MISH_DETACHED when the memory is gone */
function checkAttached(chunk: Uint8Array): void {
  if (!isDetached(chunk)) return;
  const got = 'got one that was transferred away, or shrank, before it was worked off';
  const message = `mishTransform: expected a chunk with its memory; ${got}. Write a copy.`;
  throw mishError('ERR_MISH_DETACHED', message);
}

/** Bytes of the chunk by internal slots: it may have properties that say otherwise. */
function viewOf(chunk: Uint8Array, begin: number, size: number): Uint8Array {
  return new Uint8Array(typedArrayBuffer(chunk), typedArrayByteOffset(chunk) + begin, size);
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
