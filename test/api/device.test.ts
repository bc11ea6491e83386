// Devices, the default device, scopes and memory figures.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  backend,
  device,
  devices,
  getDefaultDevice,
  memory,
  mish,
  scope,
  setDefaultDevice,
  Tensor,
  withDevice,
} from 'node-mish';
import { assertCode, nowhere, nowhereCode } from '../support/errors.ts';
import { node } from '../support/repository.ts';

const host = backend.name === 'native' ? 'cpu' : 'js';

function inChild(environment: Record<string, string>, script: string): string {
  const program = `import * as mish from 'node-mish';\n${script}`;
  return node(['--input-type=module', '-e', program], environment).trim();
}

describe('devices', () => {
  it('lists js always, and cpu with its ISA or the reason', () => {
    const list = devices();
    const cpu = list.find(({ id }) => id === 'cpu');
    assert.equal(list.find(({ id }) => id === 'js')?.available, true);
    assert.equal(cpu?.available, host === 'cpu');
    if (host === 'cpu') assert.match(cpu?.isa ?? '', /^(x86-64-v[34]|arm64)$/);
    else assert.match(cpu?.reason ?? '', /node-mish\.node/);
  });

  it('lists cuda devices once they were asked for, with what they are or the reason', () => {
    const show = `
      const ids = () => mish.devices().map(({ id }) => id).join();
      mish.Tensor.from([1]).mish();
      mish.memory();
      const before = ids();
      const [gpu, ...more] = (await mish.probeDevices()).filter(({ kind }) => kind === 'cuda');
      const again = await mish.probeDevices();
      console.log(JSON.stringify({ before, gpu, more, isListed: mish.devices().some(({ kind }) => kind === 'cuda') }));
      console.log(again.length === mish.devices().length, Object.isFrozen(again.at(-1)));`;
    const [told, same] = inChild({}, show).split('\n');
    const { before, gpu, more, isListed } = JSON.parse(told!);
    assert.equal(before, 'js,cpu');
    assert.deepEqual([gpu.id, gpu.index, isListed, same], ['cuda:0', 0, true, 'true true']);
    if (gpu.available) assert.ok(gpu.name && gpu.memory.total > 0 && gpu.computeCapability[0] >= 7);
    else if (more.length === 0) assert.match(gpu.reason, /\w+ .*\w/);
  });

  it('says why a cuda device cannot be used, and takes another for auto', () => {
    const code = nowhereCode();
    const reasons = {
      ERR_MISH_NATIVE: /the native addon could not be loaded|stale build/,
      ERR_MISH_NO_DRIVER: /no NVIDIA driver was found .*Install the driver/,
      ERR_MISH_NO_DEVICE: /the NVIDIA driver has .*device/,
    } as Readonly<Record<string, RegExp>>;
    const { message } = assertCode(code, () => device(nowhere));
    assert.match(message, new RegExp(`^device '${nowhere}' cannot be used: `));
    assert.match(message, /Use 'auto' for the best device that works\.$/);
    assert.match(message, reasons[code] ?? /\w/);
    assert.ok([host, 'cuda:0'].includes(device('auto').id));
    if (device('auto').id === host) {
      const listed = devices().filter(({ kind }) => kind === 'cuda');
      assert.ok(listed.length > 0 && listed.every(({ available }) => !available));
    }
  });

  it('resolves specs to one Device each', () => {
    assert.equal(device('auto'), device('auto'));
    assert.equal(getDefaultDevice(), device(host));
    assert.equal(String(device('js')), 'js');
    assert.ok(Object.isFrozen(device('js')));
  });

  it('are printed as what they are, and are their id as text', () => {
    const js = device('js');
    assert.equal(inspect(js), "{ id: 'js', kind: 'js', index: 0 }");
    assert.equal(`${js}`, 'js');
    for (const info of devices()) {
      assert.equal(`${info}`, info.id);
      assert.equal(Object.isFrozen(info) && !inspect(info).includes('Function'), true);
    }
  });

  it('has a default, settable, and for the extent of a function', () => {
    assert.equal(getDefaultDevice().id, host);
    const made = withDevice('js', () => Tensor.zeros([1]));
    assert.equal(made.device.id, 'js');
    assert.throws(() => withDevice('js', () => assert.fail('inside')), /inside/);
    assert.equal(getDefaultDevice().id, host);
    try {
      assert.equal(setDefaultDevice('js').id, 'js');
      assert.equal(Tensor.zeros([1]).device.id, 'js');
    } finally {
      setDefaultDevice(host);
    }
    assertCode('ERR_MISH_ARGUMENT', () => withDevice('js', async () => 1));
  });

  const alone = host === 'js' ? ' (native-only: there is no second device)' : '';
  it(`two devices in one call are refused${alone}`, function () {
    if (alone) this.skip();
    const here = Tensor.from([1]);
    const there = here.to('js');
    assertCode('ERR_MISH_DEVICE_MISMATCH', () => mish(here, { out: there }));
    assertCode('ERR_MISH_DEVICE_MISMATCH', () => mish(here, { device: 'js' }));
  });

  it('NODE_MISH_DEVICE says the default; a bad one is an error at the first call', () => {
    const show = 'console.log(mish.getDefaultDevice().id)';
    assert.equal(inChild({ NODE_MISH_DEVICE: 'js' }, show), 'js');
    assert.equal(inChild({ NODE_MISH_DEVICE: 'auto' }, show), device('auto').id);
    assert.equal(inChild({ NODE_MISH_DEVICE: '' }, show), host);
    const onArrays = `mish.mish(1); mish.mish(new Float32Array(2)); mish.Tensor.wrap(new Float32Array(2)).mish();
      console.log(mish.devices().map(({ id }) => id).join());`;
    assert.equal(inChild({ NODE_MISH_DEVICE: 'auto' }, onArrays), 'js,cpu', 'no driver was asked');
    const bad = 'try { mish.mish(1) } catch (e) { console.log(e.code) }';
    assert.equal(inChild({ NODE_MISH_DEVICE: 'gpu' }, bad), 'ERR_MISH_ARGUMENT');
    const tensor = 'try { mish.Tensor.zeros([1]) } catch (e) { console.log(e.code) }';
    assert.equal(inChild({ NODE_MISH_DEVICE: nowhere }, tensor), nowhereCode());
    const onHost = 'console.log(mish.mish(0), mish.mish(new Float32Array(2)).length)';
    assert.equal(inChild({ NODE_MISH_DEVICE: 'cuda' }, onHost), '0 2');
  });

  it('a wrong NODE_MISH_ISA is a reason in backend and devices(), which never throw', () => {
    const show = `
      console.log(mish.backend.name, mish.backend.reason);
      console.log(mish.devices().find(({ id }) => id === 'cpu').reason);`;
    const reason =
      "NODE_MISH_ISA: expected 'x86-64-v3' or 'x86-64-v4' or 'arm64', or nothing; got 'v9'.";
    assert.equal(inChild({ NODE_MISH_ISA: 'v9' }, show), `js ${reason}\n${reason}`);
    assert.equal(inChild({ NODE_MISH_ISA: '' }, 'console.log(mish.mish(0))'), '0');
  });
});

describe('scope and memory', () => {
  it('disposes what was made, except what is returned', () => {
    const before = memory();
    const kept = scope(() => {
      const a = Tensor.zeros([100]);
      const b = a.mish();
      return { list: [b], also: new Map([['m', b.reshape([10, 10])]]) };
    });
    assert.equal(memory().tensors - before.tensors, 2);
    const bytes = (of: { bytes: Readonly<Record<string, number>> }) => of.bytes[host] ?? 0;
    assert.equal(bytes(memory()) - bytes(before), 400);
    kept.list[0]?.dispose();
    assert.equal(bytes(memory()) - bytes(before), 400, 'a view still holds the memory');
    kept.also.get('m')?.dispose();
    assert.deepEqual(memory(), before);
  });

  it('disposes when fn throws, refuses promises, and nests', () => {
    const before = memory();
    assert.throws(
      () =>
        scope(() => {
          Tensor.zeros([1]);
          throw new Error('inside');
        }),
      /inside/,
    );
    assertCode('ERR_MISH_ARGUMENT', () => scope(async () => Tensor.zeros([1])));
    assert.equal(
      scope(() => {
        scope(() => Tensor.zeros([1]));
        return memory().tensors;
      }),
      before.tensors + 1,
    );
    assert.deepEqual(memory(), before);
  });

  it('leaves no unhandled rejection behind when fn returned a promise', () => {
    const script = `
      const late = async () => { const t = mish.Tensor.zeros([1]); await 1; t.data; };
      for (const covers of [mish.scope, (fn) => mish.withDevice('js', fn)]) {
        try { covers(late); } catch (e) { console.log(e.code); }
      }
      setTimeout(() => console.log('alive'), 20);`;
    assert.equal(inChild({}, script), 'ERR_MISH_ARGUMENT\nERR_MISH_ARGUMENT\nalive');
  });

  it('does not count memory that the caller owns', () => {
    const before = memory();
    const t = Tensor.wrap(new Float64Array(10));
    assert.deepEqual(memory().bytes, before.bytes);
    assert.equal(memory().tensors, before.tensors + 1);
    t[Symbol.dispose]();
    assert.deepEqual(memory(), before);
  });

  it('counts collected tensors out', () => {
    const script = `
      for (let i = 0; i < 1000; i++) mish.Tensor.zeros([1000]);
      for (let i = 0; i < 100 && mish.memory().tensors > 0; i++) {
        global.gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(JSON.stringify(mish.memory()));`;
    const shown = inChild({ NODE_OPTIONS: '--expose-gc' }, script);
    assert.deepEqual(JSON.parse(shown), { tensors: 0, bytes: {}, pooled: {}, inFlight: 0 });
  });
});

describe('memory() within one turn of the event loop', () => {
  it('leaves out the bytes of Tensors that a loop has dropped', () => {
    const script = `
      const x = mish.Tensor.zeros([2 ** 20], { device: '${host}' });
      for (let i = 0; i < 400; i++) mish.mish(x);
      const { bytes } = mish.memory();
      console.log(bytes['${host}'] / 2 ** 20 < 400, bytes['${host}'] >= 4 * 2 ** 20);`;
    assert.equal(inChild({}, script).trim(), 'true true');
  });

  it('counts Tensors of every size that are held, and those from another thread', async () => {
    const before = memory().bytes[host] ?? 0;
    const held = [1, 16, 17, 100_000].map((size) => Tensor.zeros([size], { device: host }));
    const bytes = 4 * (1 + 16 + 17 + 100_000);
    assert.equal((memory().bytes[host] ?? 0) - before, bytes);
    const adopted = Tensor.adopt(held.pop()!.release());
    assert.equal((memory().bytes[host] ?? 0) - before, bytes);
    for (const tensor of [...held, adopted]) tensor.dispose();
    assert.equal(memory().bytes[host] ?? 0, before);
  });
});
