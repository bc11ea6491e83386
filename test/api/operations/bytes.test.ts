// Operations on raw little-endian bytes: in every kind that holds bytes, from any byte on, each gives the bits of the
// same call on typed arrays, in the kind that it got.
import assert from 'node:assert/strict';
import { mish, mishAsync, mishBackward, mishDoubleBackward, Tensor } from 'node-mish';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  type OpCase,
  type Operand,
  opCases,
  plain,
  sample,
} from '../../support/calls/calls.ts';
import { assertCode, assertRejects } from '../../support/errors.ts';
import {
  bytesOf,
  type DTypeName,
  dtypeNames,
  type Elements,
} from '../../support/values/vectors.ts';

type Bytes = Uint8Array | ArrayBuffer | DataView;
const any = (value: unknown): never => value as never;

/** Bytes from `offset` on in memory of their own, so that most are not aligned. */
const placed = (bytes: Uint8Array, offset: number, Memory = ArrayBuffer): Uint8Array => {
  const memory = new Uint8Array(new Memory(bytes.length + offset + 5) as ArrayBuffer, offset);
  memory.set(bytes);
  return memory.subarray(0, bytes.length);
};

const kinds: Readonly<Record<string, (bytes: Uint8Array, offset: number) => Bytes>> = {
  Buffer: (bytes, offset) => {
    const { buffer, byteOffset, length } = placed(bytes, offset);
    return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
  },
  Uint8Array: placed,
  'Uint8Array in shared memory': (bytes, offset) => placed(bytes, offset, any(SharedArrayBuffer)),
  ArrayBuffer: (bytes) => new Uint8Array(bytes).buffer,
  DataView: (bytes, offset) => {
    const { buffer, byteOffset, length } = placed(bytes, offset);
    return new DataView(buffer, byteOffset, length);
  },
};

/** The same bytes as hexadecimal, whatever holds them. */
const hexOf = (bytes: Bytes): string =>
  ArrayBuffer.isView(bytes)
    ? Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    : Buffer.from(bytes).toString('hex');

const constructorOf = (value: object): unknown => Object.getPrototypeOf(value).constructor;

interface Setup {
  readonly op: OpCase;
  readonly dtype: DTypeName;
  readonly device: DeviceName;
  readonly kind: string;
}

const length = 67; // past one block of every kernel, with a tail
const offsets = [0, 1, 2, 3, 4, 7];

function inputsAndResults({ op, dtype, device }: Setup) {
  const inputs = [1, 5, 7].slice(0, op.inputs).map((seed) => sample(dtype, length, seed));
  const start = sample(dtype, length, 11);
  const expected = plain(op, dtype, device, inputs, start);
  return { inputs, start, expected: expected.map((result) => hexOf(bytesOf(result))) };
}

const operandsOf = ({ kind }: Setup, arrays: readonly Elements[], offset: number) =>
  arrays.map((array, i) => kinds[kind]!(bytesOf(array), offset + i)) as unknown as Operand[];

function checkForms(setup: Setup): void {
  const { op, dtype, device, kind } = setup;
  const { inputs, start, expected } = inputsAndResults(setup);
  const options = { device, dtype };
  for (const offset of offsets) {
    const operands = operandsOf(setup, inputs, offset);
    const before = operands.map((operand) => hexOf(any(operand)));
    const fresh = () => (op.accumulates ? start : newElements(dtype, length));
    const outs = operandsOf(setup, expected.map(fresh), offset + 3);
    const written = op.call(operands, options, outs);
    assert.deepEqual(
      written.map((bytes) => hexOf(any(bytes))),
      expected,
      `${offset}, out`,
    );
    written.forEach((result, i) => {
      assert.equal(result, outs[i], 'out itself is returned');
    });
    assert.deepEqual(
      operands.map((operand) => hexOf(any(operand))),
      before,
      'inputs',
    );
    if (op.accumulates) continue;
    const made = op.call(operands, options);
    assert.deepEqual(
      made.map((bytes) => hexOf(any(bytes))),
      expected,
      `${offset}, new`,
    );
    const expectedKind = constructorOf(kinds[kind]!(new Uint8Array(8), 0));
    for (const result of made) assert.equal(constructorOf(result), expectedKind);
    const inPlace = op.call(operands, options, [operands[0], undefined].slice(0, op.outputs));
    assert.deepEqual(
      inPlace.map((bytes) => hexOf(any(bytes))),
      expected,
      `${offset}, in place`,
    );
  }
}

async function checkAsync(setup: Setup): Promise<void> {
  const { op, dtype, device } = setup;
  const { inputs, start, expected } = inputsAndResults(setup);
  for (const offset of [0, 1]) {
    const operands = operandsOf(setup, inputs, offset);
    const shared = placed(bytesOf(start), 0, any(SharedArrayBuffer));
    const out = op.accumulates ? [any(shared) as Operand] : undefined;
    const results = await op.callAsync(operands, { device, dtype }, out);
    assert.deepEqual(
      results.map((bytes) => hexOf(any(bytes))),
      expected,
    );
  }
}

describeOnEachDevice('operations on bytes', (device) => {
  for (const op of opCases) {
    for (const dtype of dtypeNames) {
      it(`${op.name} ${dtype}: from any byte on, in every kind, with out and in place`, () => {
        for (const kind of Object.keys(kinds)) checkForms({ op, dtype, device, kind });
      });
      it(`${op.name} ${dtype}: off the event loop`, async () => {
        for (const kind of Object.keys(kinds)) await checkAsync({ op, dtype, device, kind });
      });
    }
  }

  it('transfer gives whole bytes away, and refuses those of a pool', async () => {
    const whole = new Uint8Array(Float32Array.of(0, 0).buffer);
    const y = await mishAsync(whole, { device, dtype: 'float32', transfer: true });
    assert.deepEqual([whole.length, hexOf(y)], [0, '0000000000000000']);
    for (const offset of [1, 2, 4, 8]) {
      const part = placed(new Uint8Array(4), offset);
      await assertRejects('ERR_MISH_ARGUMENT', () =>
        mishAsync(part, { device, dtype: 'float32', transfer: true }),
      );
      assert.equal(part.length, 4, 'it is still there');
    }
  });

  it('out of an asynchronous call has to be aligned and shared', async () => {
    const x = new Uint8Array(8);
    for (const out of [placed(x, 1, any(SharedArrayBuffer)), placed(x, 0)]) {
      await assertRejects('ERR_MISH_ARGUMENT', () =>
        mishAsync(x, { device, dtype: 'float32', out }),
      );
    }
  });

  it('overlapping bytes are refused before anything is written', () => {
    const memory = new Uint8Array(100).fill(1);
    const part = (begin: number) => memory.subarray(begin, begin + 16);
    const calls = [
      () => mish(part(0), { device, dtype: 'float32', out: part(1) }),
      () => mish(part(3), { device, dtype: 'float64', out: part(11) }),
      () =>
        mishBackward(part(0), part(20), {
          ...{ device, dtype: 'float16', out: part(21), accumulate: true },
        }),
      () =>
        mishDoubleBackward(part(0), part(20), part(40), {
          ...{ device, dtype: 'bfloat16', out: { x: part(60), dy: part(63) } },
        }),
    ];
    for (const call of calls) assertCode('ERR_MISH_OVERLAP', call);
    assert.ok(memory.every((byte) => byte === 1));
  });

  it('bytes without a dtype, of a part of an element, of two lengths, beside arrays, or gone', () => {
    const x = new Uint8Array(8);
    const options = { device, dtype: 'float32' } as const;
    assert.match(assertCode('ERR_MISH_DTYPE', () => mish(any(x))).message, /\{ dtype \}/);
    for (const bytes of [new ArrayBuffer(8), new DataView(x.buffer)]) {
      assert.match(assertCode('ERR_MISH_ARGUMENT', () => mish(any(bytes))).message, /\{ dtype \}/);
    }
    assertCode('ERR_MISH_LENGTH', () => mish(x.subarray(0, 7), options));
    assertCode('ERR_MISH_LENGTH', () => mishBackward(x, x.subarray(4), options));
    assertCode('ERR_MISH_DTYPE', () => mishBackward(x, any(new Float32Array(2)), options));
    const beside = assertCode('ERR_MISH_DTYPE', () => mishBackward(new Float32Array(2), any(x)));
    assert.match(beside.message, /new Float32Array\(buffer, byteOffset, length\)/);
    const gone = new Uint8Array(8);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    for (const bytes of [gone, gone.buffer]) {
      assertCode('ERR_MISH_DETACHED', () => mish(bytes, options));
    }
    assert.equal(mish(new Uint8Array(0), options).length, 0);
  });
});

describe('Tensor.fromBytes', () => {
  for (const dtype of dtypeNames) {
    it(`copies ${dtype} from any byte on, in every kind`, () => {
      const elements = sample(dtype, 6, 3);
      for (const make of Object.values(kinds)) {
        for (const offset of offsets) {
          const bytes = make(bytesOf(elements), offset);
          const t = Tensor.fromBytes(bytes, { dtype, shape: [2, 3] });
          assert.equal(hexOf(bytesOf(t.readSync())), hexOf(bytesOf(elements)));
          assert.deepEqual([t.dtype, t.shape], [dtype, [2, 3]]);
        }
      }
    });
  }

  it('write() takes the bytes of a tensor too', () => {
    const t = Tensor.zeros([2]);
    const bytes = placed(bytesOf(Float32Array.of(1, -2)), 3);
    assert.deepEqual(t.write(bytes).toArray(), [1, -2]);
    assert.deepEqual(
      t.write(Buffer.from(placed(bytesOf(Float32Array.of(3, 4)), 1))).toArray(),
      [3, 4],
    );
    assertCode('ERR_MISH_LENGTH', () => t.write(new Uint8Array(4)));
    assertCode('ERR_MISH_LENGTH', () => t.write(new Uint8Array(7)));
    assert.deepEqual(t.toArray(), [3, 4]);
  });

  it('is the remedy where bytes are given to from(), wrap() and fromBits()', () => {
    const bytes = Buffer.from(Float32Array.of(1).buffer);
    for (const data of [bytes, bytes.buffer, new DataView(bytes.buffer)]) {
      for (const make of [
        () => Tensor.from(any(data)),
        () => Tensor.from(any(data), { dtype: 'float32' }),
        () => Tensor.wrap(any(data)),
        () => Tensor.fromBits(any(data), { dtype: 'float16' }),
      ]) {
        assert.match(assertCode('ERR_MISH_DTYPE', make).message, /Tensor\.fromBytes\(/);
      }
    }
    assert.equal(Tensor.fromBytes(bytes, { dtype: 'float32' }).item(), 1);
  });

  it('refuses numbers, promises, a missing dtype, and a part of an element', () => {
    const float32 = { dtype: 'float32' } as const;
    assertCode('ERR_MISH_ARGUMENT', () => Tensor.fromBytes(any([1]), float32));
    const late = assertCode('ERR_MISH_ARGUMENT', () =>
      Tensor.fromBytes(any(Promise.resolve()), float32),
    );
    assert.match(late.message, /Await it/);
    assertCode('ERR_MISH_DTYPE', () => Tensor.fromBytes(new Uint8Array(4), any({})));
    assertCode('ERR_MISH_LENGTH', () => Tensor.fromBytes(new Uint8Array(5), float32));
  });
});
