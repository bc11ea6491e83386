// Bad input: each a clear error with its code, before anything is written.
import assert from 'node:assert/strict';
import vm from 'node:vm';
import {
  device,
  loadSafetensors,
  type MishErrorCode,
  mish,
  mishBackward,
  mishDerivative,
  mishDoubleBackward,
  Tensor,
} from 'node-mish';
import { iteratedAs } from '../support/calls/endless.ts';
import { assertCode, nowhere, nowhereCode } from '../support/errors.ts';

// What JavaScript callers can pass; the types forbid most of it.
const any = (value: unknown): never => value as never;
const x = () => Float32Array.of(1, 2, 3, 4);
const f64 = () => Tensor.from([1, 2], { dtype: 'float64' });

function detached(): Float32Array {
  const array = x();
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

function outOfBounds(): Float32Array {
  const Resizable = ArrayBuffer as unknown as new (
    n: number,
    o: object,
  ) => ArrayBuffer & { resize(n: number): void };
  const buffer = new Resizable(16, { maxByteLength: 16 });
  const array = new Float32Array(buffer, 4, 2);
  buffer.resize(4);
  return array;
}

const throwing = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new TypeError('trap');
    },
  },
);

const cases: readonly (readonly [MishErrorCode, string, () => unknown])[] = [
  ['ERR_MISH_ARGUMENT', 'a string', () => mish(any('1'))],
  ['ERR_MISH_ARGUMENT', 'null', () => mish(any(null))],
  ['ERR_MISH_ARGUMENT', 'nothing', () => mish(any(undefined))],
  ['ERR_MISH_ARGUMENT', 'a bigint', () => mish(any(1n))],
  ['ERR_MISH_ARGUMENT', 'a symbol', () => mish(any(Symbol('x')))],
  ['ERR_MISH_ARGUMENT', 'a plain array', () => mish(any([1, 2]))],
  ['ERR_MISH_ARGUMENT', 'a DataView', () => mish(any(new DataView(new ArrayBuffer(8))))],
  ['ERR_MISH_ARGUMENT', 'a Proxy of an array', () => mish(new Proxy(x(), {}))],
  [
    'ERR_MISH_ARGUMENT',
    'a fake by prototype',
    () => mish(any(Object.create(Float32Array.prototype))),
  ],
  ['ERR_MISH_ARGUMENT', 'a fake Tensor', () => mish(any(Object.create(Tensor.prototype)))],
  [
    'ERR_MISH_ARGUMENT',
    'a Tensor and an array',
    () => mishBackward(any(Tensor.from([1])), any(x())),
  ],
  ['ERR_MISH_DTYPE', 'an Int32Array', () => mish(any(new Int32Array(1)))],
  ['ERR_MISH_DTYPE', 'a Buffer', () => mish(any(Buffer.alloc(8)))],
  ['ERR_MISH_DTYPE', 'a bare Uint16Array', () => mish(any(new Uint16Array(1)))],
  [
    'ERR_MISH_DTYPE',
    'bits with a wide dtype',
    () => mish(new Uint16Array(1), any({ dtype: 'float32' })),
  ],
  ['ERR_MISH_DTYPE', 'an unknown dtype', () => mish(new Uint16Array(1), any({ dtype: 'int8' }))],
  ['ERR_MISH_DTYPE', "a dtype that is not x's", () => mish(x(), any({ dtype: 'float64' }))],
  ['ERR_MISH_DTYPE', 'dy of another dtype', () => mishBackward(x(), any(new Float64Array(4)))],
  ['ERR_MISH_DTYPE', 'out of another dtype', () => mish(x(), any({ out: new Float64Array(4) }))],
  ['ERR_MISH_LENGTH', 'dy of another length', () => mishBackward(x(), new Float32Array(3))],
  ['ERR_MISH_LENGTH', 'out of another length', () => mish(x(), { out: new Float32Array(5) })],
  ['ERR_MISH_LENGTH', 'an empty dy', () => mishBackward(x(), new Float32Array(0))],
  ['ERR_MISH_DETACHED', 'a detached x', () => mish(detached())],
  ['ERR_MISH_DETACHED', 'a detached out', () => mish(x(), { out: detached() })],
  ['ERR_MISH_DETACHED', 'x and out detached', () => mish(detached(), { out: detached() })],
  ['ERR_MISH_DETACHED', 'a shrunk view', () => mish(outOfBounds())],
  ['ERR_MISH_ARGUMENT', 'options that are no object', () => mish(x(), any(3))],
  ['ERR_MISH_ARGUMENT', 'null options', () => mish(x(), any(null))],
  ['ERR_MISH_ARGUMENT', 'an unknown option', () => mish(x(), any({ outt: x() }))],
  ['ERR_MISH_ARGUMENT', 'an unknown precision', () => mish(x(), any({ precision: 'best' }))],
  ['ERR_MISH_ARGUMENT', 'fast in float64', () => mish(new Float64Array(1), { precision: 'fast' })],
  ['ERR_MISH_ARGUMENT', 'order 3', () => mishDerivative(x(), any({ order: 3 }))],
  ['ERR_MISH_ARGUMENT', 'order as text', () => mishDerivative(1, any({ order: '1' }))],
  [
    'ERR_MISH_ARGUMENT',
    'accumulate without out',
    () => mishBackward(x(), x(), { accumulate: true }),
  ],
  [
    'ERR_MISH_ARGUMENT',
    'accumulate as a number',
    () => mishBackward(x(), x(), any({ accumulate: 1, out: x() })),
  ],
  ['ERR_MISH_ARGUMENT', "out in a number's call", () => mish(any(1), any({ out: x() }))],
  ['ERR_MISH_ARGUMENT', 'an unknown device', () => mish(x(), any({ device: 'gpu' }))],
  ['ERR_MISH_ARGUMENT', 'a bad device index', () => device(any('cuda:-1'))],
  [nowhereCode(), 'a cuda device', () => device(nowhere)],
  [nowhereCode(), 'cuda for an array', () => mish(x(), { device: nowhere })],
  [
    'ERR_MISH_ARGUMENT',
    'out that is not a pair',
    () => mishDoubleBackward(x(), x(), x(), any({ out: 1 })),
  ],
  ...['x', 'dy'].map((name) => {
    const out = any({ [name]: null });
    const call = () => mishDoubleBackward(x(), x(), x(), { out });
    return ['ERR_MISH_ARGUMENT', `null as out.${name}`, call] as const;
  }),
  ['ERR_MISH_LENGTH', 'a negative extent', () => Tensor.zeros([-1])],
  ['ERR_MISH_LENGTH', 'a fractional extent', () => Tensor.zeros([1.5])],
  ['ERR_MISH_LENGTH', 'a NaN extent', () => Tensor.zeros([Number.NaN])],
  ['ERR_MISH_LENGTH', 'a text extent', () => Tensor.zeros(any(['2']))],
  ['ERR_MISH_LENGTH', 'a product past 2^53', () => Tensor.zeros([2 ** 30, 2 ** 30])],
  ['ERR_MISH_OOM', 'a huge size', () => Tensor.zeros([2 ** 45])],
  ['ERR_MISH_SHAPE', 'a shape that is a number', () => Tensor.zeros(any(3))],
  ['ERR_MISH_SHAPE', 'a shape that does not fit', () => Tensor.from([1, 2], { shape: [3] })],
  ['ERR_MISH_SHAPE', 'ragged arrays', () => Tensor.from([[1, 2], [3]])],
  ['ERR_MISH_SHAPE', 'arrays of two depths', () => Tensor.from([1, [2]])],
  ['ERR_MISH_ARGUMENT', 'text in an array', () => Tensor.from(any(['1']))],
  ['ERR_MISH_SHAPE', 'reshape to another size', () => Tensor.from([1, 2]).reshape([3])],
  ['ERR_MISH_SHAPE', 'two -1', () => Tensor.from([1, 2]).reshape([-1, -1])],
  ['ERR_MISH_LENGTH', 'subarray past the end', () => Tensor.from([1, 2]).subarray(0, 3)],
  ['ERR_MISH_SHAPE', 'item of two', () => Tensor.from([1, 2]).item()],
  [
    'ERR_MISH_SHAPE',
    'tensors of two shapes',
    () => mishBackward(Tensor.from([1, 2]), any(Tensor.from([[1, 2]]))),
  ],
  [
    'ERR_MISH_DTYPE',
    'tensors of two dtypes',
    () => mishBackward(Tensor.from([1]), any(Tensor.from([1], { dtype: 'float64' }))),
  ],
  [
    'ERR_MISH_LENGTH',
    'write of another length',
    () => Tensor.from([1, 2]).write(Float32Array.of(1)),
  ],
  [
    'ERR_MISH_DTYPE',
    'write of another dtype',
    () => Tensor.from([1]).write(any(Float64Array.of(1))),
  ],
  ['ERR_MISH_ARGUMENT', 'fast in a float64 Tensor', () => mish(f64(), { precision: 'fast' })],
  ['ERR_MISH_ARGUMENT', 'fast in mish()', () => f64().mish({ precision: 'fast' })],
  ['ERR_MISH_ARGUMENT', 'fast in mish_()', () => f64().mish_({ precision: 'fast' })],
  ['ERR_MISH_ARGUMENT', 'a device of mish()', () => f64().mish(any({ device: 'gpu' }))],
  [nowhereCode(), 'a device of mish_()', () => f64().mish_({ device: nowhere })],
  [
    'ERR_MISH_DTYPE',
    "a dtype that is not the tensor's",
    () => mish(f64(), any({ dtype: 'float32' })),
  ],
  ['ERR_MISH_DTYPE', 'wrap with another dtype', () => Tensor.wrap(x(), any({ dtype: 'float64' }))],
  ['ERR_MISH_DTYPE', 'fromBits of floats', () => Tensor.fromBits(any(x()), { dtype: 'float16' })],
  ['ERR_MISH_DTYPE', 'from of bits', () => Tensor.from(any(new Uint16Array(1)))],
  ['ERR_MISH_DTYPE', 'a null dtype', () => Tensor.zeros([1], any({ dtype: null }))],
  ['ERR_MISH_DTYPE', 'cast to no dtype', () => f64().cast(any('int8'))],
  ['ERR_MISH_LENGTH', 'JSON past a string', () => Tensor.zeros([2 ** 27 + 2 ** 25]).toJSON()],
  ['ERR_MISH_ARGUMENT', 'new Tensor', () => Reflect.construct(Tensor, [{}])],
  ['ERR_MISH_FORMAT', 'JSON of something else', () => Tensor.fromJSON(any({ dtype: 'float32' }))],
  [
    'ERR_MISH_FORMAT',
    'JSON with bad base64',
    () => Tensor.fromJSON({ dtype: 'float32', shape: [1], data: '!!!!' }),
  ],
  [
    'ERR_MISH_FORMAT',
    'JSON of another size',
    () => Tensor.fromJSON({ dtype: 'float32', shape: [2], data: 'AAAAAA==' }),
  ],
];

describe('bad input', () => {
  for (const [code, name, call] of cases) {
    it(`${name}: ${code}`, () => void assertCode(code, call, name));
  }

  it("a trap that throws is the caller's error", () => {
    assert.throws(() => mish(x(), any(throwing)), { message: 'trap' });
  });

  for (const on of ['js', 'auto'] as const) {
    it(`partial overlap is refused and nothing is written (${on})`, () => {
      const memory = Float32Array.from({ length: 12 }, (_, i) => i);
      const before = memory.slice();
      const at = (begin: number) => memory.subarray(begin, begin + 4);
      const options = { device: on } as const;
      const overlapping = [
        () => mish(at(0), { out: at(1), ...options }),
        () => mish(at(3), { out: at(0), ...options }),
        () => mishBackward(at(0), at(5), { out: at(3), ...options }),
        () => mishBackward(at(0), at(4), { out: at(0), accumulate: true, ...options }),
        () => mishDoubleBackward(at(0), at(4), at(8), { out: { x: at(0), dy: at(0) }, ...options }),
        () => mishDoubleBackward(at(0), at(4), at(8), { out: { x: at(0), dy: at(1) }, ...options }),
      ];
      for (const call of overlapping) assertCode('ERR_MISH_OVERLAP', call);
      assert.deepEqual(memory, before);
    });
  }

  it('nothing is written when a later operand is wrong', () => {
    const out = x();
    assertCode('ERR_MISH_LENGTH', () => mishBackward(x(), new Float32Array(3), { out }));
    assertCode('ERR_MISH_ARGUMENT', () => mish(x(), any({ out, device: 'gpu' })));
    assert.deepEqual(out, x());
  });

  it('an array of the caller is read by its indices, not by its iterator', async () => {
    const shape = iteratedAs([1], Number.POSITIVE_INFINITY);
    assert.deepEqual(Tensor.zeros(shape).shape, [1]);
    assert.deepEqual(Tensor.from([1]).reshape(iteratedAs([1], 33)).shape, [1]);
    const names = iteratedAs(['x'], Number.POSITIVE_INFINITY);
    await assert.rejects(loadSafetensors('no such file', { names }), { code: 'ENOENT' });
  });

  it('what came is told in few words, however long it is', () => {
    const said = (value: unknown) => {
      try {
        mish(any(value));
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    const tagged = { [Symbol.toStringTag]: 'T'.repeat(2 ** 20) };
    for (const value of [
      Symbol('x'.repeat(2 ** 20)),
      1n << (2n ** 20n),
      tagged,
      'x'.repeat(2 ** 20),
    ]) {
      const message = said(value);
      assert.ok(message.startsWith('x: expected') && message.length < 300, message.slice(0, 400));
    }
    assert.match(said(new DataView(new ArrayBuffer(1))), /got a DataView\./);
    assert.match(said(new Uint8Array(1)), /got a Uint8Array\./);
    assert.throws(
      () => mish(x(), any({ ['o'.repeat(2 ** 20)]: 1 })),
      ({ message }) => message.length < 300,
    );
  });

  it('bits and floats together are not told to be converted into each other', () => {
    const bits = () => new Uint16Array(4);
    const half = { dtype: 'float16' } as const;
    assert.throws(() => mishBackward(bits(), any(x()), half), /Pass both as bits of one half type/);
    assert.throws(() => mishBackward(f64().data, any(x())), /Convert one with Float64Array\.from/);
  });

  it('a getter that detaches x is read before x is', () => {
    const victim = x();
    const options = {
      get precision() {
        structuredClone(victim.buffer, { transfer: [victim.buffer] });
        return 'exact' as const;
      },
    };
    assertCode('ERR_MISH_DETACHED', () => mish(victim, options));
  });

  it('a polluted prototype is not an option', () => {
    const prototype = Object.prototype as { device?: string };
    prototype.device = 'cuda';
    try {
      assert.equal(mish(x(), {}).length, 4);
    } finally {
      delete prototype.device;
    }
  });

  it('arrays of another realm and subclasses are honest inputs', () => {
    const foreign = vm.runInNewContext('Float32Array.of(1, 2, 3, 4)') as Float32Array;
    assert.deepEqual(mish(foreign), mish(x()));
    class Liar extends Float32Array {
      override get length() {
        return 1e9;
      }
    }
    assert.deepEqual([...mish(new Liar([1, 2, 3, 4]))].slice(0, 4), [...mish(x())]);
  });
});
