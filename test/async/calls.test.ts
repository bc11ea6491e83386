// Asynchronous calls: the bits of the synchronous ones in every operation, dtype and kind of memory; what they
// leave alone, what they take away, and what they refuse.
import assert from 'node:assert/strict';
import {
  type MishErrorCode,
  memory,
  mish,
  mishAsync,
  mishBackwardAsync,
  mishDerivativeAsync,
  mishDoubleBackwardAsync,
  scope,
  Tensor,
} from 'node-mish';
import { asyncCalls, shared } from '../support/calls/async-calls.ts';
import {
  describeOnEachDevice,
  newElements,
  opCases,
  optionsOf,
  plain,
  sample,
  tensorOf,
} from '../support/calls/calls.ts';
import { assertRejects, nowhere, nowhereCode } from '../support/errors.ts';
import { type DTypeName, dtypeNames, type Elements, sameBits } from '../support/values/vectors.ts';

const any = (value: unknown): never => value as never;
const x = () => Float32Array.of(1, -2, 3, 4);
/** One slice or piece, several, and none; on an odd address. */
const lengths = [1, 3, 16, 17, 1000, 40_000];

const inputsOf = (dtype: DTypeName, length: number, count: number) =>
  [1, 5, 7].slice(0, count).map((seed) => sample(dtype, length, seed));

describeOnEachDevice('asynchronous calls', (device) => {
  for (const op of opCases) {
    for (const dtype of dtypeNames) {
      it(`${op.name} of ${dtype}: the bits of the synchronous call, in every kind of memory`, async () => {
        const call = asyncCalls[op.name];
        const options = optionsOf(dtype, device);
        for (const length of lengths) {
          const inputs = inputsOf(dtype, length, op.inputs);
          const start = sample(dtype, length, 11);
          const expected = plain(op, dtype, device, inputs, start);
          const outs = () => Array.from({ length: op.outputs }, () => shared(start));
          const check = (results: readonly unknown[], how: string) => {
            for (const [i, result] of results.entries()) {
              assert.ok(sameBits(result as Elements, expected[i]!), `${length} elements, ${how}`);
            }
          };
          const before = inputs.map((input) => input.slice());
          if (!op.accumulates) {
            check(await call(inputs, options), 'copied');
            check(await call(inputs.map(shared), options), 'shared');
            const given = inputs.map((input) => input.slice());
            check(await call(given, { ...options, transfer: true }), 'transferred');
            assert.ok(given.every((array) => array.length === 0));
          }
          check(await call(inputs, options, outs()), 'copied to shared');
          check(await call(inputs.map(shared), options, outs()), 'shared to shared');
          for (const [i, input] of inputs.entries()) assert.ok(sameBits(input, before[i]!));
        }
      });

      if (op.accumulates) continue;
      it(`${op.name} of ${dtype} Tensors: the bits of the synchronous call`, async () => {
        for (const length of lengths) {
          const inputs = inputsOf(dtype, length, op.inputs);
          const expected = plain(op, dtype, device, inputs);
          const tensors = inputs.map((input) => tensorOf(dtype, device, input));
          const results = (await asyncCalls[op.name](tensors, {})) as readonly Tensor[];
          for (const [i, result] of results.entries()) {
            assert.ok(sameBits(result.readSync(), expected[i]!), `${length} elements`);
            assert.deepEqual(result.shape, [length]);
            assert.equal(result.device.id, device);
          }
        }
      });
    }
  }

  it('an out that is an input is in place', async () => {
    const own = shared(x());
    assert.equal(await mishAsync(own, { device, out: own }), own);
    assert.ok(sameBits(own, mish(x(), { device })));
  });

  it('results are in the memory that was given away, in that of the last', async () => {
    const [a, dy, ddx] = [x(), x(), x()];
    const expected = plain(opCases[5]!, 'float32', device, [a, dy, ddx]);
    const pair = await mishDoubleBackwardAsync(a, dy, ddx, { device, transfer: true });
    assert.deepEqual([a.length, dy.length, ddx.length], [0, 0, 0]);
    assert.ok(sameBits(pair.x, expected[0]!) && sameBits(pair.dy, expected[1]!));
    assert.equal(pair.x.buffer.byteLength, pair.x.byteLength);
  });

  it('one array given away twice is x and dy', async () => {
    const both = x();
    const expected = plain(opCases[5]!, 'float32', device, [both, both, both]);
    const options = { device, transfer: true };
    const pair = await mishDoubleBackwardAsync(both, both, both, options);
    assert.ok(sameBits(pair.x, expected[0]!) && sameBits(pair.dy, expected[1]!));
    assert.notEqual(pair.x.buffer, pair.dy.buffer);
  });

  it('no elements need no job', async () => {
    for (const transfer of [false, true]) {
      const result = await mishAsync(new Float32Array(0), { device, transfer });
      assert.equal(result.length, 0);
    }
    assert.equal((await mishAsync(Tensor.zeros([0, 3], { device }))).size, 0);
  });

  it('fast is fast', async () => {
    const fast = { device, precision: 'fast' } as const;
    assert.ok(sameBits(await mishAsync(x(), fast), mish(x(), fast)));
  });

  it('memory() counts them until they settle', async () => {
    const calls = [mishAsync(x(), { device }), mishDerivativeAsync(x(), { device, order: 2 })];
    assert.equal(memory().inFlight, 2);
    await Promise.all(calls);
    assert.equal(memory().inFlight, 0);
  });

  const refused: readonly (readonly [MishErrorCode, string, () => Promise<unknown>])[] = [
    ['ERR_MISH_ARGUMENT', 'no array', () => mishAsync(any('1'))],
    ['ERR_MISH_ARGUMENT', 'a number', () => mishAsync(any(1))],
    ['ERR_MISH_ARGUMENT', 'an unknown option', () => mishAsync(x(), any({ transfers: true }))],
    ['ERR_MISH_ARGUMENT', 'a transfer that is no flag', () => mishAsync(x(), any({ transfer: 1 }))],
    ['ERR_MISH_ARGUMENT', 'a signal that is none', () => mishAsync(x(), any({ signal: {} }))],
    ['ERR_MISH_ARGUMENT', 'an out on an ArrayBuffer', () => mishAsync(x(), { out: x() })],
    [
      'ERR_MISH_ARGUMENT',
      'a part given away',
      () => mishAsync(x().subarray(1), { transfer: true }),
    ],
    [
      'ERR_MISH_ARGUMENT',
      'shared memory given away',
      () => mishAsync(shared(x()), { transfer: true }),
    ],
    [
      'ERR_MISH_ARGUMENT',
      'one of two given away that cannot be',
      () => mishBackwardAsync(x(), shared(x()), { transfer: true }),
    ],
    [
      'ERR_MISH_ARGUMENT',
      'accumulate without out',
      () => mishBackwardAsync(x(), x(), { accumulate: true }),
    ],
    [
      'ERR_MISH_ARGUMENT',
      'a Tensor given away',
      () => mishAsync(Tensor.from([1]), any({ transfer: true })),
    ],
    [
      'ERR_MISH_ARGUMENT',
      'out of a Tensor',
      () => mishAsync(Tensor.from([1]), any({ out: Tensor.from([1]) })),
    ],
    ['ERR_MISH_ARGUMENT', 'order 3', () => mishDerivativeAsync(x(), any({ order: 3 }))],
    ['ERR_MISH_DTYPE', 'bits without dtype', () => mishAsync(any(new Uint16Array(1)))],
    ['ERR_MISH_LENGTH', 'two lengths', () => mishBackwardAsync(x(), new Float32Array(3))],
    [nowhereCode(), 'no such device', () => mishAsync(x(), { device: nowhere })],
  ];
  for (const [code, what, call] of refused) {
    it(`${what}: rejects with ${code}`, async () => {
      await assertRejects(code, call);
      assert.equal(memory().inFlight, 0);
    });
  }

  it('shared operands that partly overlap: ERR_MISH_OVERLAP, and nothing is written', async () => {
    const all = shared(newElements('float32', 12).map((_, i) => i) as Float32Array);
    const before = all.slice();
    const at = (begin: number) => all.subarray(begin, begin + 4);
    const { doubleBackward } = asyncCalls;
    await assertRejects('ERR_MISH_OVERLAP', () => mishAsync(at(0), { device, out: at(1) }));
    const add = { device, accumulate: true, out: at(0) };
    await assertRejects('ERR_MISH_OVERLAP', () => mishBackwardAsync(at(0), at(4), add));
    const outs = [at(0), at(2)];
    await assertRejects('ERR_MISH_OVERLAP', () =>
      doubleBackward([at(8), at(8), at(8)], { device }, outs),
    );
    assert.ok(sameBits(all, before));
    assert.equal(memory().inFlight, 0);
  });

  it('that are many settle in many turns of the event loop', async () => {
    const perTurn = [0];
    const call = () =>
      mishAsync(Float32Array.of(1), { device }).then(() => {
        perTurn[perTurn.length - 1]!++;
      });
    const calls = Array.from({ length: 2000 }, call);
    const until = performance.now() + 50;
    while (performance.now() < until); // all of them are computed
    const turn = (): void => {
      perTurn.push(0);
      if (memory().inFlight > 0) setImmediate(turn);
    };
    setImmediate(turn);
    await Promise.all(calls);
    const most = Math.max(...perTurn);
    // On js each is a message, of which Node hands out 1,000 a turn; it takes two busy cores to see that many.
    assert.ok(most <= (device === 'js' ? 1000 : 500), `${most} in one`);
  });

  it('of nothing belong to no scope', async () => {
    const { y } = scope(() => ({ y: mishAsync(Tensor.zeros([0], { device })) }));
    assert.equal((await y).disposed, false);
  });

  it('arrays that cannot all be given away are all still there', async () => {
    const [a, part] = [x(), x().subarray(1)];
    const options = { device, transfer: true };
    await assertRejects('ERR_MISH_ARGUMENT', () => mishBackwardAsync(part, part, options));
    await assertRejects('ERR_MISH_ARGUMENT', () => mishBackwardAsync(a, shared(x()), options));
    assert.deepEqual([a.length, part.length], [4, 3]);
  });
});
