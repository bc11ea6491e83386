// Threads: the same bits with any number of callers (of threads: settings/equal-bits.test.ts); helpers do their part,
// are never more than asked for, none before a large call; the exit code stays the user's.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { backend } from 'node-mish';
import { opCases } from '../../support/calls/calls.ts';
import { formats } from '../../support/calls/large.ts';
import { moduleChild, printedBy } from '../../support/child.ts';
import type { Callers } from '../../support/children/callers.ts';
import { node, root } from '../../support/repository.ts';

const native = backend.name === 'native';
const linux = process.platform === 'linux';
const notNative = native ? '' : ' (native-only: the addon is not loaded)';
const notLinux = notNative || (linux ? '' : ' (Linux only)');

describe(`several workers that call at once${notLinux}`, () => {
  before(function () {
    if (notLinux) this.skip();
  });

  it('get the bits of one, and share the helpers', () => {
    const program = `${root}build/test/support/children/callers.js`;
    const { calls, wrong, helpers } = JSON.parse(node([program])) as Callers;
    assert.deepEqual({ calls, wrong }, { calls: 4 * opCases.length * formats.length, wrong: 0 });
    assert.ok(helpers >= 1 && helpers <= 4, `${helpers} helpers of 5 threads`);
  });
});

// ---------------------------------------------------------------- helpers
describe(`helper threads${notLinux}`, () => {
  before(function () {
    if (notLinux) this.skip();
  });

  it('begin with the first large call, as many as are asked for, and stay', () => {
    const printed = printedBy(`
      const counts = [];
      const count = async (expected) => counts.push(await settledCount(expected));
      mish.setThreads(3);
      mish.mish(large.subarray(0, 10000));
      await count(0);
      mish.mish(large);
      await count(2);
      mish.setThreads(2);
      mish.mish(large);
      await count(2);
      mish.setThreads(5);
      mish.mish(large);
      await count(4);
      console.log(counts.join());`);
    assert.equal(printed, '0,2,2,4');
  });

  it('are no more than a call has work for', () => {
    const code = `
      mish.setThreads(1024);
      mish.mish(large.subarray(0, 2 ** 17));
      console.log(await settledCount(1));`;
    const count = Number(printedBy(code));
    assert.ok(count >= 1 && count < 8, `${count} helpers for 1 MiB`);
  });

  const noTimes = existsSync('/proc/self/schedstat') ? '' : ' (no times of threads in /proc)';
  it(`take work off the caller${noTimes}`, function () {
    if (noTimes) this.skip();
    const printed = printedBy(`
      const x = new Float64Array(2 ** 21).fill(-1);
      const out = x.slice();
      const ofCaller = async (threads) => {
        mish.setThreads(threads);
        await setTimeout(5);
        const before = mainThreadMs();
        mish.mishDerivative(x, { out });
        await setTimeout(5);
        return mainThreadMs() - before;
      };
      await ofCaller(3);
      let ratio = 1;
      for (let i = 0; i < 20 && ratio > 0.8; i++) ratio = (await ofCaller(3)) / (await ofCaller(1));
      console.log(ratio);`);
    assert.ok(Number(printed) <= 0.8, `${printed} of the time that it takes alone`);
  });

  it('block the signals that a process is sent', () => {
    const printed = printedBy(`
      mish.setThreads(3);
      mish.mish(large);
      await settledCount(2);
      console.log(blockedSignals().join());`);
    const masks = printed.split(',').map(BigInt);
    assert.equal(masks.length, 2);
    const [hup, int, usr1, term, prof] = [1n, 2n, 10n, 15n, 27n];
    for (const signal of [hup, int, usr1, term, prof]) {
      for (const mask of masks) assert.ok((mask >> (signal! - 1n)) & 1n, `signal ${signal}`);
    }
  });
});

describe(`the exit code is the user's${notNative}`, () => {
  before(function () {
    if (!native) this.skip();
  });

  const worker = `
    const { worker, posted } = inWorker('post(0); for (;;) mish.mish(new Float32Array(2 ** 22));');
    await posted;
    await setTimeout(50);`;
  for (const [name, code, exit] of [
    ['helpers asleep', 'mish.mish(large); await setTimeout(50); process.exitCode = 7;', 7],
    ['helpers that just worked', 'mish.mish(large); process.exit(7);', 7],
    ['an error', 'mish.mish(large); throw new Error("mine");', 1],
    ['a worker in a call', `${worker} process.exit(7);`, 7],
    [
      'a worker terminated in a call',
      `${worker} await worker.terminate(); process.exitCode = 7;`,
      7,
    ],
    [
      'a signal',
      'mish.mish(large); process.kill(process.pid, "SIGTERM"); await setTimeout(9999);',
      'SIGTERM',
    ],
  ] as const) {
    it(`with ${name}: ${exit}`, () => {
      assert.equal(moduleChild(`mish.setThreads(4); ${code}`).exit, exit);
    });
  }
});
