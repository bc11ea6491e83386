// Every entry point of the driver that is called, failing at its first, second and third call with every kind of
// error: the right code, no hang, nothing left behind, a right result of the CPU right after; and of a device
// that is lost nothing is asked any more.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { device, isMishError, memory, mish, mishAsync, Tensor } from 'node-mish';
import { begin, collected, counted, noFake } from '../../support/addon/fake-cuda.ts';
import { root } from '../../support/repository.ts';

/** As the addon calls them, with those that come only later in a device's life last. */
const entries = [
  'cuInit',
  'cuDriverGetVersion',
  'cuDeviceGetCount',
  'cuDeviceGet',
  'cuDeviceGetName',
  'cuDeviceGetUuid_v2',
  'cuDeviceTotalMem_v2',
  'cuDeviceGetAttribute',
  'cuDevicePrimaryCtxRetain',
  'cuCtxPushCurrent_v2',
  'cuCtxPopCurrent_v2',
  'cuModuleLoadData',
  'cuModuleGetFunction',
  'cuMemGetInfo_v2',
  'cuMemAlloc_v2',
  'cuMemFree_v2',
  'cuMemHostAlloc',
  'cuMemFreeHost',
  'cuMemcpyHtoDAsync_v2',
  'cuMemcpyDtoHAsync_v2',
  'cuMemcpyDtoDAsync_v2',
  'cuMemsetD8Async',
  'cuStreamCreate',
  'cuStreamDestroy_v2',
  'cuEventCreate',
  'cuEventDestroy_v2',
  'cuEventRecord',
  'cuEventSynchronize',
  'cuLaunchKernel',
] as const;

const called = [
  ...readFileSync(`${root}cuda/host/driver.h`, 'utf8').matchAll(/^ *ENTRY\(\w+, (cu\w+)/gm),
].map(([, name]) => name);

/** What a fault is called, when it came while a device was opened and later. */
const codes: Readonly<Record<number, readonly [opening: string, later: string]>> = {
  2: ['ERR_MISH_OOM', 'ERR_MISH_OOM'],
  46: ['ERR_MISH_CUDA_INIT', 'ERR_MISH_CUDA'],
  100: ['ERR_MISH_NO_DEVICE', 'ERR_MISH_NO_DEVICE'],
  209: ['ERR_MISH_UNSUPPORTED_ARCH', 'ERR_MISH_UNSUPPORTED_ARCH'],
  700: ['ERR_MISH_DEVICE_LOST', 'ERR_MISH_DEVICE_LOST'],
  719: ['ERR_MISH_DEVICE_LOST', 'ERR_MISH_DEVICE_LOST'],
  999: ['ERR_MISH_CUDA_INIT', 'ERR_MISH_CUDA'],
};

const x = Float32Array.from({ length: 5000 }, (_, i) => i / 300 - 8);
const y = mish(x, { device: 'js' });

const isRight = (result: Float32Array, expected = y): boolean =>
  Buffer.compare(Buffer.from(result.buffer), Buffer.from(expected.buffer)) === 0;

/** Uses all there is of a device; whatever is made is disposed. Returns where it came to, with what it threw. */
async function useDevice(): Promise<{ opened: boolean; error?: unknown }> {
  let opened = false;
  const made: Tensor[] = [];
  const keep = <T extends Tensor>(tensor: T): T => {
    made.push(tensor);
    return tensor;
  };
  try {
    const gpu = device('cuda:0');
    opened = true;
    for (let turn = 0; turn < 3; turn++) {
      const a = keep(Tensor.from(x, { device: gpu }));
      const b = keep(a.mish());
      assert.ok(isRight(b.readSync()));
      const c = keep(await mishAsync(a));
      assert.ok(isRight(await c.read()));
      assert.ok(isRight(keep(b.clone()).readSync()));
      assert.equal(
        keep(Tensor.zeros([3], { device: gpu }))
          .toArray()
          .toString(),
        '0,0,0',
      );
      assert.ok(isRight(mish(x, { device: gpu })));
      assert.ok(isRight(await mishAsync(x, { device: gpu })));
    }
    return { opened };
  } catch (error) {
    return { opened, error };
  } finally {
    for (const tensor of made) tensor.dispose();
  }
}

const alive = (): number[] =>
  (['liveBlocks', 'livePinned', 'liveStreams', 'liveEvents'] as const).map(counted);

/** Plays one fault; whether it was reached. */
async function play(entry: string, call: number, code: number): Promise<boolean> {
  const name = `${entry}:${call}=${code}`;
  begin();
  const before = alive();
  begin({ FAULT: name });
  const { opened, error } = await useDevice();
  assert.ok(isRight(mish(x)), `${name}: the CPU goes on`);
  if (error !== undefined) {
    assert.ok(isMishError(error), `${name}: ${error instanceof Error ? error.stack : error}`);
    assert.equal(error.code, codes[code]![opened ? 1 : 0], `${name}: ${error.message}`);
    const isOfHost = entry === 'cuMemHostAlloc' && code === 2; // memory that the device has no part in
    if (!isOfHost) assert.equal(error.cudaCode, code, `${name}: ${error.message}`);
  }
  const isLost = error !== undefined && codes[code]![1] === 'ERR_MISH_DEVICE_LOST';
  delete process.env['MISH_FAKE_CUDA_FAULT']; // which a second cuInit would begin again
  const again = await useDevice();
  if (isLost) {
    assert.equal(
      (again.error as { code?: string } | undefined)?.code,
      'ERR_MISH_DEVICE_LOST',
      name,
    );
    assert.equal(counted('callsAfterSticky'), 0, `${name}: calls after the device was lost`);
  } else {
    assert.equal(again.error, undefined, `${name}: the next calls work`);
  }
  assert.deepEqual([memory().tensors, memory().inFlight], [0, 0], name);
  begin();
  if (isLost) return true;
  const isGivingBack = /Free|Destroy|Pop/.test(entry); // what could not be given back is left
  if (!isGivingBack) assert.deepEqual(alive(), before, `${name}: left behind`);
  return error !== undefined;
}

describe(`CUDA faults${noFake}`, () => {
  before(async function () {
    if (noFake) this.skip();
    await collected(); // what tests before these have left
    device('cuda:0'); // the fake is loaded, and counts
  });
  afterEach(() => {
    if (!noFake) begin();
  });

  let played = 0;
  let reached = 0;
  for (const entry of entries) {
    it(`${entry} fails`, async function () {
      this.timeout(120_000);
      for (const call of [1, 2, 3]) {
        for (const code of Object.keys(codes).map(Number)) {
          if (await play(entry, call, code)) reached++;
          played++;
        }
      }
    });
  }

  it('are tried at every entry point', () => {
    assert.deepEqual([...entries].sort(), called.sort());
  });

  it('that were about 300 that were told to the caller, of 600', () => {
    assert.equal(played, entries.length * 3 * 7);
    assert.ok(reached > 280, `${reached} of ${played}`);
  });
});
