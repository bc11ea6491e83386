// Headers bent at random: an error of this library or what the bytes say, never a crash, never more memory
// than the file justifies.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  isMishError,
  loadNpy,
  loadSafetensors,
  memory,
  readSafetensorsHeader,
  type Tensor,
} from 'node-mish';
import { checkpointFile } from '../../support/checkpoint.ts';
import { assertNoMoreHeld, fixture } from '../../support/file-fixtures.ts';
import { scratchDirectory } from '../../support/repository.ts';
import { bytesOf, type Elements } from '../../support/values/vectors.ts';

const runs = 2000; // of each kind, for each format

interface Format {
  readonly name: string;
  readonly fixtures: readonly string[];
  readonly load: (path: string) => Promise<readonly Tensor[]>;
  /** Bytes before the header's text. */
  readonly prefix: number;
  /** Pieces of the grammar, hostile ones among them. */
  readonly tokens: readonly string[];
  /** A file of this text, its length before it told as it is. */
  readonly file: (header: string, data: Uint8Array) => Buffer;
}

const numbers = ['0', '1', '-1', '6', '24', '4294967296', '9007199254740993', '1e99', '0.5', '00'];

const npy: Format = {
  name: '.npy',
  fixtures: [
    'float32-little-4x6',
    'float64-fortran-2x3x4',
    'bfloat16-4x6',
    'float32-version3-24',
  ].map((name) => `${name}.npy`),
  load: async (path) => [await loadNpy(path)],
  prefix: 10,
  tokens: [
    ...['{', '}', '(', ')', ',', ':', ' ', "'", '"', '\n', 'True', 'False', 'L', '[', '\\'],
    ...["'descr'", "'fortran_order'", "'shape'", "'<f4'", "'>f8'", "'<V2'", "'|O'", '(2, 3)', '()'],
    ...numbers,
  ],
  file(header, data) {
    const length = Buffer.alloc(2);
    length.writeUInt16LE(header.length);
    const magic = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
    return Buffer.concat([magic, length, Buffer.from(header, 'latin1'), data]);
  },
};

const safetensors: Format = {
  name: '.safetensors',
  fixtures: ['floats.safetensors'],
  load: async (path) => [...(await loadSafetensors(path)).values()],
  prefix: 8,
  tokens: [
    ...['{', '}', '[', ']', ',', ':', ' ', '"', '\\', '\\u0000', 'null', 'true', '"\ud83d"', 'é'],
    ...['"dtype"', '"shape"', '"data_offsets"', '"__metadata__"', '"__proto__"', '"F32"', '"BF16"'],
    ...['[0,8]', '[2]', '[]', '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}', ...numbers],
  ],
  file(header, data) {
    const text = Buffer.from(header);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return Buffer.concat([length, text, data]);
  },
};

type Change =
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'insert'; readonly at: number; readonly token: number }
  | { readonly kind: 'delete'; readonly at: number; readonly count: number }
  | { readonly kind: 'cut'; readonly at: number };

// Half of them in the header, as all that is needed to be wrong is there.
const where = fc.oneof(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 1000 }));
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('byte' as const),
    at: where,
    value: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({ kind: fc.constant('insert' as const), at: where, token: fc.nat(1000) }),
  fc.record({
    kind: fc.constant('delete' as const),
    at: where,
    count: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ kind: fc.constant('cut' as const), at: where }),
);

function changed(bytes: Buffer, { tokens }: Format, one: Change): Buffer {
  const at = Math.min(one.at, bytes.length);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (one.kind) {
    case 'byte':
      return Buffer.concat([head, Buffer.from([one.value]), tail.subarray(1)]);
    case 'insert':
      return Buffer.concat([head, Buffer.from(tokens[one.token % tokens.length]!), tail]);
    case 'delete':
      return Buffer.concat([head, tail.subarray(one.count)]);
    case 'cut':
      return head;
  }
}

describe('hostile headers', () => {
  const path = join(scratchDirectory(), 'hostile');

  /** What readSafetensorsHeader and `skip` say of it agrees with loading all: no format has two readings. */
  async function judgeParts(bytes: Buffer): Promise<void> {
    writeFileSync(path, bytes);
    const before = memory();
    const [header, skipped] = await Promise.allSettled([
      readSafetensorsHeader(path),
      loadSafetensors(path, { unsupported: 'skip' }),
    ]);
    assert.equal(header.status, skipped.status);
    if (header.status === 'rejected' || skipped.status === 'rejected') {
      for (const { reason } of [header, skipped] as PromiseRejectedResult[])
        assert.equal(reason.code, 'ERR_MISH_FORMAT', `${reason.stack}`);
      return;
    }
    const { tensors } = header.value;
    const total = [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(total <= bytes.length, `${total} bytes of a file of ${bytes.length}`);
    const floats = [...tensors].filter(([, { dtype }]) => /^(?:B?F16|F32|F64)$/.test(dtype));
    assert.deepEqual(
      [...skipped.value.keys()],
      floats.map(([name]) => name),
    );
    for (const tensor of skipped.value.values()) tensor.dispose();
    assertNoMoreHeld(before);
  }

  it(`checkpoints with dtypes that Mish has not: ${runs} changed in one to four places`, async function () {
    this.timeout(120_000);
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        await judgeParts(
          all.reduce((sum, one) => changed(sum, safetensors, one), checkpointFile()),
        );
      }),
      { numRuns: runs },
    );
    await judgeParts(checkpointFile());
  });

  it(`.npy files with several arrays: ${runs} changed in one to four places`, async function () {
    this.timeout(120_000);
    const floats = readFileSync(fixture('float32-little-4x6.npy'));
    const labels = Buffer.from(floats.toString('latin1').replace('<f4', '<i4'), 'latin1');
    const original = Buffer.concat([labels, floats]);
    const changes = fc.array(change, { minLength: 1, maxLength: 4 });
    const loads = async (bytes: Buffer, index: number) => {
      writeFileSync(path, bytes);
      const before = memory();
      try {
        const tensor = await loadNpy(path, { index });
        assert.ok(tensor.byteLength <= bytes.length);
        tensor.dispose();
      } catch (error) {
        const known = [...allowed, 'ERR_MISH_ARGUMENT']; // no second array, where the first takes all
        assert.ok(isMishError(error) && known.includes(error.code), `${error}`);
      }
      assertNoMoreHeld(before);
    };
    await fc.assert(
      fc.asyncProperty(changes, fc.constantFrom(0, 1), async (all, index) => {
        await loads(
          all.reduce<Buffer>((sum, one) => changed(sum, npy, one), original),
          index,
        );
      }),
      { numRuns: runs },
    );
    writeFileSync(path, original);
    assert.deepEqual((await loadNpy(path, { index: 1 })).shape, [4, 6]);
  });

  const allowed = ['ERR_MISH_FORMAT', 'ERR_MISH_UNSUPPORTED'];

  /** Loads it; whatever was loaded is bytes of the file, and no more is held after than before. */
  async function judge(format: Format, bytes: Buffer): Promise<'loaded' | 'refused'> {
    writeFileSync(path, bytes);
    const before = memory();
    try {
      const tensors = await format.load(path);
      const total = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
      assert.ok(total <= bytes.length, `${total} bytes from a file of ${bytes.length}`);
      // What follows the header, the last of it, in some order of bytes: big-endian and Fortran order.
      const loaded = Buffer.concat(tensors.map(({ data }) => bytesOf(data as Elements)));
      const inFile = Buffer.from(bytes.subarray(bytes.length - total));
      assert.deepEqual(loaded.sort(), inFile.sort());
      for (const tensor of tensors) tensor.dispose();
      return 'loaded';
    } catch (error) {
      assert.ok(isMishError(error), `${(error as Error).stack}`);
      assert.ok(allowed.includes(error.code), `${error.code}: ${error.message}`);
      return 'refused';
    } finally {
      assertNoMoreHeld(before);
    }
  }

  for (const format of [npy, safetensors]) {
    it(`${format.name}: ${runs} files changed in one to four places`, async function () {
      this.timeout(120_000);
      const originals = format.fixtures.map((name) => readFileSync(fixture(name)));
      const count = { loaded: 0, refused: 0 };
      const changes = fc.array(change, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...originals), changes, async (original, all) => {
          const bytes = all.reduce<Buffer>((sum, one) => changed(sum, format, one), original);
          count[await judge(format, bytes)]++;
        }),
        { numRuns: runs },
      );
      assert.ok(count.loaded > 10 && count.refused > runs / 4, JSON.stringify(count));
    });

    it(`${format.name}: ${runs} headers of random tokens, their length told as it is`, async function () {
      this.timeout(120_000);
      const header = fc.array(fc.constantFrom(...format.tokens), { maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(header, fc.uint8Array({ maxLength: 64 }), async (tokens, data) => {
          await judge(format, format.file(tokens.join(''), data));
        }),
        { numRuns: runs },
      );
    });

    it(`${format.name}: lies about sizes take no memory`, async () => {
      const before = process.memoryUsage();
      for (const original of format.fixtures.map((name) => readFileSync(fixture(name)))) {
        for (let at = 0; at < format.prefix; at++) {
          for (const value of [0x00, 0x7f, 0xff]) {
            const bytes = Buffer.from(original);
            bytes[at] = value;
            await judge(format, bytes);
          }
        }
      }
      const after = process.memoryUsage();
      assert.ok(after.arrayBuffers - before.arrayBuffers < 2 ** 22);
      assert.ok(after.rss - before.rss < 2 ** 26);
    });
  }
});
