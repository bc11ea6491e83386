// Asynchronous calls that are ended early, and those that are too many: every promise settles, and what was in
// use is free then.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { memory, mish, mishAsync, Tensor } from 'node-mish';
import { shared } from '../support/calls/async-calls.ts';
import { describeOnEachDevice } from '../support/calls/calls.ts';
import { printedBy } from '../support/child.ts';
import { assertRejects } from '../support/errors.ts';
import { sameBits } from '../support/values/vectors.ts';

/** Takes some 100 ms natively, seconds in JavaScript: ends no test before it is aborted. */
const long = () => new Float64Array(2 ** 25).fill(-1);

describeOnEachDevice('aborted calls', (device) => {
  const rejects = async (call: Promise<unknown>, reason: unknown) =>
    assert.equal(
      await call.then(
        () => assert.fail('no rejection'),
        (error) => error,
      ),
      reason,
    );

  it('reject with the reason at once when the signal is aborted before', async () => {
    const reason = { any: 'value' };
    const x = Float32Array.of(1);
    await rejects(
      mishAsync(x, { device, transfer: true, signal: AbortSignal.abort(reason) }),
      reason,
    );
    assert.equal(x.length, 1, 'not given away');
  });

  it('reject with the reason while they are computed, and are then over', async () => {
    const controller = new AbortController();
    const call = mishAsync(long(), { device, signal: controller.signal, transfer: true });
    setImmediate(() => controller.abort('enough')); // with many CPUs the job takes few milliseconds
    await rejects(call, 'enough');
    assert.equal(memory().inFlight, 0);
  });

  it('reject while they wait for their turn, behind one that goes on', async function () {
    if (device === 'cuda:0') this.skip(); // a device's calls settle in their order, aborted or not
    await mishAsync(Float32Array.of(1), { device }); // the threads are there
    const controller = new AbortController();
    const { signal } = controller;
    let first = false;
    const going = mishAsync(long(), { device, transfer: true }).then(() => {
      first = true;
    });
    const make = () => mishAsync(Float32Array.of(1), { device, signal });
    const waiting = Array.from({ length: 1000 }, make);
    const all = Promise.allSettled([going, ...waiting]);
    setImmediate(() => controller.abort('all'));
    // A worker has the first few already, and looks at them when it is done with the one before.
    const outcomes = await Promise.allSettled(waiting.slice(100));
    assert.ok(outcomes.every((each) => each.status === 'rejected' && each.reason === 'all'));
    assert.equal(first, false);
    await all;
  });

  it('may share a signal by the thousand, and each have their own', async () => {
    const one = new AbortController();
    const controllers = Array.from({ length: 3000 }, (_, i) =>
      i % 3 ? new AbortController() : one,
    );
    const calls = controllers.map(({ signal }, i) =>
      mishAsync(Float32Array.of(i), { device, signal }),
    );
    for (const controller of controllers) controller.abort();
    const outcomes = await Promise.allSettled(calls);
    const wrong = outcomes.filter((each, i) =>
      each.status === 'rejected'
        ? each.reason.name !== 'AbortError'
        : !sameBits(each.value, mish(Float32Array.of(i))),
    );
    assert.deepEqual(wrong, []);
    assert.equal(memory().inFlight, 0);
  });

  it('reject also where another listener keeps the abort from those after it', async () => {
    const controller = new AbortController();
    controller.signal.addEventListener('abort', (event) => event.stopImmediatePropagation());
    const call = mishAsync(long(), { device, signal: controller.signal, transfer: true });
    controller.abort('mine');
    await rejects(call, 'mine');
  });

  it('leave no listener on the signal, which would keep it alive', async () => {
    const { signal } = new AbortController();
    const calls = [1, 2, 3].map((n) => mishAsync(Float32Array.of(n), { device, signal }));
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    await Promise.all(calls);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('under fake timers reject no later, and neither do those after it', async () => {
    const fake = (() => assert.fail('a fake timer was used')) as unknown as typeof setImmediate;
    for (const replaced of [fake, setImmediate]) {
      const before = globalThis.setImmediate;
      globalThis.setImmediate = replaced;
      try {
        const controller = new AbortController();
        const call = mishAsync(long(), { device, signal: controller.signal, transfer: true });
        const queued = mishAsync(Float32Array.of(1), { device, signal: controller.signal });
        const settled = Promise.allSettled([queued]); // another thread may be done with it before
        controller.abort('gone');
        await rejects(call, 'gone');
        await settled;
      } finally {
        globalThis.setImmediate = before;
      }
    }
  });

  it('need a real signal', async () => {
    const fakes = [Object.create(AbortSignal.prototype), { aborted: false }, 'abort', null];
    for (const signal of fakes) {
      const options = { device, signal };
      await assertRejects('ERR_MISH_ARGUMENT', () => mishAsync(Float32Array.of(1), options));
    }
  });

  it('a signal that is aborted afterwards changes nothing', async () => {
    const controller = new AbortController();
    const y = await mishAsync(Float32Array.of(1), { device, signal: controller.signal });
    controller.abort();
    assert.ok(sameBits(y, mish(Float32Array.of(1))));
  });

  it('a Tensor is free again', async () => {
    const controller = new AbortController();
    const t = Tensor.zeros([2 ** 23], { device, dtype: 'float64' });
    const call = mishAsync(t, { signal: controller.signal });
    controller.abort('gone');
    await rejects(call, 'gone');
    assert.equal(t.readSync().length, 2 ** 23);
    t.dispose();
  });

  it('an out is written to by nothing more', async () => {
    const controller = new AbortController();
    const out = shared(long());
    const call = mishAsync(out, { device, out, signal: controller.signal });
    setImmediate(() => controller.abort('stop'));
    await rejects(call, 'stop');
    const before = out.reduce((sum, each) => sum + each, 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(
      out.reduce((sum, each) => sum + each, 0),
      before,
    );
  });

  it('a getter of the options may abort: then nothing begins', async () => {
    const controller = new AbortController();
    const options = {
      device,
      signal: controller.signal,
      get precision() {
        controller.abort('by the getter');
        return 'exact' as const;
      },
    };
    const x = Float32Array.of(1);
    await rejects(mishAsync(x, options), 'by the getter');
  });

  it('a reason that throws when it is read is what the call rejects with', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = mishAsync(long(), { device, signal, transfer: true });
    Object.defineProperty(signal, 'reason', {
      get() {
        throw new Error('read');
      },
    });
    controller.abort();
    assert.match(
      String(
        await call.then(
          () => assert.fail('no rejection'),
          (error) => error,
        ),
      ),
      /read/,
    );
    assert.equal(memory().inFlight, 0);
  });
});

describe('too many calls', () => {
  it('reject with ERR_MISH_QUEUE_FULL, give nothing away, and the others settle', () => {
    const printed = printedBy(`
      const most = 2 ** 17;
      const x = new Float32Array(1);
      const calls = [];
      for (let i = 0; i < most; i++) calls.push(mish.mishAsync(x));
      const refused = [mish.mishAsync(x, { transfer: true }), mish.mishAsync(mish.Tensor.from([1]))];
      const codes = (await Promise.allSettled(refused)).map(({ reason }) => reason.code);
      const settled = await Promise.all(calls);
      const after = await mish.mishAsync(x);
      console.log(codes.join(), x.length, settled.length === most, after.length, mish.memory().inFlight);`);
    const full = 'ERR_MISH_QUEUE_FULL';
    assert.equal(printed, `${full},${full} 1 true 1 0`);
  });
});
