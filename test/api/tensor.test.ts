// Tensor: construction, views, casts, JSON, inspection and the operations on it.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { type DType, getDefaultDevice, Tensor } from 'node-mish';
import { assertCode } from '../support/errors.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16'];

describe('Tensor', () => {
  for (const dtype of dtypes) {
    it(`holds a nested array as ${dtype}`, () => {
      const t = Tensor.from(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { dtype },
      );
      assert.deepEqual(t.shape, [2, 3]);
      assert.equal(t.dtype, dtype);
      assert.deepEqual(t.toArray(), [
        [1, 2, 3],
        [4, 5, 6],
      ]);
      assert.equal(t.size, 6);
      assert.equal(t.byteLength, t.data.byteLength);
    });

    it(`keeps every bit of ${dtype} through JSON, clone and read`, async () => {
      const t = Tensor.from([0, -0, 1.5, -2.25, Number.POSITIVE_INFINITY, Number.NaN], { dtype });
      const bytes = (array: ArrayBufferView) =>
        Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
      const expected = bytes(t.data);
      assert.equal(bytes(Tensor.fromJSON(JSON.parse(JSON.stringify(t))).data), expected);
      assert.equal(bytes(t.clone().data), expected);
      assert.equal(bytes(await t.read()), expected);
      assert.notEqual(t.readSync().buffer, t.data.buffer);
    });
  }

  it('rounds to nearest even when it casts', () => {
    const tie = 1 + 2 ** -11; // half an ulp of float16 above 1: to even, 1
    assert.equal(Tensor.from(tie, { dtype: 'float64' }).cast('float16').item(), 1);
    const above = 1 + 2 ** -11 + 2 ** -40; // as float32 first, it would be the tie
    assert.equal(Tensor.from(above, { dtype: 'float64' }).cast('float16').item(), 1 + 2 ** -10);
    assert.equal(
      Tensor.from(1 + 2 ** -8, { dtype: 'float32' })
        .cast('bfloat16')
        .item(),
      1,
    );
    assert.equal(Tensor.from(65520).cast('float16').item(), Number.POSITIVE_INFINITY);
    assert.equal(
      Tensor.from(2 ** -25)
        .cast('float16')
        .item(),
      0,
    );
    assert.equal(Tensor.from(0.1, { dtype: 'float64' }).cast('float32').item(), Math.fround(0.1));
  });

  it('shares memory between views, and with what it wraps', () => {
    const own = new Float32Array(6);
    const t = Tensor.wrap(own, { shape: [2, 3] });
    const row = t.reshape([-1]).subarray(3);
    row.data.set([7, 8, 9]);
    assert.deepEqual(own, Float32Array.of(0, 0, 0, 7, 8, 9));
    t.dispose();
    assert.deepEqual(row.toArray(), [7, 8, 9]);
    assert.deepEqual(row.subarray(-2, -1).toArray(), [8]);
  });

  it('fills in the extent that reshape is given as -1', () => {
    const t = Tensor.from([1, 2, 3, 4, 5, 6]);
    assert.deepEqual(t.reshape([2, -1]).shape, [2, 3]);
    assert.deepEqual(t.reshape([-1]).shape, [6]);
    assert.deepEqual(t.reshape([3, -1, 2]).toArray(), [[[1, 2]], [[3, 4]], [[5, 6]]]);
    assert.deepEqual(Tensor.zeros([0, 3]).reshape([-1, 3]).shape, [0, 3]);
    assertCode('ERR_MISH_SHAPE', () => t.reshape([4, -1]));
    assertCode('ERR_MISH_SHAPE', () => Tensor.zeros([0]).reshape([0, -1]));
    const { message } = assertCode('ERR_MISH_LENGTH', () => t.reshape([-1, 2, 1.5]));
    assert.match(message, /^shape\[2\]/);
  });

  it('copies what from() and fromBits() are given', () => {
    const source = Float32Array.of(1, 2);
    const t = Tensor.from(source);
    source[0] = 9;
    assert.deepEqual(t.toArray(), [1, 2]);
    const bits = Uint16Array.of(0x3c00);
    const half = Tensor.fromBits(bits, { dtype: 'float16' });
    bits[0] = 0;
    assert.equal(half.item(), 1);
  });

  it('is written by write(), mish() and mish_()', () => {
    const t = Tensor.zeros([3]).write(Float32Array.of(-1, 0, 1));
    const y = t.mish();
    assert.notDeepEqual(t.toArray(), y.toArray());
    assert.equal(t.mish_(), t);
    assert.deepEqual(t.toArray(), y.toArray());
  });

  it('moves with to(), itself when it is there', () => {
    for (const id of ['js', getDefaultDevice().id] as const) {
      const t = Tensor.from([1, 2], { device: id });
      assert.equal(t.to(t.device), t);
      assert.equal(t.to(t.device, { copy: false }), t);
      const copy = t.to(t.device, { copy: true });
      copy.data[0] = 9;
      assert.deepEqual(
        [t.toArray(), copy.toArray()],
        [
          [1, 2],
          [9, 2],
        ],
      );
      const there = t.to('js', { copy: true });
      assert.equal(there.device.id, 'js');
      there.data[0] = 9;
      assert.deepEqual(t.toArray(), [1, 2]);
    }
  });

  it('has empty pieces, and its elements as float32', () => {
    const t = Tensor.from([0.1, 2, 3], { dtype: 'float64' });
    assert.deepEqual(t.subarray(2, 1).shape, [0]);
    assert.deepEqual(t.subarray(3).toArray(), []);
    assert.deepEqual(t.toFloat32Array(), Float32Array.of(0.1, 2, 3));
    assert.deepEqual(t.cast('bfloat16').subarray(1).toFloat32Array(), Float32Array.of(2, 3));
    const own = Tensor.from([1]);
    assert.notEqual(own.toFloat32Array().buffer, own.data.buffer);
  });

  it('shows itself on one line, and when it is gone', () => {
    const t = Tensor.from([0.1, 2], { device: 'js' });
    assert.equal(String(t), 'Tensor(float32 [2] js) [0.1, 2]');
    assert.equal(inspect(t), String(t));
    const big = Tensor.zeros([1000], { device: 'js' });
    assert.match(String(big), /\.\.\.\]$/);
    t.dispose();
    assert.equal(String(t), 'Tensor(float32 [2] js) <disposed>');
  });

  it('has scalars and empty tensors', () => {
    const scalar = Tensor.from(3);
    assert.deepEqual(scalar.shape, []);
    assert.equal(scalar.item(), 3);
    assert.equal(scalar.toArray(), 3);
    const empty = Tensor.from([[], []]);
    assert.deepEqual(empty.shape, [2, 0]);
    assert.deepEqual(empty.mish().toArray(), [[], []]);
  });

  it('refuses every use after dispose', async () => {
    const t = Tensor.from([1]);
    t.dispose();
    t.dispose();
    assert.equal(t.disposed, true);
    const uses = {
      data: () => t.data,
      readSync: () => t.readSync(),
      write: () => t.write(Float32Array.of(1)),
      mish: () => t.mish(),
      mish_: () => t.mish_(),
      clone: () => t.clone(),
      cast: () => t.cast('float64'),
      reshape: () => t.reshape([1]),
      subarray: () => t.subarray(0),
      to: () => t.to('js'),
      item: () => t.item(),
      toJSON: () => t.toJSON(),
    };
    for (const [name, use] of Object.entries(uses)) assertCode('ERR_MISH_DISPOSED', use, name);
    await assert.rejects(t.read(), { code: 'ERR_MISH_DISPOSED' });
  });

  it('rejects read() with the reason of an aborted signal', async () => {
    const reason = new Error('enough');
    const t = Tensor.from([1]);
    await assert.rejects(t.read({ signal: AbortSignal.abort(reason) }), reason);
    const later = new AbortController();
    const read = t.read({ signal: later.signal });
    later.abort(reason);
    await assert.rejects(read, reason);
    await assert.rejects(t.read({ signal: 1 as never }), { code: 'ERR_MISH_ARGUMENT' });
    assert.deepEqual(await t.read({ signal: new AbortController().signal }), Float32Array.of(1));
  });
});

describe('the dtype of Tensor.from', () => {
  it('is that of a float array', () => {
    const t = Tensor.from(Float64Array.of(0.1));
    assert.deepEqual([t.dtype, t.item()], ['float64', 0.1]);
    assert.equal(Tensor.from(Float32Array.of(0.5)).dtype, 'float32');
  });

  it('is that of a Float16Array, where this Node has it', function () {
    const { Float16Array } = globalThis as { Float16Array?: { of(x: number): Float32Array } };
    if (!Float16Array) this.skip();
    const t: Tensor = Tensor.from(Float16Array.of(1.5));
    assert.deepEqual([t.dtype, t.item()], ['float16', 1.5]);
  });

  it('is float32 for numbers, and what the option says for any data', () => {
    assert.equal(Tensor.from([0.1]).dtype, 'float32');
    const cast = Tensor.from(Float64Array.of(0.1), { dtype: 'float32' });
    assert.deepEqual([cast.dtype, cast.item()], ['float32', Math.fround(0.1)]);
  });
});
