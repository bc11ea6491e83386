// Remedies in errors about operands: what they advise is right for what came, and gives the right numbers where it is
// code.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import {
  device,
  isMishError,
  mish,
  mishAsync,
  mishBackward,
  mishDerivative,
  mishDoubleBackward,
  mishTransform,
  Tensor,
} from 'node-mish';
import { getOperator } from 'node-mish/operators';
import { assertCode } from '../support/errors.ts';

const any = (value: unknown): never => value as never;

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.ok(isMishError(error), String(error));
    return error.message;
  }
  throw new Error(`${call}: expected an error`);
}

/** Operands that calls refuse, with the numbers that they mean. */
const numbers: Readonly<Record<string, readonly [operand: unknown, meaning: readonly number[]]>> = {
  'an array': [
    [1, -2],
    [1, -2],
  ],
  'a nested array': [
    [[1], [-2]],
    [1, -2],
  ],
  Int8Array: [Int8Array.of(1, -2), [1, -2]],
  Uint8ClampedArray: [Uint8ClampedArray.of(1, 2), [1, 2]],
  Int16Array: [Int16Array.of(1, -2), [1, -2]],
  Int32Array: [Int32Array.of(1, -(2 ** 30) - 1), [1, -(2 ** 30) - 1]],
  Uint32Array: [Uint32Array.of(1, 2 ** 32 - 1), [1, 2 ** 32 - 1]],
  BigInt64Array: [BigInt64Array.of(1n, -2n), [1, -2]],
  BigUint64Array: [BigUint64Array.of(1n, 2n), [1, 2]],
};

describe('the remedy for an operand of another kind', () => {
  for (const [name, [operand, meaning]] of Object.entries(numbers)) {
    it(`${name}: its code gives the numbers that were meant`, () => {
      const message = messageOf(() => mish(any(operand)));
      const code = /\w+\.from\(x(, Number)?\)/.exec(message)?.[0];
      assert.ok(code, message);
      const run = new Function('x', 'Tensor', `return ${code}`);
      const made: Float32Array | Tensor = run(operand, Tensor);
      const values = made instanceof Tensor ? made.readSync() : made;
      assert.deepEqual([...values], meaning, code);
      mish(any(made)); // is taken
    });
  }

  it('bytes: names dtype, and conversion only for numbers', () => {
    const bytes = Buffer.from(Float32Array.of(1).buffer);
    assert.match(
      messageOf(() => mish(any(bytes))),
      /\{ dtype \} if it holds the raw bytes/,
    );
    assert.equal(mish(bytes, { dtype: 'float32' }).readFloatLE(), mish(Float32Array.of(1))[0]);
  });

  it('a SharedArrayBuffer: a view', () => {
    assert.match(
      messageOf(() => mish(any(new SharedArrayBuffer(4)))),
      /new Float32Array\(x\)/,
    );
  });

  it('a Float16Array of JavaScript: its bits', () => {
    const bits = Uint16Array.of(0x3c00);
    const polyfill = new Proxy(bits, {
      get: (target, key) =>
        key === Symbol.toStringTag ? 'Float16Array' : Reflect.get(target, key, target),
    });
    const code = /new Uint16Array\(x.*\)/.exec(messageOf(() => mish(any(polyfill))))![0];
    const made = new Function('x', `return ${code}`)(polyfill);
    assert.deepEqual(
      [...mish(made as Uint16Array, { dtype: 'float16' })],
      [...mish(bits, { dtype: 'float16' })],
    );
  });

  it('a Promise: await it, in every function that takes an operand', async () => {
    const late = any(Promise.resolve(new Float32Array(1)));
    const [x, t] = [new Float32Array(1), Tensor.from([1])];
    const calls = [
      () => mish(late),
      () => mishDerivative(late),
      () => mishBackward(x, late),
      () => mishDoubleBackward(x, x, late),
      () => mish(x, { out: late }),
      () => mish(t, { out: late }),
      () => mishBackward(t, late),
      () => Tensor.from(late),
      () => Tensor.wrap(late),
      () => t.write(late),
      () => getOperator('Mish').run({ inputs: [late] }),
    ];
    for (const call of calls) assert.match(messageOf(call), /[Aa]wait/, String(call));
    await assert.rejects(async () => mishAsync(late), /await x/);
  });

  it('a Tensor beside an array: arrays for all, or Tensors for all', () => {
    const message = messageOf(() => mishBackward(new Float32Array(1), any(Tensor.from([1]))));
    assert.match(message, /arrays for all operands, or Tensors/);
    assert.doesNotMatch(message, /Proxy/);
  });
});

describe('the remedy for a Tensor of another shape', () => {
  const x = Tensor.zeros([2, 3]);
  const remedy = (dy: Tensor) => messageOf(() => mishBackward(x, any(dy)));

  it('the transpose: not reshape()', () => {
    assert.match(remedy(Tensor.zeros([3, 2])), /transpose its values, as reshape\(\) would leave/);
  });

  it('another length: the lengths', () => {
    assert.match(remedy(Tensor.zeros([2, 2])), /has 4 elements, x has 6/);
    assert.doesNotMatch(remedy(Tensor.zeros([2, 2])), /reshape/);
  });

  it('as many elements: reshape(), which is then taken', () => {
    for (const dy of [Tensor.zeros([6]), Tensor.zeros([2, 1, 3])]) {
      assert.match(remedy(dy), /dy\.reshape\(x\.shape\)/);
      mishBackward(x, dy.reshape(x.shape as [2, 3]));
    }
  });
});

describe('"Did you mean" in errors', () => {
  const x = new Float32Array(1);
  const meant: readonly (readonly [string, () => unknown])[] = [
    ['precision', () => mish(x, any({ precison: 'fast' }))],
    ['out', () => mish(x, any({ Out: x }))],
    ['accumulate', () => mishBackward(x, x, any({ acumulate: true }))],
    ['float16', () => Tensor.zeros([1], any({ dtype: 'fp16' }))],
    ['float16', () => Tensor.zeros([1], any({ dtype: 'half' }))],
    ['float64', () => Tensor.zeros([1], any({ dtype: 'double' }))],
    ['float32', () => Tensor.zeros([1], any({ dtype: 'Float32' }))],
    ['bfloat16', () => Tensor.zeros([1], any({ dtype: 'bf16' }))],
    ['cuda', () => device(any('gpu'))],
    ['cpu', () => device(any('CPU'))],
    ['cuda:0', () => device(any('cuda0'))],
    ['MishGradient', () => getOperator(any('MishGradent'))],
    ['Mish', () => getOperator(any('mish'))],
    ['derivative', () => mishTransform({ dtype: 'float32', op: any('derivate') })],
  ];
  for (const [word, call] of meant) {
    it(`'${word}' for ${/\{? ?\w+: (?:any\()?'(\w+)'|any\((?:\{ )?'?(\w+)/.exec(String(call))?.[0] ?? call}`, () => {
      assert.match(messageOf(call), new RegExp(`Did you mean '${word}'\\?`));
    });
  }

  it('is left out where nothing is near', () => {
    assert.doesNotMatch(
      messageOf(() => mish(x, any({ banana: 1 }))),
      /Did you mean/,
    );
    assert.doesNotMatch(
      messageOf(() => Tensor.zeros([1], any({ dtype: 'int8' }))),
      /Did you mean/,
    );
  });
});

describe('mishTransform', () => {
  it('refuses text, from a stream with setEncoding() and from write()', async () => {
    const bytes = Buffer.from(Float32Array.of(1, 2).buffer);
    const source = Readable.from([bytes.toString('latin1')], { objectMode: false });
    source.setEncoding('latin1');
    for (const feed of [
      (to: ReturnType<typeof mishTransform>) => source.pipe(to),
      (to: ReturnType<typeof mishTransform>) => to.write('text', 'base64'),
    ]) {
      const transform = mishTransform({ dtype: 'float32' });
      const failed = new Promise<unknown>((resolve) => transform.once('error', resolve));
      feed(transform);
      const error = await failed;
      assert.ok(isMishError(error), String(error));
      assert.match(error.message, /setEncoding/);
    }
  });
});

describe('an Error of a lent or a disposed Tensor', () => {
  it('calls only a lent one in use', async () => {
    const t = Tensor.zeros([1000], { device: 'js' });
    t.dispose();
    const disposed = assertCode('ERR_MISH_DISPOSED', () => t.readSync());
    assert.doesNotMatch(disposed.message, /in use/);
  });
});
