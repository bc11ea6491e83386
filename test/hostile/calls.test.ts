// Hostile JavaScript during a call: getters, proxies, prototypes, species, and memory that disappears. Each case
// ends in an error of this library or in the right result.
import assert from 'node:assert/strict';
import {
  device,
  isMishError,
  memory,
  mish,
  mishAsync,
  mishBackward,
  mishDerivative,
  mishDoubleBackward,
  scope,
  Tensor,
} from 'node-mish';
import { deviceNames, titleOf, unusable } from '../support/calls/calls.ts';
import { assertCode, nowhere, nowhereCode } from '../support/errors.ts';

const any = (value: unknown): never => value as never;
const detach = ({ buffer }: Float32Array<ArrayBuffer>) =>
  structuredClone(buffer, { transfer: [buffer] });
const bytesOnHost = () => Object.values(memory().bytes).reduce((a, b) => a + b, 0);

/** Runs `body` while Object.prototype has these properties. */
function polluted<R>(properties: Record<string, unknown>, body: () => R): R {
  const prototype = Object.prototype as Record<string, unknown>;
  Object.assign(prototype, properties);
  try {
    return body();
  } finally {
    for (const name of Object.keys(properties)) delete prototype[name];
  }
}

describe('hostile JavaScript', () => {
  it('calls that are refused make no results, which would be as large as x', () => {
    const x = new Float32Array(2 ** 22);
    const y = new Float64Array(2 ** 21);
    const short = new Float32Array(3);
    const refused = [
      () => mishBackward(x, short),
      () => mishBackward(x, any(y)),
      () => mishDoubleBackward(x, x, short),
      () => mishDoubleBackward(x, x, x, { out: { dy: short } }),
      () => mish(any(y), any({ precision: 'fast' })),
    ];
    const before = process.memoryUsage().arrayBuffers;
    for (const call of refused) assert.throws(call, isMishError);
    const made = process.memoryUsage().arrayBuffers - before;
    assert.ok(made < x.byteLength, `${made} bytes`);
  });

  it('a polluted Object.prototype is no option', () => {
    const victim = Float32Array.of(7, 7);
    const f1 = mishDerivative(1);
    const pollution = { out: victim, order: 2, accumulate: true, device: 'cuda', dtype: 'int8' };
    polluted({ ...pollution, precision: 'best', x: victim, dy: victim, shape: [3] }, () => {
      for (const options of [undefined, {}]) {
        assert.notEqual(mish(Float32Array.of(1, 2), options), victim);
        assert.equal(mishDerivative(1, options), f1);
        const out = Float32Array.of(5);
        mishBackward(Float32Array.of(1), Float32Array.of(1), { ...options, out });
        assert.equal(out[0], Math.fround(f1));
        const x = Float32Array.of(1, 2);
        assert.notEqual(mishDoubleBackward(x, x, x, { ...options, out: {} }).x, victim);
        assert.deepEqual(Tensor.from([1, 2], options).shape, [2]);
      }
      assert.deepEqual(victim, Float32Array.of(7, 7));
    });
  });

  it('a polluted Object.prototype is no part of what this library has', async () => {
    const x = Float32Array.of(1, 2);
    const expected = mish(x);
    const code = nowhereCode();
    const { pending, y, inPlace } = polluted(
      {
        ...{
          backend: {},
          addon: {},
          threads: {},
          takeOver: () => x,
          runUnchecked: () => [x],
          isCollected: true,
          arrays: {},
          failed: () => {},
          outputs: [x],
        },
        ...{ readsOutput: true, lent: {}, free: () => {}, device: 'cuda' },
      },
      () => {
        assertCode(code, () => device(nowhere));
        const out = x.slice();
        return {
          pending: mishAsync(x, { device: 'js', signal: AbortSignal.timeout(10_000) }),
          y: mish(x, { out: new Float32Array(2), device: 'js' }),
          inPlace: mish(out, { out, device: 'js' }),
        };
      },
    );
    for (const each of [y, inPlace, await pending]) assert.deepEqual(each, expected);
  });

  for (const id of deviceNames) {
    it(titleOf('a Device whose id getter detaches x: ERR_MISH_DETACHED', id), function () {
      if (unusable(id)) this.skip();
      const trap = (act: () => void) =>
        any({
          get id() {
            act();
            return id;
          },
        });
      const arrays = [0, 1, 2].map(() => Float32Array.of(1, 2));
      const tensors = arrays.map((array) => Tensor.wrap(array));
      const [a, b, c] = tensors as [Tensor<'float32'>, Tensor<'float32'>, Tensor<'float32'>];
      const gone = (i: number) => trap(() => void detach(arrays[i]!));
      assertCode('ERR_MISH_DETACHED', () => a.mish_({ device: gone(0) }));
      assertCode('ERR_MISH_DETACHED', () => mish(b, { device: gone(1) }));
      assertCode('ERR_MISH_DISPOSED', () => c.mish({ device: trap(() => c.dispose()) }));
      const plain = Float32Array.of(1, 2);
      assertCode('ERR_MISH_DETACHED', () =>
        mish(plain, { device: trap(() => void detach(plain)) }),
      );
    });
  }

  it('options are plain objects: anything else would lose an out', () => {
    const [x, out] = [Float32Array.of(1), Float32Array.of(1)];
    const t = Tensor.from([1]);
    class Options {
      out = out;
    }
    const wrong = [[], new Map([['out', out]]), new Date(), out, new Options(), () => {}, t];
    for (const options of wrong) assertCode('ERR_MISH_ARGUMENT', () => mish(x, any(options)));
    assertCode('ERR_MISH_ARGUMENT', () => mish(t, any(Tensor.zeros([1]))));
    assertCode('ERR_MISH_ARGUMENT', () => mishDoubleBackward(x, x, x, any({ out: [] })));
    assertCode('ERR_MISH_ARGUMENT', () => Tensor.zeros([1], any([])));
    assert.equal(mish(x, Object.assign(Object.create(null), { out })), out);
  });

  it('isMishError is false for what cannot be asked', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [proxy, null, undefined, 1, new Error('ERR_MISH_X')]) {
      assert.equal(isMishError(value), false);
    }
  });

  it('arrays that change while they are read are ragged', () => {
    const grows: unknown[] = [1, 2];
    Object.defineProperty(grows, 0, { get: () => grows.push(9) });
    assertCode('ERR_MISH_SHAPE', () => Tensor.from(any(grows)));
    const shrinks: unknown[] = [0, 1, 2];
    Object.defineProperty(shrinks, 0, {
      get() {
        shrinks.length = 1;
        return 0;
      },
    });
    assertCode('ERR_MISH_SHAPE', () => Tensor.from(any(shrinks)));
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    assertCode('ERR_MISH_SHAPE', () => Tensor.from(any(cyclic)));
  });

  it('species and constructors of `data` bend nothing', () => {
    const t = Tensor.from([1, 2, 3]);
    const liar = function liar(n: number) {
      return new Float32Array(n + 100);
    };
    Object.defineProperty(t.data, 'constructor', { value: { [Symbol.species]: liar } });
    Object.defineProperty(t.data, 'length', { value: 1e9 });
    Object.defineProperty(t.data, 'set', { value: assert.fail });
    assert.deepEqual([...t.readSync()], [1, 2, 3]);
    assert.deepEqual(t.clone().toArray(), [1, 2, 3]);
    assert.deepEqual(t.subarray(1).toArray(), [2, 3]);
    assert.deepEqual(t.write(Float32Array.of(4, 5, 6)).toArray(), [4, 5, 6]);
  });

  it('a Tensor whose memory is gone still shows itself', () => {
    const own = Float32Array.of(1, 2);
    const t = Tensor.wrap(own);
    detach(own);
    assert.match(String(t), /^Tensor\(float32 \[2\] \w+\) <detached>$/);
    for (const use of [() => t.data, () => t.readSync(), () => t.mish(), () => t.toJSON()]) {
      assertCode('ERR_MISH_DETACHED', use);
    }
  });
});

describe('sizes', () => {
  it('of nested arrays past what a JavaScript array holds: ERR_MISH_OOM, not a crash', () => {
    let nested: unknown = new Array(10).fill(1);
    for (let depth = 1; depth < 15; depth++) nested = new Array(10).fill(nested);
    assertCode('ERR_MISH_OOM', () => Tensor.from(any(nested)));
  });

  it('of shapes are at most 32 extents, checked before they are copied', () => {
    const ones = (n: number) => new Array(n).fill(1);
    assert.equal(Tensor.zeros(ones(32)).shape.length, 32);
    assertCode('ERR_MISH_SHAPE', () => Tensor.zeros(ones(33)));
    assertCode('ERR_MISH_SHAPE', () => Tensor.zeros(new Array(2 ** 32 - 1)));
    assertCode('ERR_MISH_SHAPE', () => Tensor.zeros([1]).reshape(ones(33)));
    const json = { dtype: 'float32', shape: ones(33), data: 'AAAAAA==' } as const;
    assertCode('ERR_MISH_FORMAT', () => Tensor.fromJSON(json));
  });

  it('of arrays around no elements are bounded', () => {
    assert.deepEqual(Tensor.zeros([2, 0, 5]).toArray(), [[], []]);
    assertCode('ERR_MISH_SHAPE', () => Tensor.zeros([2 ** 32, 0]).toArray());
    assertCode('ERR_MISH_SHAPE', () => Tensor.zeros([2 ** 20, 2 ** 20, 0]).toArray());
    assert.deepEqual(Tensor.zeros([0, 2 ** 40]).toArray(), []);
  });

  it('of tensors do not matter to inspection: it copies the elements that it shows', () => {
    const t = Tensor.zeros([2 ** 26], { dtype: 'bfloat16' });
    const before = process.memoryUsage().arrayBuffers;
    assert.match(String(t), /\[0, 0, 0, 0, 0, 0, 0, 0, \.\.\.\]$/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
  });

  it('-0 is 0 as an extent, and shown as -0 as an element', () => {
    assert.ok(Object.is(Tensor.zeros([-0]).shape[0], 0));
    assert.match(String(Tensor.from([-0, 0])), /\[-0, 0\]$/);
  });
});

describe('memory of disposed tensors', () => {
  const buffers = () => process.memoryUsage().arrayBuffers;

  const { gc } = globalThis;
  const missing = gc ? '' : ' (needs --expose-gc, which .mocharc.json has)';
  it(`is given back although handles, or their scope, live on${missing}`, function () {
    if (!gc) this.skip();
    const kept: Tensor[] = [];
    const [before, bytesBefore] = [buffers(), bytesOnHost()];
    scope(() => {
      for (let i = 0; i < 256; i++) {
        const t = Tensor.zeros([2 ** 20]);
        t.reshape([-1, 2]).dispose();
        t.dispose();
        kept.push(t);
      }
      assert.ok(bytesOnHost() <= bytesBefore); // less, where what was dropped before is collected
      // 1 GB was made; the engine sweeps what it collects a little later, on another thread.
      const held = () => buffers() - before;
      const sleeper = new Int32Array(new SharedArrayBuffer(4));
      for (let i = 0; i < 100 && held() >= 2 ** 29; i++) {
        gc();
        Atomics.wait(sleeper, 0, 0, 50);
      }
      assert.ok(held() < 2 ** 29, `${held() / 2 ** 20} MB are held`);
    });
    assert.ok(kept.every(({ disposed }) => disposed));
  });

  it('is what read() was called on, whatever comes after', async () => {
    const t = Tensor.from([1, 2]);
    const first = t.read();
    t.write(Float32Array.of(3, 4));
    let second = first;
    scope(() => {
      second = t.clone().read();
    });
    t.dispose();
    assert.deepEqual([...(await first)], [1, 2]);
    assert.deepEqual([...(await second)], [3, 4]);
  });

  it('a scope may return a great many values', () => {
    const values = scope(() => Tensor.zeros([300_000]).toArray());
    assert.equal((values as number[]).length, 300_000);
    const set = scope(() => new Set((values as number[]).map((_, i) => i)));
    assert.equal(set.size, 300_000);
  });
});
