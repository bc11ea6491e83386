// Tensors on a CUDA device: made, moved, read, written, computed on and freed as on the host, in the order of the
// calls, and without the event loop waiting for the device.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  device,
  getDefaultDevice,
  memory,
  mish,
  mishAsync,
  mishBackward,
  mishDoubleBackward,
  scope,
  setDefaultDevice,
  Tensor,
  withDevice,
} from 'node-mish';
import { begin, collected, counted, noFake } from '../support/addon/fake-cuda.ts';
import { assertCode, assertRejects } from '../support/errors.ts';

const gpu = { device: 'cuda:0' } as const;
const x = Float32Array.from({ length: 1000 }, (_, i) => i / 50 - 10);
const onCuda = (bytes: Readonly<Record<string, number>>): number => bytes['cuda:0'] ?? 0;

describe(`Tensors on a CUDA device${noFake}`, () => {
  before(function () {
    if (noFake) this.skip();
    begin();
  });
  after(() => {
    if (!noFake) begin();
  });

  it('hold what they were made of, in every dtype, and give it back', async () => {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      using here = Tensor.from(x, { dtype, device: 'cpu', shape: [10, 100] });
      using there = Tensor.from(x, { dtype, ...gpu, shape: [10, 100] });
      assert.equal(there.device, device('cuda'));
      assert.deepEqual(there.readSync(), here.readSync());
      assert.deepEqual(await there.read(), here.readSync());
      assert.deepEqual(there.toArray(), here.toArray());
      assert.deepEqual(there.toJSON(), here.toJSON());
      using moved = there.to('cpu');
      assert.deepEqual(moved.data, here.data);
      using back = moved.to('cuda:0');
      assert.deepEqual(back.readSync(), here.readSync());
      assert.equal(back.to('cuda'), back);
      using copy = back.to('cuda', { copy: true });
      assert.notEqual(copy, back);
      assert.deepEqual(copy.readSync(), here.readSync());
      using cast = there.cast('float64');
      assert.deepEqual([cast.device.id, cast.dtype], ['cuda:0', 'float64']);
    }
  });

  it('are zeros where that was asked for, and scalars and nothing as well', () => {
    using ones = Tensor.from(new Float32Array(100).fill(1), gpu);
    ones.dispose(); // its memory is what the next gets
    using zeros = Tensor.zeros([100], gpu);
    assert.ok(zeros.readSync().every((element) => element === 0));
    using scalar = Tensor.from(3, gpu);
    assert.equal(scalar.item(), 3);
    using none = Tensor.empty([0, 3], gpu);
    using result = none.mish();
    assert.deepEqual([none.readSync().length, result.readSync().length], [0, 0]);
  });

  it('share memory with their views, whatever the offset', () => {
    using whole = Tensor.from(x, gpu);
    for (const begin of [0, 1, 2, 3, 4, 5, 7, 8, 500, 999, 1000]) {
      using part = whole.subarray(begin);
      using y = part.mish();
      assert.deepEqual(y.readSync(), mish(x.slice(begin)));
      using moved = whole.subarray(begin, Math.min(begin + 40, 1000)).reshape([-1]);
      mish(moved, { out: moved });
      moved.write(x.slice(begin, Math.min(begin + 40, 1000)));
    }
    assert.deepEqual(whole.readSync(), x);
  });

  it('are read as the calls before left them, whatever comes after', async () => {
    using t = Tensor.from(x, gpu);
    const first = t.read();
    t.mish_();
    const second = t.read();
    t.write(new Float32Array(1000).fill(7));
    const third = t.read();
    const source = new Float32Array(1000).fill(8);
    t.write(source);
    source.fill(9); // was copied
    const fourth = t.read();
    t.dispose(); // also what is to be read is there until it was
    const y = mish(x);
    assert.deepEqual(await first, x);
    assert.deepEqual(await second, y);
    assert.deepEqual(await third, new Float32Array(1000).fill(7));
    assert.deepEqual(await fourth, new Float32Array(1000).fill(8));
  });

  it('run where they are, results too; two devices in one call are refused', async () => {
    using there = Tensor.from(x, gpu);
    using here = Tensor.from(x, { device: 'cpu' });
    using y = mish(there);
    assert.equal(y.device.id, 'cuda:0');
    using dx = mishBackward(there, y);
    assert.deepEqual(dx.readSync(), mishBackward(x, mish(x)));
    const double = mishDoubleBackward(there, y, dx);
    assert.deepEqual(double.x.readSync(), mishDoubleBackward(x, mish(x), dx.readSync()).x);
    using later = await mishAsync(there);
    assert.deepEqual([later.device.id, later.readSync()], ['cuda:0', mish(x)]);
    double.x.dispose();
    double.dy.dispose();
    assertCode('ERR_MISH_DEVICE_MISMATCH', () => mishBackward(there, here));
    assertCode('ERR_MISH_DEVICE_MISMATCH', () => mish(here, { out: there }));
    assertCode('ERR_MISH_DEVICE_MISMATCH', () => mish(there, { device: 'cpu' }));
    assertCode('ERR_MISH_OVERLAP', () => {
      mish(there.subarray(0, 10), { out: there.subarray(1, 11) });
    });
    assertCode('ERR_MISH_OVERLAP', () => {
      mishBackward(there, y, { out: there, accumulate: true });
    });
  });

  it('show no host memory, and are not sent to another worker', () => {
    using t = Tensor.from([1, 2, 3], gpu);
    assertCode('ERR_MISH_NOT_ON_HOST', () => t.data);
    assertCode('ERR_MISH_NOT_ON_HOST', () => t.release());
    assert.match(inspect(t), /float32.*cuda:0.*1, 2, 3/);
    assertCode('ERR_MISH_LENGTH', () => t.write(new Float32Array(2)));
    t.dispose();
    assertCode('ERR_MISH_DISPOSED', () => t.readSync());
  });

  it('are made on the default device, and on that of withDevice', () => {
    assert.equal(getDefaultDevice().id, 'cpu');
    using inside = withDevice('cuda', () => Tensor.zeros([2]));
    assert.equal(inside.device.id, 'cuda:0');
    try {
      setDefaultDevice('auto');
      using t = Tensor.from([1]);
      assert.equal(t.device.id, 'cuda:0');
      using wrapped = Tensor.wrap(new Float32Array(1));
      assert.equal(wrapped.device.id, 'cpu');
      assert.equal(mish(x)[500], 0, 'arrays are computed on the host');
      assert.equal(mish(0), 0);
    } finally {
      setDefaultDevice('cpu');
    }
  });

  it('abort as others do', async () => {
    using t = Tensor.from(x, gpu);
    const controller = new AbortController();
    const promise = mishAsync(t, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(promise, reason);
    await assert.rejects(t.read({ signal: controller.signal }), reason);
    await assertRejects('ERR_MISH_ARGUMENT', () => t.read({ signal: 1 } as never));
  });
});

describe(`memory of a CUDA device${noFake}`, () => {
  before(function () {
    if (noFake) this.skip();
  });
  beforeEach(async () => {
    if (noFake) return;
    await collected();
    begin();
  });
  after(() => {
    if (!noFake) begin();
  });

  it('is counted exactly, kept for later, and used again', () => {
    const t = Tensor.empty([1000], gpu);
    assert.equal(onCuda(memory().bytes), 4000);
    assert.equal(onCuda(memory().pooled), 0);
    const blocks = counted('liveBlocks');
    t.dispose();
    assert.equal(onCuda(memory().bytes), 0);
    assert.equal(onCuda(memory().pooled), 4096);
    const u = Tensor.empty([1001], gpu);
    assert.equal(onCuda(memory().pooled), 0);
    assert.equal(counted('liveBlocks'), blocks);
    u.dispose();
    {
      using _ = Tensor.empty([10], gpu);
      assert.equal(memory().tensors, 1);
    }
    assert.equal(memory().tensors, 0, '`using` frees at once');
    scope(() => void Tensor.from(x, gpu).mish());
    assert.equal(memory().tensors, 0, 'so does scope()');
  });

  it('comes back to nothing when a million tensors are dropped', async function () {
    this.timeout(240_000);
    const before = counted('liveBytes');
    Tensor.empty([1], gpu);
    const count = Number(process.env['MISH_TEST_DROPPED'] ?? 1_000_000);
    for (let i = 0; i < count; i++) {
      Tensor.empty([1000], gpu);
      if (i % 1000 === 0) await new Promise(setImmediate); // finalizers have turns of their own
    }
    await collected();
    assert.deepEqual([memory().tensors, onCuda(memory().bytes)], [0, 0]);
    const pooled = onCuda(memory().pooled);
    assert.ok(pooled < 500e6, `${pooled} bytes are kept`);
    // Besides what is kept, only the tables of a device that was opened since.
    assert.ok(counted('liveBytes') - before - pooled < 2e6);
    begin();
    assert.equal(counted('liveBytes'), before, 'nothing is left when the device is closed');
  });

  it('that is kept serves when there is no more: larger blocks, then all of it is given back', () => {
    begin({ MEMORY: String(64 * 2 ** 20) });
    const large = Tensor.empty([2 ** 23], gpu); // 32 MiB
    large.dispose();
    const first = counted('liveBlocks');
    const other = Tensor.empty([10 * 2 ** 20], gpu); // 40 MiB: not beside the other
    assert.equal(counted('liveBlocks'), first, 'one was given back for it');
    const error = assertCode('ERR_MISH_OOM', () => Tensor.empty([10 * 2 ** 20], gpu));
    assert.match(error.message, /dispose|scope/i);
    assert.equal((error as { cudaCode?: number }).cudaCode, 2);
    other.dispose();
    const bytes = counted('liveBytes');
    const small = Tensor.empty([9 * 2 ** 20], gpu); // of the next smaller class, for which no room is left
    assert.equal(counted('liveBytes'), bytes, 'the larger block served');
    small.dispose();
    assert.equal(memory().tensors, 0);
  });

  it('the event loop goes on while the device computes and copies', async () => {
    const kernelMs = 2000;
    begin({ DELAY_US: `${1000 * kernelMs}` });
    const t = Tensor.empty([2 ** 20], gpu); // the tables took their time, and are not waited for again
    const begun = performance.now();
    const y = t.mish();
    const reading = y.read();
    const called = performance.now() - begun;
    assert.ok(called < kernelMs, `the calls took ${called} ms`);
    let turns = 0;
    const ticking = setInterval(() => turns++, 5);
    await reading;
    clearInterval(ticking);
    assert.ok(performance.now() - begun >= kernelMs - 10);
    assert.ok(turns > 10, `${turns} turns`);
    t.dispose();
    y.dispose();
  });

  it('copies that wait for the device are bounded: writing more than 256 MiB ahead of it waits', () => {
    const kernelMs = 3000; // 240 MiB are copied within it, on two busy cores and under sanitizers too
    begin({ DELAY_US: String(kernelMs * 1000) });
    using t = Tensor.empty([2 ** 20], gpu);
    const source = new Float32Array(2 ** 20);
    const begun = performance.now();
    using y = t.mish();
    for (let i = 0; i < 60; i++) y.write(source);
    assert.ok(performance.now() - begun < kernelMs, 'before that, nothing waits for the kernel');
    for (let i = 0; i < 10; i++) y.write(source);
    assert.ok(performance.now() - begun >= kernelMs, 'past it, what is under way is waited for');
  });

  it('opening a device again finds nothing left of before', () => {
    const blocks = counted('liveBlocks');
    for (let i = 0; i < 5; i++) {
      Tensor.from(x, gpu).mish();
      begin();
      assert.equal(counted('liveBlocks'), blocks);
    }
  });
});
