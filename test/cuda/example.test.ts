// examples/gpu-pipeline.mjs on a device: the bits of the host, all memory freed or kept for later.
import assert from 'node:assert/strict';
import { noFake } from '../support/addon/fake-cuda.ts';
import { runExample } from '../support/example.ts';

describe(`the example of Tensors on a device${noFake}`, () => {
  before(function () {
    if (noFake) this.skip();
  });

  it('finds the GPU by itself', () => {
    const { exit, stdout, stderr } = runExample('gpu-pipeline', '--size', '20000', '--steps', '3');
    assert.deepEqual([exit, stderr], [0, '']);
    assert.match(stdout, /^device: cuda:0\n3 steps: /);
    assert.match(stdout, /\nmemory: at most 0\.[1-9]\d* MB on cuda:0\n/);
    assert.match(stdout, /\nafter: 0 tensors, \{"bytes":\{\},"pooled":\{"cuda:0":\d+\}\}\n/);
    assert.match(stdout, /\nchecked: 1000 of 1000 elements have the bits/);
  });
});
