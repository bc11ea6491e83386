// examples/gpu-pipeline.mjs on the host; test/cuda/example.test.ts has it on a device.
import assert from 'node:assert/strict';
import { device, devices } from 'node-mish';
import { runExample } from '../../support/example.ts';

const host = device(
  devices().some(({ id, available }) => id === 'cpu' && available) ? 'cpu' : 'js',
);
const hasGpu = devices().some(({ kind, available }) => kind === 'cuda' && available);
const small = ['--size', '20000', '--steps', '3'] as const;

describe('the example of Tensors on a device, on the host', () => {
  for (const id of new Set(['js', host.id])) {
    it(`computes on ${id}, and frees all`, () => {
      const { exit, stdout, stderr } = runExample('gpu-pipeline', '--device', id, ...small);
      assert.deepEqual([exit, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^device: ${id}\n3 steps: `));
      assert.match(stdout, /\nafter: 0 tensors, \{"bytes":\{\},/);
      assert.match(stdout, /\nchecked: 1000 of 1000 elements have the bits/);
    });
  }

  it(`says why it is no GPU${hasGpu ? ' (there is one)' : ''}`, function () {
    if (hasGpu) this.skip();
    const { exit, stdout } = runExample('gpu-pipeline', ...small);
    assert.equal(exit, 0);
    assert.match(stdout, new RegExp(`^device: ${host.id}\nno GPU: \\S.+\n`));
    const named = runExample('gpu-pipeline', '--device', 'cuda:0');
    assert.equal(named.exit, 1);
    assert.match(named.stderr, /^device 'cuda:0'|cuda:0|driver|addon/);
  });

  it('says what is wrong with its arguments', () => {
    const wrong = runExample('gpu-pipeline', '--device', 'gpu');
    assert.equal(wrong.exit, 2);
    assert.match(wrong.stderr, /expected 'js', 'cpu', 'cuda'.*got string 'gpu'/);
    const none = runExample('gpu-pipeline', '--steps', '0');
    assert.equal(none.exit, 2);
    assert.match(none.stderr, /^--steps: expected an integer from 1 to 999999999; got '0'\./);
  });
});
