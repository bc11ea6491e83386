// Choosing and asking CUDA devices in processes of their own, with every kind of driver: the reason why one cannot
// be used, in words and with its code; and that nobody is asked before somebody wants to know.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noFake } from '../../support/addon/fake-cuda.ts';
import { printedBy } from '../../support/child.ts';
import { scratchDirectory } from '../../support/repository.ts';

/** What the code prints, with that fake. */
const printed = (code: string, environment: NodeJS.ProcessEnv = {}): string =>
  printedBy(code, { MISH_FAKE_CUDA: undefined, ...environment });

const outcome = `
  const outcome = (call) => { try { return String(call()); } catch (e) { return e.code + ' ' + (e.cudaCode ?? '') + ' ' + e.message; } };
  console.log(outcome(() => mish.device('cuda')));
  console.log(outcome(() => mish.device('auto')));
  console.log(mish.mish(0), JSON.stringify(mish.devices().filter(({ kind }) => kind === 'cuda')));`;

describe(`CUDA devices${noFake}`, () => {
  const directory = scratchDirectory();
  before(function () {
    if (noFake) this.skip();
  });

  it('are as the driver says', () => {
    const code = `
      const [gpu, other] = (await mish.probeDevices()).filter(({ kind }) => kind === 'cuda');
      console.log(JSON.stringify([gpu, other]));
      console.log(mish.device('cuda').id, mish.device('cuda:1').id, mish.device('auto').id);
      console.log(mish.device('cuda') === mish.device('cuda:0'));
      const t = mish.Tensor.from([1], { device: 'cuda:1' });
      console.log(t.device.id, t.to('cuda:0').mish().to('cpu').device.id, t.to('cuda:0').item());
      try { mish.mishBackward(t, t.to('cuda:0')); } catch (e) { console.log(e.code); }
      try { mish.device('cuda:2'); } catch (e) { console.log(e.code, e.message); }`;
    const lines = printed(code, { MISH_FAKE_CUDA_DEVICES: '2' }).split('\n');
    const [gpu, other] = JSON.parse(lines[0]!);
    assert.equal(gpu.available, true);
    assert.equal(gpu.name, 'Fake GPU 0');
    assert.match(gpu.uuid, /^GPU-[0-9a-f-]{36}$/);
    assert.notEqual(gpu.uuid, other.uuid);
    assert.deepEqual(gpu.computeCapability, [9, 0]);
    assert.equal(gpu.driver, '13.0');
    assert.ok(gpu.memory.total >= gpu.memory.free && gpu.memory.free > 0);
    assert.deepEqual(lines.slice(1, 5), [
      'cuda:0 cuda:1 cuda:0',
      'true',
      'cuda:1 cpu 1',
      'ERR_MISH_DEVICE_MISMATCH',
    ]);
    assert.match(lines[5]!, /^ERR_MISH_NO_DEVICE .*cuda:2.*2/);
  });

  it('are not asked for by importing, listing or computing on the host', () => {
    const log = join(directory, 'calls.log');
    const code = `
      mish.devices(); mish.mish(new Float32Array(9)); mish.getDefaultDevice(); mish.memory();
      mish.Tensor.zeros([3]).mish(); console.log(mish.devices().map(({ id }) => id).join());`;
    assert.equal(printed(code, { MISH_FAKE_CUDA_LOG: log }), 'js,cpu');
    assert.equal(existsSync(log), false, 'the driver was not called');
    const onArrays = `mish.mish(new Float32Array(9)); mish.mish(1); console.log('done');`;
    printed(onArrays, { MISH_FAKE_CUDA_LOG: log, NODE_MISH_DEVICE: 'auto' });
    assert.equal(existsSync(log), false, 'nor for arrays, whatever the default is');
    printed(`mish.device('cuda')`, { MISH_FAKE_CUDA_LOG: log });
    assert.match(readFileSync(log, 'utf8'), /^cu\w+ -> 0$/m);
  });

  it('are the default where the environment says so', () => {
    const code = `console.log(mish.getDefaultDevice().id, mish.Tensor.zeros([1]).device.id);`;
    assert.equal(printed(code, { NODE_MISH_DEVICE: 'auto' }), 'cuda:0 cuda:0');
    assert.equal(printed(code, { NODE_MISH_DEVICE: 'cuda' }), 'cuda:0 cuda:0');
    assert.equal(printed(code), 'cpu cpu');
    const two = { MISH_FAKE_CUDA_DEVICES: '2', NODE_MISH_DEVICE: 'cuda:1' };
    assert.equal(printed(code, two), 'cuda:1 cuda:1');
    const hidden = { NODE_MISH_DEVICE: 'auto', CUDA_VISIBLE_DEVICES: '' };
    assert.equal(printed(code, hidden), 'cpu cpu');
  });

  const refusals: readonly [string, NodeJS.ProcessEnv, RegExp][] = [
    ['no device', { MISH_FAKE_CUDA_DEVICES: '0' }, /^ERR_MISH_NO_DEVICE 100 /],
    [
      'none is visible',
      { CUDA_VISIBLE_DEVICES: '-1' },
      /^ERR_MISH_NO_DEVICE 100 .*CUDA_VISIBLE_DEVICES/,
    ],
    [
      'a driver that is too old',
      { MISH_FAKE_CUDA_VERSION: '12080' },
      /^ERR_MISH_DRIVER_TOO_OLD {2}.*12\.8.*13\.0/,
    ],
    [
      'one without entry points',
      { LD_LIBRARY_PATH: `${process.env['LD_LIBRARY_PATH']}-old` },
      /^ERR_MISH_DRIVER_TOO_OLD /,
    ],
    ['no driver', { LD_LIBRARY_PATH: '' }, /^ERR_MISH_NO_DRIVER .*driver/],
    ['an addon built without nvcc', { MISH_TEST_NO_IMAGE: '1' }, /^ERR_MISH_UNSUPPORTED .*nvcc/],
    ['an old GPU', { MISH_FAKE_CUDA_CAPABILITY: '6.1' }, /^ERR_MISH_UNSUPPORTED_ARCH .*6\.1.*7\.5/],
    ['mixed libraries', { MISH_FAKE_CUDA_FAULT: 'cuInit:*=803' }, /^ERR_MISH_DRIVER_TOO_OLD 803/],
    [
      'no code for it',
      { MISH_FAKE_CUDA_FAULT: 'cuModuleLoadData:*=209' },
      /^ERR_MISH_UNSUPPORTED_ARCH 209/,
    ],
    [
      'PTX it cannot read',
      { MISH_FAKE_CUDA_FAULT: 'cuModuleLoadData:*=222' },
      /^ERR_MISH_UNSUPPORTED_ARCH 222/,
    ],
    ['not ready', { MISH_FAKE_CUDA_FAULT: 'cuInit:*=802' }, /^ERR_MISH_CUDA_INIT 802/],
    ['unknown', { MISH_FAKE_CUDA_FAULT: 'cuInit:*=999' }, /^ERR_MISH_CUDA_INIT 999/],
    ['busy', { MISH_FAKE_CUDA_FAULT: 'cuDevicePrimaryCtxRetain:*=46' }, /^ERR_MISH_CUDA_INIT 46/],
    ['full', { MISH_FAKE_CUDA_FAULT: 'cuDevicePrimaryCtxRetain:*=2' }, /^ERR_MISH_OOM 2/],
    [
      'broken',
      { MISH_FAKE_CUDA_FAULT: 'cuDevicePrimaryCtxRetain:*=700' },
      /^ERR_MISH_DEVICE_LOST 700/,
    ],
  ];
  for (const [what, environment, expected] of refusals) {
    it(`${what}: device('cuda') says so, 'auto' is the CPU, and the reason is listed`, () => {
      const [refused, auto, rest] = printed(outcome, environment).split('\n');
      assert.match(refused!, expected);
      assert.equal(auto, 'cpu');
      const [zero, listed] = [rest!.slice(0, 1), JSON.parse(rest!.slice(2))];
      assert.equal(zero, '0');
      assert.equal(listed.length, 1);
      assert.equal(listed[0].available, false);
      assert.ok(refused!.includes(listed[0].reason.slice(0, 40)), listed[0].reason);
    });
  }

  it('a device that is busy can be had once it is free', () => {
    const code = `
      try { mish.device('cuda') } catch (e) { console.log(e.code) }
      console.log(mish.device('cuda').id, mish.devices().at(-1).available);`;
    const environment = { MISH_FAKE_CUDA_FAULT: 'cuDevicePrimaryCtxRetain:1=46' };
    assert.equal(printed(code, environment), 'ERR_MISH_CUDA_INIT\ncuda:0 true');
  });

  it('probing tells while it goes on what was known before, and ends with the process', () => {
    const code = `
      const probing = [mish.probeDevices(), mish.probeDevices()];
      console.log(mish.devices().length >= 2);
      console.log((await Promise.all(probing)).map((list) => list.length).join());
      mish.probeDevices();`;
    assert.equal(printed(code), 'true\n3,3');
  });
});
