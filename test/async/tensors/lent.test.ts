// Tensors in asynchronous calls: whose memory is lent, and when it is back; whose is copied.
import assert from 'node:assert/strict';
import { mish, mishAsync, mishBackward, mishBackwardAsync, Tensor } from 'node-mish';
import { shared } from '../../support/calls/async-calls.ts';
import { describeOnEachDevice } from '../../support/calls/calls.ts';
import { printedBy } from '../../support/child.ts';
import { assertCode, assertRejects } from '../../support/errors.ts';
import { sameBits } from '../../support/values/vectors.ts';

describeOnEachDevice('Tensors in asynchronous calls', (device) => {
  const length = 2 ** 16;
  const ramp = () =>
    Tensor.from(
      Float32Array.from({ length }, (_, i) => i / 1000 - 30),
      { device },
    );
  /** Natively host memory is lent; a worker of JavaScript gets a copy. What is on a device is in nobody's way. */
  const lends = device === 'cpu';
  const isOnHost = device !== 'cuda:0';

  it('are in use: nothing synchronous may have them or their views', async function () {
    if (!lends) this.skip();
    const t = ramp();
    const view = t.reshape([2, -1]);
    const part = view.subarray(10, 20);
    const expected = [t.mish().readSync(), part.readSync()] as const;
    const call = mishAsync(t);
    for (const each of [t, view, part]) {
      assert.match(String(each), /<in use>$/);
      const uses = [
        () => each.data,
        () => each.readSync(),
        () => each.item(),
        () => each.mish(),
        () => each.mish_(),
        () => mish(each),
        () => each.clone(),
        () => each.write(new Float32Array(each.size)),
        () => each.reshape([-1]),
        () => each.subarray(0, 1),
        () => each.toJSON(),
        () => each.cast('float64'),
        () => each.release(),
        () => each.to('js', { copy: true }),
      ];
      for (const use of uses) assertCode('ERR_MISH_IN_USE', use, String(use));
      await assertRejects('ERR_MISH_IN_USE', () => each.read());
    }
    const y = await call;
    assert.ok(sameBits(y.readSync(), expected[0]));
    assert.ok(sameBits(part.readSync(), expected[1]), 'views are of the memory where it is now');
    assert.ok(sameBits(view.data.subarray(10, 20), expected[1]));
  });

  it('may be in several calls at once, as views too', async () => {
    const t = ramp();
    const view = t.subarray(100, 200);
    const expected = [t.mish().readSync(), view.mish().readSync()];
    const calls = [mishAsync(t), mishAsync(view), mishAsync(t), mishAsync(view)];
    const results = await Promise.all([...calls, mishBackwardAsync(t, t)]);
    for (const i of [0, 1, 2, 3]) assert.ok(sameBits(results[i]!.readSync(), expected[i % 2]!));
    assert.ok(sameBits(results[4]!.readSync(), mishBackward(t, t).readSync()));
    assert.equal(t.readSync().length, length);
  });

  it('may be disposed meanwhile: the memory goes when the call has ended', async () => {
    const t = ramp();
    const expected = t.mish().readSync();
    const call = mishAsync(t);
    t.dispose();
    assert.equal(t.disposed, true);
    assert.match(String(t), /<disposed>$/);
    assertCode('ERR_MISH_DISPOSED', () => t.readSync());
    await assertRejects('ERR_MISH_DISPOSED', () => mishAsync(t));
    assert.ok(sameBits((await call).readSync(), expected));
    const printed = printedBy(`
      const t = mish.Tensor.zeros([1000], { device: '${device}' });
      const call = mish.mishAsync(t);
      t.dispose();
      const bytes = () => mish.memory().bytes['${device}'] ?? 0;
      const during = bytes();
      const y = await call;
      const after = bytes();
      y.dispose();
      console.log(during, after, JSON.stringify(mish.memory()));`);
    const pooled = isOnHost ? {} : { 'cuda:0': 8192 }; // of t and y
    const none = { tensors: 0, bytes: {}, pooled, inFlight: 0 };
    assert.equal(printed, `${lends ? 4000 : 0} 4000 ${JSON.stringify(none)}`);
  });

  it('whose data was asked for are copied, and stay free', async function () {
    if (!isOnHost) this.skip();
    const t = ramp();
    const { data } = t;
    const expected = t.mish().readSync();
    const call = mishAsync(t.reshape([-1, 2]));
    data.fill(0);
    structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
    assert.ok(sameBits((await call).readSync(), expected));
  });

  it('that wrap an array are copied, and stay free', async () => {
    const x = Float32Array.of(1, 2, 3);
    const t = Tensor.wrap(x);
    const expected = mish(x);
    const call = mishAsync(t);
    t.data.fill(0);
    structuredClone(x.buffer, { transfer: [x.buffer] });
    assert.ok(sameBits((await call).readSync(), expected));
    await assertRejects('ERR_MISH_DETACHED', () => mishAsync(t));
  });

  it('that wrap shared memory are used where they are', async () => {
    const t = Tensor.wrap(shared(Float32Array.of(1, 2, 3)));
    const call = mishAsync(t);
    assert.equal(t.readSync().length, 3);
    assert.ok(sameBits((await call).readSync(), mish(Float32Array.of(1, 2, 3))));
  });

  it('that are given up come back free, with their memory, when another operand is refused', async () => {
    const t = ramp();
    const other = Tensor.zeros([2], { device });
    await assertRejects('ERR_MISH_SHAPE', () => mishBackwardAsync(t, other as never));
    assert.equal(t.readSync().length, length);
  });
});
