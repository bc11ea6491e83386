// What programs may do to the CUDA side: call the addon's functions with anything, let go of arrays that a device
// has, run out of stack in the middle of a call, abort what fails. Nothing of it crashes, hangs or loses an error.
import assert from 'node:assert/strict';
import { mishAsync, Tensor } from 'node-mish';
import { begin, collected, noFake } from '../../support/addon/fake-cuda.ts';
import { moduleChild, printedBy } from '../../support/child.ts';
import { assertCode } from '../../support/errors.ts';

const gpu = { device: 'cuda:0' } as const;
const raw = `
  import { createRequire } from 'node:module';
  const addon = createRequire(import.meta.url)(mish.backend.file);
  const { cuda } = addon;
  const status = (index) => addon.statuses[index];`;

describe(`hostile programs and CUDA${noFake}`, () => {
  before(function () {
    if (noFake) this.skip();
    begin();
  });
  afterEach(async () => {
    if (noFake) return;
    await collected();
    begin();
  });

  it('settleMore before connect does nothing', () => {
    assert.equal(printedBy(`${raw} addon.settleMore(); console.log('alive')`), 'alive');
  });

  it('anything may be passed to any function, and reaches no memory that is not its own', () => {
    const { exit, stdout, stderr } = moduleChild(`${raw}
      cuda.open(0);
      const handle = cuda.alloc(0, 64);
      const detached = new Float32Array(4);
      structuredClone(detached.buffer, { transfer: [detached.buffer] });
      const values = [undefined, null, 0, 1, -1, 0.5, NaN, Infinity, -Infinity, 2 ** 32, 2 ** 53, 1e308,
        handle, handle + 0.5, handle + 1, 1n, 'x', Symbol(), {}, [], () => {}, true, false,
        new Float32Array(4), new Float64Array(9), new Uint16Array(40), new Int8Array(3), detached,
        new Int32Array(1), new Int32Array(0), new DataView(new ArrayBuffer(8))];
      let seed = 1;
      const any = () => values[(seed = (seed * 48271) % 2147483647) % values.length];
      const names = Object.keys(cuda).filter((name) => name !== 'reset' && name !== 'fake');
      for (let i = 0; i < 200000; i++) {
        const name = names[i % names.length];
        if (name === 'probe' || (name === 'free' && i % 3)) continue;
        cuda[name](...Array.from({ length: i % 14 }, any));
      }
      addon.connect(() => {});
      for (let i = 0; i < 200000; i++) {
        const name = names[i % names.length];
        if (name === 'probe' || name === 'free' || name === 'finish' && i % 50) continue;
        cuda[name](...Array.from({ length: i % 14 }, any));
      }
      console.log(status(-cuda.alloc(0, 64.5)), status(cuda.open(0.5)), status(cuda.open(2 ** 32)));
      process.exit(0);`);
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' });
    assert.match(stdout, /^argument noDevice noDevice$/m);
  });

  it('an array that a device has is kept, whether or not its end was ever asked for', async () => {
    const printed = printedBy(`${raw}
      let settled = 0;
      addon.connect((record) => { if (record) settled++; });
      cuda.open(0);
      const handle = cuda.alloc(0, 2 ** 20);
      const refs = [];
      const holdOne = (i) => {
        const array = new Float32Array(2 ** 18);
        refs.push(new WeakRef(array));
        i % 2 ? cuda.upload(handle, 0, array, true) : cuda.download(handle, 0, array, true);
      };
      for (let i = 0; i < 20; i++) holdOne(i);
      const alive = () => refs.filter((ref) => ref.deref()).length;
      const collect = async () => { for (let i = 0; i < 5; i++) { await setTimeout(5); gc(); } };
      await collect();
      const during = alive();
      cuda.finish(0, {}, undefined);
      await collect();
      console.log(during, settled, alive());`);
    assert.equal(printed, '20 1 0');
  });

  it('a stack that ends in the middle of a call leaves no call twice settled, and none in use', () => {
    const { exit, stdout } = moduleChild(`
      const x = Float32Array.from({ length: 5000 }, (_, i) => i / 300 - 8);
      const y = mish.mish(x, { device: 'js' });
      const t = mish.Tensor.from(x, { device: 'cuda:0' });
      const calls = [];
      const attempt = (call) => {
        try { calls.push(call()); } catch {} // before there was a promise
      };
      const readLater = async () => (await mish.mishAsync(t)).readSync();
      const dive = () => {
        try { dive(); } finally {
          if (calls.length < 600) {
            attempt(() => mish.mishAsync(x, { device: 'cuda:0' }));
            attempt(() => t.read());
            attempt(readLater);
          }
        }
      };
      try { dive(); } catch (error) { console.log(error.name); }
      const outcomes = await Promise.allSettled(calls);
      const fine = outcomes.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
      const same = (a, b) => Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;
      console.log(fine.length > 300, fine.every((value) => same(value, x) || same(value, y)));
      console.log(mish.memory().inFlight, same(t.readSync(), x));`);
    assert.equal(exit, 0);
    assert.equal(stdout, 'RangeError\ntrue true\n0 true\n');
  });

  it('an aborted call takes no error of others along', async () => {
    begin({ FAULT: 'cuLaunchKernel:4=1' }); // the tables are 1 and 2
    using t = Tensor.from([1, 2, 3], gpu);
    using u = t.mish();
    const controller = new AbortController();
    const failing = t.mish(); // nobody waits for it
    const aborted = mishAsync(u, { signal: controller.signal }).catch((error: Error) => error);
    controller.abort(new Error('enough'));
    const reason = await aborted;
    const isTold = (reason as { code?: string }).code === 'ERR_MISH_CUDA';
    if (!isTold) {
      assert.equal((reason as Error).message, 'enough');
      const error = assertCode('ERR_MISH_CUDA', () => t.readSync());
      assert.equal((error as { cudaCode?: number }).cudaCode, 1);
    }
    assert.deepEqual(t.readSync(), Float32Array.of(1, 2, 3));
    failing.dispose();
  });

  it('where the system has no memory to pin, that is what is said', () => {
    begin({ FAULT: 'cuMemHostAlloc:1=2' });
    using t = Tensor.from([1, 2, 3], gpu);
    const error = assertCode('ERR_MISH_OOM', () => t.readSync());
    assert.match(error.message, /the system gave no memory/);
  });
});
