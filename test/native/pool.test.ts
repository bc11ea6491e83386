// The pool by itself, stressed by a program of many callers and owners of asynchronous jobs (pool_stress.cc): every
// element is done once, every job ends, and under ThreadSanitizer all that threads share is ordered.
import assert from 'node:assert/strict';
import { lackOf, runProgram } from '../support/native/programs.ts';

describe('the pool under stress', () => {
  for (const [title, target] of [
    ['does every element once', 'pool_stress'],
    ['has no data race', 'pool_stress_tsan'],
  ] as const) {
    const lacking = lackOf(target);
    it(`${title}${lacking}`, function () {
      if (lacking) this.skip();
      const { exit, stdout, stderr } = runProgram(target, '2');
      assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' }, stdout);
      assert.match(stdout, /^[1-9]\d* calls, [1-9]\d* jobs, [1-9]\d* aborted, 0 elements wrong\n$/);
    });
  }
});
