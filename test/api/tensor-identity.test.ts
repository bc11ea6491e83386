// Tensors as values of JavaScript: equal by their contents, never cloned to something empty, and recognised behind a
// Proxy or in a copy.
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import { serialize } from 'node:v8';
import { MessageChannel } from 'node:worker_threads';
import { type DType, isMishError, mish, mishAsync, mishBackward, scope, Tensor } from 'node-mish';
import { assertCode } from '../support/errors.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
const any = (value: unknown): never => value as never;

/** Deep equality of libraries such as lodash, Jest, chai: own enumerable properties, and typed arrays by element. */
function ownPropertiesEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => ownPropertiesEqual(Reflect.get(a, key), Reflect.get(b, key)))
  );
}

/** fast-deep-equal, of objects that have no valueOf() or toString() of their own: what those return. */
function textsEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a.valueOf !== Object.prototype.valueOf) return a.valueOf() === b.valueOf();
  if (a.toString !== Object.prototype.toString) return a.toString() === b.toString();
  return Object.keys(a).every((key) => textsEqual(Reflect.get(a, key), Reflect.get(b, key)));
}

const equalities = { isDeepStrictEqual, 'own properties': ownPropertiesEqual, valueOf: textsEqual };

describe('deep equality of Tensors', () => {
  for (const [name, equal] of Object.entries(equalities)) {
    for (const dtype of dtypes) {
      it(`by ${name}: equal bits in ${dtype}, also inside objects`, () => {
        const make = (values: readonly number[]) => Tensor.from(values, { dtype });
        const [a, b] = [make([0, -0, 1.5, Number.NaN]), make([0, -0, 1.5, Number.NaN])];
        assert.ok(equal(a, b));
        assert.ok(equal({ w: { v: a } }, { w: { v: b } }));
        assert.ok(!equal(a, make([0, 0, 1.5, Number.NaN])), 'sign of zero');
        assert.ok(!equal({ w: { v: a } }, { w: { v: make([0, -0, 1.25, Number.NaN]) } }));
        const long = Array.from({ length: 50 }, (_, i) => i);
        assert.ok(equal(make(long), make(long)));
        assert.ok(
          !equal(make(long), make(long.with(40, 1))),
          'an element that toString() leaves out',
        );
      });
    }

    it(`by ${name}: tells dtypes, shapes, devices and payloads of NaN apart`, () => {
      const t = Tensor.from([1, 2]);
      assert.ok(!equal(t, Tensor.from([1, 2], { dtype: 'float64' })));
      assert.ok(!equal(t, Tensor.from([[1, 2]])));
      assert.ok(!equal(t.to('js', { copy: true }), t.to('js').cast('bfloat16')));
      const nan = (bits: number) => Tensor.wrap(new Float32Array(Uint32Array.of(bits).buffer));
      assert.ok(!equal(nan(0x7fc00000), nan(0x7fc00001)));
      assert.ok(equal(nan(0x7fc00001), nan(0x7fc00001)));
      const device = t.device.id === 'js' ? undefined : t.to('js');
      if (device) assert.ok(!equal(t, device));
    });

    it(`by ${name}: a disposed Tensor equals only itself`, () => {
      const [a, b] = [Tensor.from([1]), Tensor.from([1])];
      a.dispose();
      b.dispose();
      assert.ok(equal(a, a));
      assert.ok(!equal(a, b));
      assert.ok(!equal(a, Tensor.from([1])));
    });
  }

  it('by valueOf() changes no text', () => {
    const t = Tensor.from([1, 2]);
    const concatenated = (a: string, b: string) => a + b;
    assert.equal(`${t}`, t.toString());
    assert.equal(concatenated('', any(t)), t.toString());
    assert.ok(Number.isNaN(Number(t)));
  });

  it('by isDeepStrictEqual: inside Maps and Sets', () => {
    const [a, b, c] = [Tensor.from([1]), Tensor.from([1]), Tensor.from([2])];
    assert.ok(isDeepStrictEqual(new Map([['w', a]]), new Map([['w', b]])));
    assert.ok(!isDeepStrictEqual(new Map([['w', a]]), new Map([['w', c]])));
    assert.ok(!isDeepStrictEqual(new Set([a]), new Set([c])));
  });

  it('shows elements when an assertion fails', () => {
    const failing = () => assert.deepEqual(Tensor.from([1, 2]), Tensor.from([1, 3]));
    assert.throws(failing, ({ message }: Error) => /^\+\s+2$/m.test(message));
  });

  it('of elements lent by the CPU throws ERR_MISH_IN_USE', async () => {
    const [t, other] = [Tensor.zeros([1000]), Tensor.zeros([1000])];
    const job = mishAsync(t);
    const equal = () => isDeepStrictEqual(t, other);
    if (t.device.id === 'cpu') assertCode('ERR_MISH_IN_USE', equal);
    else assert.ok(equal(), 'other devices lend none');
    await job;
  });
});

describe('a copy of a Tensor', () => {
  const t = Tensor.from([1, 2]);
  const { port1, port2 } = new MessageChannel();
  after(() => port1.close());
  const cloning = {
    structuredClone: () => structuredClone(t),
    'structuredClone of an object': () => structuredClone({ layers: [t] }),
    postMessage: () => port2.postMessage(t),
    'v8.serialize': () => serialize(t),
  };
  for (const [name, clone] of Object.entries(cloning)) {
    it(`by ${name} is refused, with release() and toJSON() as remedies`, () => {
      assert.throws(clone, /release\(\).*toJSON\(\).*could not be cloned/);
    });
  }

  it('by spreading keeps no elements and is refused by the first call', () => {
    assertCode('ERR_MISH_ARGUMENT', () => mish(any({ ...t })));
  });

  it('as JSON is whole', () => {
    assert.ok(isDeepStrictEqual(Tensor.fromJSON(JSON.parse(JSON.stringify(t))), t));
  });
});

// ---------------------------------------------------------------- what is like a Tensor
const likenesses: Readonly<Record<string, (t: Tensor) => unknown>> = {
  'a Proxy': (t) => new Proxy(t, {}),
  'an object of its prototype': () => Object.create(Tensor.prototype),
  'its prototype': () => Tensor.prototype,
  'a clone as lodash makes it': (t) => Object.assign(Object.create(Tensor.prototype), { ...t }),
};

describe('an object that is only like a Tensor', () => {
  for (const [name, make] of Object.entries(likenesses)) {
    const like = () => make(Tensor.from([1, 2])) as Tensor;

    it(`${name}: every method and property throws a coded error with the remedy`, async () => {
      const value = like();
      const names = Object.getOwnPropertyNames(Tensor.prototype).filter(
        (key) => !['constructor', 'toString', 'valueOf'].includes(key),
      );
      assert.ok(names.length > 20);
      for (const key of names) {
        const use = async () => {
          const found: unknown = Reflect.get(value, key);
          if (typeof found === 'function') await found.apply(value, key === 'to' ? ['js'] : []);
        };
        await assert.rejects(use, (error: unknown) => {
          assert.ok(isMishError(error), `${key}: ${String(error)}`);
          assert.equal(error.code, 'ERR_MISH_ARGUMENT', key);
          assert.match(error.message, /toRaw\(\)/, key);
          return true;
        });
      }
    });

    it(`${name}: is refused as an operand, an output and data`, async () => {
      const x = Tensor.from([1, 2]);
      const calls = {
        operand: () => mish(any(like())),
        gradient: () => mishBackward(x, any(like())),
        out: () => mish(x, { out: any(like()) }),
        array: () => mish(new Float32Array(2), { out: any(like()) }),
        data: () => Tensor.from(any(like())),
      };
      for (const [what, call] of Object.entries(calls)) {
        assert.match(assertCode('ERR_MISH_ARGUMENT', call, what).message, /toRaw\(\)/, what);
      }
      await assert.rejects(async () => mishAsync(any(like())), /toRaw\(\)/);
    });

    it(`${name}: is printed without an error`, () => {
      const value = like();
      assert.match(inspect(value), /Tensor|\{\}/);
      assert.match(String(value), /^Tensor <not usable/);
      assert.match(`${inspect({ value })}`, /./);
    });
  }

  it('a Tensor is no data for a Tensor, and the error says what copies it', () => {
    const error = assertCode('ERR_MISH_ARGUMENT', () => Tensor.from(any(Tensor.from([1]))));
    assert.match(error.message, /clone\(\)/);
  });

  it('scope() and dispose() leave real Tensors alone when one is met', () => {
    const t = scope(() => Tensor.from([1]));
    assertCode('ERR_MISH_ARGUMENT', () => (new Proxy(t, {}) as Tensor).dispose());
    assert.equal(t.item(), 1);
  });
});
