// mishTransform: the same bits however the stream is cut, the chunks given left alone, the event loop kept
// alive, and an error for a stream that ends inside an element.
import assert from 'node:assert/strict';
import { Readable, type Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { mish, mishDerivative, mishTransform } from 'node-mish';
import { optionsOf } from '../../support/calls/calls.ts';
import { assertCode, assertRejects } from '../../support/errors.ts';
import { anyBits } from '../../support/file-fixtures.ts';
import {
  bytesOf,
  type DTypeName,
  dtypeNames,
  type Elements,
  random,
} from '../../support/values/vectors.ts';

type Op = 'forward' | 'derivative' | 'derivative2';
const ops: readonly Op[] = ['forward', 'derivative', 'derivative2'];

/** The bytes cut at random places, many of them inside elements, with empty pieces between. */
function* cut(bytes: Buffer, seed: number): Generator<Buffer> {
  const next = random(seed);
  for (let begin = 0; begin < bytes.length; ) {
    const end = begin + Math.floor(next() * 23);
    yield bytes.subarray(begin, end);
    begin = end;
  }
}

function expected(op: Op, dtype: DTypeName, elements: Elements): Buffer {
  const { device: _, ...options } = optionsOf(dtype, 'js');
  const x = elements as Uint16Array;
  const half = options as { dtype: 'float16' };
  const result =
    op === 'forward'
      ? mish(x, half)
      : mishDerivative(x, { ...half, order: op === 'derivative' ? 1 : 2 });
  return bytesOf(result);
}

async function through(transform: Transform, chunks: Iterable<Uint8Array>): Promise<Buffer> {
  const [result] = await Promise.all([
    buffer(transform),
    pipeline(Readable.from(chunks, { objectMode: false }), transform),
  ]);
  return result;
}

/** A chunk that says of itself what is not so. */
function liar(bytes: Uint8Array): Buffer {
  const chunk = Buffer.from(bytes);
  return Object.defineProperties(chunk, {
    length: { value: 1e300 },
    subarray: { value: () => new Uint8Array(0) },
  });
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('mishTransform', () => {
  it('looks at the memory of chunks, not at what they say of themselves', async () => {
    const x = Float32Array.of(1, 2, 3);
    const transform = mishTransform({ dtype: 'float32' });
    transform.end(liar(bytesOf(x)));
    assert.ok((await buffer(transform)).equals(expected('forward', 'float32', x)));
  });

  it('fails for a chunk that was transferred away before its turn', async () => {
    const transform = mishTransform({ dtype: 'float32' });
    const chunk = new Uint8Array(8);
    transform.cork();
    transform.write(chunk);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    transform.uncork();
    await assertRejects('ERR_MISH_DETACHED', () => buffer(transform));
  });

  for (const dtype of dtypeNames) {
    for (const op of ops) {
      it(`${op} of ${dtype}, cut anywhere`, async () => {
        const elements = anyBits(dtype, 1000);
        const bytes = Buffer.from(bytesOf(elements));
        const result = await through(mishTransform({ dtype, op }), cut(bytes, 1));
        assert.ok(result.equals(expected(op, dtype, elements)));
        assert.ok(bytes.equals(bytesOf(elements)), 'the chunks given are unchanged');
      });
    }
  }

  it('is forward unless told, also in chunks of megabytes at odd addresses', async () => {
    const elements = anyBits('float32', 1_500_000);
    const shifted = Buffer.concat([Buffer.from([0]), bytesOf(elements)]).subarray(1);
    const pieces = [shifted.subarray(0, 5_000_003), shifted.subarray(5_000_003)];
    const result = await through(mishTransform({ dtype: 'float32' }), pieces);
    assert.ok(result.equals(expected('forward', 'float32', elements)));
  });

  it('lets the event loop run between pieces of one large chunk', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++);
    const chunk = new Uint8Array(2 ** 25);
    const transform = mishTransform({ dtype: 'float64', op: 'derivative2' });
    let before = 0;
    transform.once('data', () => {
      before = turns;
    });
    transform.on('end', () => clearInterval(timer));
    await through(transform, [chunk]);
    assert.ok(turns - before >= 5, `${turns - before} turns`);
  });

  it('gives nothing for nothing', async () => {
    assert.equal((await through(mishTransform({ dtype: 'float64' }), [])).length, 0);
    assert.equal((await through(mishTransform({ dtype: 'float64' }), [Buffer.alloc(0)])).length, 0);
  });

  it('fails when the stream ends inside an element', async () => {
    const run = () => through(mishTransform({ dtype: 'float64' }), [Buffer.alloc(13)]);
    await assertRejects(
      'ERR_MISH_FORMAT',
      run,
      /whole elements of float64.*ended 5 bytes into one/,
    );
  });

  it('works a chunk off as fast as its results are read', async () => {
    const bytes = 2 ** 26;
    const transform = mishTransform({ dtype: 'float32' });
    transform.end(new Uint8Array(bytes));
    await turns(20);
    assert.ok(transform.readableLength <= 2 ** 20, `${transform.readableLength} bytes wait`);
    let read = 0;
    let most = 0;
    for await (const piece of transform) {
      most = Math.max(most, transform.readableLength);
      read += piece.length;
      await turns(3);
    }
    assert.equal(read, bytes);
    assert.ok(most <= 2 ** 21, `${most} bytes wait`);
  });

  /** A chunk that counts how often a piece is taken of it. */
  function countedChunk(bytes: number) {
    const chunk = Buffer.alloc(bytes);
    const counted = { chunk, pieces: 0 };
    chunk.subarray = (begin, end) => {
      counted.pieces++;
      return Buffer.prototype.subarray.call(chunk, begin, end);
    };
    return counted;
  }

  it('can be destroyed in the middle of a chunk', async () => {
    const transform = mishTransform({ dtype: 'float32' });
    const counted = countedChunk(2 ** 23);
    transform.once('data', () => transform.destroy());
    transform.write(counted.chunk);
    await turns(20);
    assert.ok(transform.closed);
    assert.ok(counted.pieces <= 2, `${counted.pieces} of 8 pieces were computed`);
  });

  it('fails when a chunk is transferred away before it was worked off', async () => {
    const transform = mishTransform({ dtype: 'float32' });
    const failed = new Promise((resolve) => transform.once('error', resolve));
    const chunk = new Uint8Array(2 ** 22);
    transform.write(chunk);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    transform.resume();
    const error = await failed;
    assertCode('ERR_MISH_DETACHED', () => {
      throw error;
    });
  });

  it('refuses wrong options at once', () => {
    assertCode('ERR_MISH_DTYPE', () => mishTransform({} as never));
    assertCode('ERR_MISH_DTYPE', () => mishTransform({ dtype: 'int8' as never }));
    assertCode('ERR_MISH_DTYPE', () => mishTransform(undefined as never));
    assertCode('ERR_MISH_ARGUMENT', () => mishTransform('float32' as never));
    const { message } = assertCode('ERR_MISH_ARGUMENT', () =>
      mishTransform({ dtype: 'float32', op: 'backward' as never }),
    );
    assert.match(message, /'forward', 'derivative', 'derivative2'; got string 'backward'/);
    assertCode('ERR_MISH_ARGUMENT', () => mishTransform({ dtype: 'float64', precision: 'fast' }));
    assertCode('ERR_MISH_ARGUMENT', () => mishTransform({ dtype: 'float32', size: 1 } as never));
  });
});
