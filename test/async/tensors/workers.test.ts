// Any number of workers: they compute at once, are terminated at any moment, move tensors between each other,
// and end with the process, whose exit code stays the user's.
import assert from 'node:assert/strict';
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { memory, mish, Tensor } from 'node-mish';
import { installSeams, noSeamsPackage } from '../../support/addon/seams-package.ts';
import { shared } from '../../support/calls/async-calls.ts';
import { usableDevices } from '../../support/calls/calls.ts';
import { exitsAtAnyMoment, moduleChild, printedBy } from '../../support/child.ts';
import { assertCode } from '../../support/errors.ts';
import { root, scratchDirectory } from '../../support/repository.ts';
import { sameBits } from '../../support/values/vectors.ts';

const any = (value: unknown): never => value as never;

/** How many workers are started and terminated, and how many processes exit: fewer under a sanitizer. */
const workers = Number(process.env['MISH_TEST_WORKERS'] ?? 100);
const exits = Number(process.env['MISH_TEST_EXITS'] ?? 50);

function wasmBuffer(): ArrayBuffer {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };
  };
  return new WebAssembly.Memory({ initial: 1 }).buffer;
}

/** Not on Node 22 and later; 20 makes a copy, without a word. */
function isMovable(buffer: ArrayBuffer): boolean {
  try {
    structuredClone(buffer, { transfer: [buffer] });
    return true;
  } catch {
    return false;
  }
}

describe('workers that are terminated', () => {
  const directory = scratchDirectory();

  it(`leave nothing behind, with 8 jobs in flight each${noSeamsPackage}`, function () {
    if (noSeamsPackage) this.skip();
    this.timeout(240_000);
    installSeams(directory);
    const body =
      'const x = () => new Float32Array(2 ** 19).fill(-1);' +
      'const again = () => mish.mishAsync(x(), { transfer: true }).then(again);' +
      'for (let i = 0; i < 8; i++) again();' +
      'post(mish.memory().inFlight);';
    const printed = printedBy(
      `
      import { createRequire } from 'node:module';
      const addon = createRequire(import.meta.url)(mish.backend.file);
      await mish.mishAsync(large);
      const before = addon.liveAllocations();
      const inFlight = new Set();
      for (let i = 0; i < ${workers}; i++) {
        const { worker, posted } = inWorker(${JSON.stringify(body)});
        inFlight.add(await posted);
        await setTimeout((i * 7) % 11);
        await worker.terminate();
      }
      await mish.mishAsync(large);
      console.log([...inFlight].join(), addon.liveAllocations() - before, JSON.stringify(mish.memory()));`,
      {},
      directory,
    );
    assert.equal(printed, '8 0 {"tensors":0,"bytes":{},"pooled":{},"inFlight":0}');
  });

  for (const device of usableDevices) {
    it(`may be so while they start, several at once, on ${device}`, function () {
      this.timeout(120_000);
      const body = `for (;;) { mish.mishAsync(new Float32Array(1000), { device: '${device}' }); }`;
      const printed = printedBy(`
        const worker = () => {
          const { worker, posted } = inWorker(${JSON.stringify(body)});
          posted.catch(() => {});
          return worker;
        };
        for (let i = 0; i < 8; i++) {
          const group = [worker(), worker(), worker()];
          await setTimeout(i * 12);
          await Promise.all(group.map((each) => each.terminate()));
        }
        const y = await mish.mishAsync(Float32Array.of(0), { device: '${device}' });
        console.log(y[0], mish.memory().inFlight);`);
      assert.equal(printed, '0 0');
    });
  }
});

describe('the addon in workers', () => {
  it('only, and the process goes on when they have ended', () => {
    const printed = printedBy(`
      // The package is imported here, but its addon is not loaded before the first call.
      const body = 'mish.mishAsync(new Float32Array(2 ** 20)).then((y) => post(y.length));';
      for (let i = 0; i < 3; i++) {
        const { worker, posted } = inWorker(body);
        if (await posted !== 2 ** 20) throw new Error('wrong');
        await worker.terminate();
      }
      await setTimeout(20);
      console.log((await mish.mishAsync(Float32Array.of(0)))[0]);`);
    assert.equal(printed, '0');
  });

  it('in many, each with its own calls in flight', () => {
    const printed = printedBy(`
      const body = 'const xs = Array.from({ length: 200 }, (_, i) => Float32Array.of(i));' +
        'Promise.all(xs.map((x) => mish.mishAsync(x))).then((ys) =>' +
        'post(ys.every((y, i) => y[0] === mish.mish(xs[i])[0])));';
      const all = Array.from({ length: 6 }, () => inWorker(body).posted);
      console.log((await Promise.all(all)).join());`);
    assert.equal(printed, 'true,true,true,true,true,true');
  });
});

describe('process.exit(3)', () => {
  for (const device of usableDevices) {
    it(`exits with 3 at any moment, with jobs in flight on ${device}`, function () {
      this.timeout(240_000);
      const runs = device === 'cpu' ? exits : Math.ceil(exits / 5);
      for (let i = 0; i < runs; i++) {
        const inFlight = `
          const again = () => mish.mishAsync(new Float32Array(2 ** 18), { device: '${device}' }).then(again);
          for (let i = 0; i < 4; i++) again();`;
        const workerBody = JSON.stringify(inFlight.replaceAll('\n', ''));
        const code = `${inFlight}
          if (${i % 2 === 1}) inWorker(${workerBody}).posted.catch(() => {});
          await setTimeout(${(i * 5) % 31});
          process.exit(3);`;
        const { exit, stderr } = moduleChild(code, {}, root, exitsAtAnyMoment);
        assert.deepEqual({ exit, stderr }, { exit: 3, stderr: '' }, `run ${i}`);
      }
    });
  }

  for (const device of usableDevices) {
    it(`a process ends by itself when no call is in flight, and not before, on ${device}`, () => {
      const { exit, stdout, stderr } = moduleChild(`
        mish.mishAsync(large, { device: '${device}' }).then((y) => console.log(y.length));`);
      const printed = `${2 ** 22}\n`;
      assert.deepEqual({ exit, stdout, stderr }, { exit: 0, stdout: printed, stderr: '' });
    });
  }
});

describe('the package twice in a thread, as test runners have it', () => {
  const directory = scratchDirectory();

  it('computes in both copies, whichever is first', () => {
    for (const name of ['dist', 'package.json']) {
      cpSync(join(root, name), join(directory, name), { recursive: true });
    }
    for (const name of ['node_modules', 'build', 'prebuilds']) {
      if (existsSync(join(root, name))) symlinkSync(join(root, name), join(directory, name));
    }
    const second = pathToFileURL(join(directory, 'dist/index.js'));
    const outcome = moduleChild(`
      const twin = await import('${second}');
      if (twin.mishAsync === mish.mishAsync) throw new Error('one copy');
      for (const { mishAsync } of [twin, mish, twin]) {
        console.log((await mishAsync(Float32Array.of(0, 0)))[1]);
      }`);
    assert.deepEqual(outcome, { exit: 0, stdout: '0\n0\n0\n', stderr: '' });
  });
});

describe('the worker of js', () => {
  it('may be ended by the program, at work or not: the next call gets another', () => {
    const printed = printedBy(`
      const device = 'js';
      const workers = [];
      process.on('worker', (worker) => workers.push(worker));
      const end = () => Promise.all(workers.splice(0).map((worker) => worker.terminate()));
      const y = async () => (await mish.mishAsync(Float32Array.of(0), { device }))[0];
      const values = [await y()];
      await end();
      values.push(await y());
      const lost = mish.mishAsync(large.slice(), { device }).then(() => 'fine', ({ code }) => code);
      await end();
      values.push(await lost, await y());
      console.log(...values, mish.memory().inFlight);`);
    assert.equal(printed, '0 0 ERR_MISH_UNSUPPORTED 0 0');
  });
});

describe('release and adopt', () => {
  const values = () => Float32Array.of(1, 2, 3, 4, 5, 6);

  for (const device of usableDevices) {
    if (device === 'cuda:0') continue; // what is on a device is not sent
    it(`move a Tensor to another worker and back, without a copy, on ${device}`, () => {
      const body =
        'const { parentPort } = require("node:worker_threads");' +
        'parentPort.on("message", async (token) => {' +
        'const t = mish.Tensor.adopt(token); const y = await mish.mishAsync(t);' +
        'const back = y.release(); parentPort.postMessage(back, back.transferList);' +
        'mish.memory().tensors === 1 || process.exit(1); });' +
        'post("on");';
      const printed = printedBy(`
        const { worker, posted } = inWorker(${JSON.stringify(body)});
        await posted;
        const t = mish.Tensor.from([[1, 2, 3], [4, 5, 6]], { dtype: 'float16', device: '${device}' });
        const expected = t.mish().toArray();
        const token = t.release();
        const [buffer] = token.transferList;
        worker.postMessage(token, token.transferList);
        const message = await new Promise((resolve) => worker.once('message', resolve));
        const y = mish.Tensor.adopt(message);
        await worker.terminate();
        console.log(t.disposed, buffer.byteLength, y.dtype, y.shape.join(), y.device.id,
          JSON.stringify(y.toArray()) === JSON.stringify(expected));`);
      assert.equal(printed, `true 0 float16 2,3 ${device} true`);
    });
  }

  it('in one thread too; a token is good for one tensor', () => {
    const before = memory().tensors;
    const token = Tensor.from(values(), { shape: [2, 3] }).release();
    const t = Tensor.adopt(token);
    assert.equal(memory().tensors, before + 1);
    assert.deepEqual(t.toArray(), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    assertCode('ERR_MISH_DETACHED', () => Tensor.adopt(token));
    t.dispose();
  });

  it('of views: the last of them takes the memory', () => {
    const t = Tensor.from(values());
    const part = t.subarray(2, 5);
    assertCode('ERR_MISH_IN_USE', () => part.release());
    assertCode('ERR_MISH_IN_USE', () => t.release());
    t.dispose();
    assert.deepEqual(Tensor.adopt(part.release()).toArray(), [3, 4, 5]);
  });

  it('of what wraps an array: all of its buffer, shared memory, and nothing in between', () => {
    const whole = values();
    assert.deepEqual(Tensor.adopt(Tensor.wrap(whole).release()).toArray(), [...values()]);
    assert.equal(whole.length, 0);
    const part = Tensor.wrap(values().subarray(1));
    assertCode('ERR_MISH_UNSUPPORTED', () => part.release());
    assert.equal(part.size, 5);
    const buffer = wasmBuffer();
    const unmovable = Tensor.wrap(new Float32Array(buffer));
    if (!isMovable(buffer)) {
      assertCode('ERR_MISH_UNSUPPORTED', () => unmovable.release());
      assert.equal(unmovable.disposed, false);
    }
    const both = shared(values());
    const token = Tensor.wrap(both).release();
    assert.deepEqual(token.transferList, []);
    const t = Tensor.adopt(structuredClone({ ...token }) as typeof token);
    both[0] = 9;
    assert.equal(t.readSync()[0], 9);
    assert.ok(sameBits(t.mish().readSync(), mish(both)));
  });

  it('refuse tokens that are none, whatever is in them', () => {
    const { message, transferList } = Tensor.from(values()).release();
    const fields = message as Readonly<Record<string, unknown>>;
    const wrong: readonly unknown[] = [
      undefined,
      null,
      1,
      [],
      {},
      { message: 1 },
      { message: { ...fields, buffer: new Float32Array(6) } },
      { message: { ...fields, buffer: {} } },
      { message: { ...fields, shape: [7] } },
      { message: { ...fields, byteOffset: 4 } },
      { message: { ...fields, byteOffset: 2 } },
      { message: { ...fields, device: 'gpu' } },
      { message: { ...fields, more: 1 } },
    ];
    for (const token of wrong) assertCode('ERR_MISH_ARGUMENT', () => Tensor.adopt(any(token)));
    const bad = (change: object) => ({ message: { ...fields, ...change } });
    assertCode('ERR_MISH_DTYPE', () => Tensor.adopt(any(bad({ dtype: 'int8' }))));
    assertCode('ERR_MISH_LENGTH', () => Tensor.adopt(any(bad({ shape: [-1] }))));
    assertCode('ERR_MISH_LENGTH', () => Tensor.adopt(any(bad({ byteOffset: -4 }))));
    assert.deepEqual(Tensor.adopt({ message, transferList }).size, 6);
  });
});
