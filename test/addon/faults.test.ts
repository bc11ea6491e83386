// When the system gives no memory or no threads, and when a job ends before it is done: at every point at which
// that can happen, the right error or a slower right result; never an abort, a hang, or something left behind.
import assert from 'node:assert/strict';
import { installSeams, noSeamsPackage } from '../support/addon/seams-package.ts';
import { moduleChild } from '../support/child.ts';
import { scratchDirectory } from '../support/repository.ts';

/**
 * Calls of every kind. Prints how each ended ('fine', 'wrong' or an error's code), what computes, what is in
 * flight, and what of the addon's memory is alive more than when there are no calls.
 */
const calls = `
  import { createRequire } from 'node:module';
  const x = Float32Array.from({ length: 2 ** 18 }, (_, i) => i / 9999 - 20);
  const shared = new Float32Array(new SharedArrayBuffer(x.byteLength));
  shared.set(x);
  const expected = Buffer.from(mish.mish(x, { device: 'js' }).buffer);
  const same = (y) => Buffer.compare(Buffer.from((y.data ?? y).slice().buffer), expected) === 0;
  const outcome = (promise) => promise.then((y) => (same(y) ? 'fine' : 'wrong'), (error) => error.code ?? String(error));
  const { file } = mish.backend;
  const addon = file ? createRequire(import.meta.url)(file) : undefined;
  mish.setThreads(4);
  const t = mish.Tensor.from(x);
  const outcomes = [];
  for (let i = 0; i < 2; i++) {
    const sync = new Promise((resolve) => resolve(mish.mish(x)));
    const asynchronous = [
      mish.mishAsync(x),
      mish.mishAsync(x.slice(), { transfer: true }),
      mish.mishAsync(shared),
      mish.mishAsync(t),
      mish.mishAsync(x, { signal: new AbortController().signal }),
    ];
    outcomes.push(...await Promise.all([sync, ...asynchronous].map(outcome)));
  }
  const { worker: thread, posted } = inWorker('mish.mishAsync(new Float32Array(9)).then((y) => post(y[0] === 0 ? "fine" : "wrong"), (error) => post(error.code));');
  const worker = await posted;
  await thread.terminate();
  t.dispose();
  // The environment's own two, and what it has for asynchronous calls once there was one.
  const left = addon ? addon.liveAllocations() - 3 : 0;
  console.log(JSON.stringify({ outcomes, worker, name: mish.backend.name, inFlight: mish.memory().inFlight, left }));`;

interface Found {
  readonly outcomes: readonly string[];
  readonly worker: string;
  readonly name: string;
  readonly inFlight: number;
  readonly left: number;
}

describe(`faults${noSeamsPackage}`, () => {
  const directory = scratchDirectory();
  before(function () {
    if (noSeamsPackage) this.skip();
    installSeams(directory);
  });

  function run(change: NodeJS.ProcessEnv): Found {
    const { exit, stdout, stderr } = moduleChild(calls, change, directory);
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' }, JSON.stringify(change));
    const found = JSON.parse(stdout) as Found;
    assert.equal(found.inFlight, 0);
    return found;
  }

  const all = (outcome: string) => Array.from({ length: 12 }, () => outcome);

  it('none: every call is fine, and nothing is left behind', () => {
    const { outcomes, worker, left, name } = run({});
    assert.deepEqual(
      { outcomes, worker, left, name },
      { outcomes: all('fine'), worker: 'fine', left: 0, name: 'native' },
    );
  });

  it('no memory, at every allocation of the addon: that call rejects with ERR_MISH_OOM', function () {
    this.timeout(120_000);
    // 1, 2: the environment's, 3: what it has for asynchronous calls, then one a call; the worker's come last.
    let failed = 0;
    for (let k = 1; k <= 18; k++) {
      const { outcomes, worker, name, left } = run({ MISH_TEST_FAIL_ALLOCATION: String(k) });
      const wrong = [...outcomes, worker].filter((each) => each !== 'fine');
      if (k <= 2) {
        // Without the addon JavaScript computes, and says why; the worker's own addon loads.
        assert.deepEqual({ name, wrong }, { name: 'js', wrong: [] });
        continue;
      }
      assert.equal(name, 'native');
      const inWorkerAddon = k === 14 || k === 15;
      assert.deepEqual(wrong, k > 17 || inWorkerAddon ? [] : ['ERR_MISH_OOM'], `allocation ${k}`);
      assert.equal(left, 0, `allocation ${k}`);
      failed += wrong.length;
    }
    assert.equal(failed, 13);
  });

  it('no thread, at every creation: the bits are right all the same', () => {
    for (let k = 1; k <= 5; k++) {
      const { outcomes, worker } = run({ MISH_TEST_FAIL_THREAD: String(k) });
      assert.deepEqual([...outcomes, worker], [...all('fine'), 'fine'], `creation ${k}`);
    }
  });

  it('a job that ends before it is done, at every piece: it rejects, and what it had is free', function () {
    this.timeout(120_000);
    let failed = 0;
    for (const k of [1, 2, 3, 5, 9, 20, 60, 150, 400]) {
      const { outcomes, left } = run({ MISH_TEST_FAIL_PIECE: String(k) });
      assert.equal(left, 0);
      const wrong = outcomes.filter((each) => each !== 'fine');
      assert.ok(
        wrong.every((code) => code === 'ERR_MISH_UNSUPPORTED'),
        `piece ${k}: ${wrong}`,
      );
      failed += wrong.length;
    }
    assert.ok(failed > 20, `${failed} jobs failed`);
  });
});
