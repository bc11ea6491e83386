// Bits are the same in any floating-point mode that a thread may be in, and the mode is the thread's again
// afterwards: 32 modes, on the calling thread, in a worker, and on threads of the pool.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { lacking, named } from '../support/addon/levels.ts';
import {
  control,
  defaultMode,
  loadSeams,
  modes,
  problemsHere,
  problemsInPool,
} from '../support/children/fp-modes.ts';
import { seamsFile } from '../support/repository.ts';

const missing =
  process.arch !== 'x64'
    ? 'x64 only'
    : existsSync(seamsFile)
      ? undefined
      : 'build/seams/node-mish.node is missing';

describe('floating-point modes', () => {
  it(named('are set by the test build, and are 32 different ones', missing), function () {
    if (missing) this.skip();
    const addon = loadSeams();
    const found = modes.map(({ bits }) => {
      addon.setFpMode(bits);
      const mode = addon.fpMode();
      addon.setFpMode(defaultMode);
      return mode & control;
    });
    assert.deepEqual(
      found,
      modes.map(({ bits }) => bits),
    );
    assert.equal(new Set(found).size, 32);
  });

  for (const level of ['x86-64-v3', 'x86-64-v4']) {
    const reason = missing ?? lacking(level);
    it(named(`change no bits of ${level} on the calling thread`, reason), function () {
      if (reason) this.skip();
      assert.deepEqual(problemsHere(loadSeams(), level), []);
    });

    it(named(`change no bits of ${level} in a worker`, reason), async function () {
      if (reason) this.skip();
      const file = new URL('../support/children/fp-modes.js', import.meta.url);
      const worker = new Worker(file, { workerData: { levelOfFpModes: level } });
      const problems = await new Promise((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
      assert.deepEqual(problems, []);
    });
  }

  const reason = missing ?? lacking('x86-64-v3');
  it(named('change no bits on threads of the pool', reason), async function () {
    if (reason) this.skip();
    assert.deepEqual(await problemsInPool(loadSeams(), 'x86-64-v3'), []);
  });
});
