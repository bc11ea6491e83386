// The loops of the CUDA kernels without a GPU: compiled for the host, with every thread of a grid played in turn
// (kernel_bodies.cc), they do each element once, whatever the alignment, and touch no byte beside it.
import assert from 'node:assert/strict';
import { lackOf, runProgram } from '../support/native/programs.ts';

const lacking = lackOf('kernel_bodies');

describe('the loops of the CUDA kernels', () => {
  it(`compute every element once, as binding/math does${lacking}`, function () {
    if (lacking) this.skip();
    const { exit, stdout, stderr } = runProgram('kernel_bodies');
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' }, stdout);
    assert.match(stdout, /^[1-9]\d* launches, [1-9]\d* plans, 0 wrong\n$/);
  });
});
