// Host arrays on a device, against a device made of arrays: what is copied there and back, which operands may share
// memory, and that all of its memory is given back, whatever fails and whenever.
import assert from 'node:assert/strict';
import { root } from '../support/repository.ts';

type Backends = typeof import('../../build/src/backend/registry.js');
type Backend = NonNullable<
  Extract<ReturnType<Backends['availability']>, { backend: object }>['backend']
>;
type DeviceBackend = import('../../build/src/backend/interface.js').DeviceBackend;
type Ending = import('../../build/src/backend/interface.js').Ending;
type AsyncJob = import('../../build/src/backend/interface.js').AsyncJob;

const { hostArraysOn } = (await import(
  `${root}build/src/backend/native/host-arrays-on-device.js`
)) as {
  hostArraysOn(device: DeviceBackend): Backend;
};
const { jsBackend } = (await import(`${root}build/src/backend/js/js.js`)) as { jsBackend: Backend };

const names = ['alloc', 'upload', 'run', 'download', 'finish'] as const;
type Call = (typeof names)[number];

/** A device that carries out what is held at its next `settle`; one call of a kind may fail. */
class FakeDevice {
  readonly calls: string[] = [];
  readonly living = new Set<object>();
  readonly #held: (() => void)[] = [];
  readonly #endings: Ending[] = [];
  failing: Call | undefined;
  /** The failing call among those of its name. */
  at = 1;

  #note(call: Call, what: string = call): void {
    this.calls.push(what);
    if (this.failing === call && --this.at === 0) throw new Error(`${call} failed`);
  }

  readonly backend = {
    alloc: (_: string, length: number) => {
      this.#note('alloc');
      const storage = { array: new Float32Array(length).fill(-77) };
      this.living.add(storage);
      return storage;
    },
    free: (storage: object) => {
      assert.ok(this.living.delete(storage), 'freed once');
    },
    upload: (storage: { array: Float32Array }, source: Float32Array) => {
      this.#note('upload');
      storage.array.set(source);
    },
    uploadHeld: (storage: { array: Float32Array }, source: Float32Array) => {
      this.#note('upload', 'uploadHeld');
      this.#held.push(() => storage.array.set(source));
    },
    downloadTo: ({ array }: { array: Float32Array }, target: Float32Array) => {
      this.#note('download');
      target.set(array);
    },
    downloadHeld: ({ array }: { array: Float32Array }, target: Float32Array) => {
      this.#note('download', 'downloadHeld');
      this.#held.push(() => target.set(array));
    },
    run: (op: never, dtype: never, inputs: never[], outputs: never[], precision: never) => {
      this.#note('run', precision === 'fast' ? 'run fast' : 'run');
      const arrays = (of: { array: Float32Array }[]) => of.map(({ array }) => array);
      const act = () => jsBackend.run(op, dtype, arrays(inputs), arrays(outputs), precision);
      if (this.#isHolding) this.#held.push(act);
      else act();
    },
    finish: (ending: Ending) => {
      this.#note('finish');
      this.#endings.push(ending);
    },
  } as unknown as DeviceBackend;

  get #isHolding(): boolean {
    return this.calls.includes('uploadHeld');
  }

  settle(error?: Error): void {
    for (const act of this.#held.splice(0)) act();
    for (const ending of this.#endings.splice(0)) {
      if (error) ending.fail(error);
      else ending.end(ending.aborted?.[0] !== 1);
    }
  }
}

const ramp = (length = 100, from = -5): Float32Array =>
  Float32Array.from({ length }, (_, i) => from + i / 10);

type Op = AsyncJob['op'];
const { ops, opNames }: typeof import('../../build/src/base/ops.js') = await import(
  `${root}build/src/base/ops.js`
);

function operandsOf(op: Op): { inputs: Float32Array[]; outputs: Float32Array[] } {
  const [inputs, outputs] = [ops[op].inputs.length, ops[op].outputs.length];
  return {
    inputs: Array.from({ length: inputs }, (_, i) => ramp(100, i - 5)),
    outputs: Array.from({ length: outputs }, (_, i) => ramp(100, i + 1)),
  };
}

function expectedOf(op: Op): Float32Array[] {
  const { inputs, outputs } = operandsOf(op);
  jsBackend.run(op, 'float32', inputs, outputs, 'exact');
  return outputs;
}

type Outcome = { done?: boolean; outputs?: readonly object[]; error?: Error };

/** Begins the job; how it ended, once the device has settled. */
function jobOf(op: Op, aborted?: Int32Array): AsyncJob & { outcome: Outcome[] } {
  const outcome: Outcome[] = [];
  const operands = operandsOf(op);
  const end = (done: boolean) =>
    void outcome.push(done ? { done, outputs: operands.outputs } : { done });
  const fail = (error: Error) => void outcome.push({ error });
  return {
    op,
    dtype: 'float32',
    ...operands,
    precision: 'exact',
    aborted,
    end,
    fail,
    outcome,
  };
}

describe('host arrays on a device', () => {
  for (const op of opNames) {
    it(`${op}: copied in, computed, copied out, freed`, () => {
      const device = new FakeDevice();
      const { inputs, outputs } = operandsOf(op);
      hostArraysOn(device.backend).run(op, 'float32', inputs, outputs, 'exact');
      assert.deepEqual(outputs, expectedOf(op));
      assert.deepEqual(inputs, operandsOf(op).inputs);
      const uploads = device.calls.filter((call) => call === 'upload').length;
      assert.equal(uploads, ops[op].inputs.length + (op === 'backwardAccumulate' ? 1 : 0));
      assert.equal(device.living.size, 0);
    });

    it(`${op}: off the event loop, likewise`, () => {
      const device = new FakeDevice();
      const job = jobOf(op);
      hostArraysOn(device.backend).runAsync(job);
      assert.equal(device.calls.at(-1), 'finish');
      assert.ok(!device.calls.includes('upload') && !device.calls.includes('download'));
      assert.deepEqual(job.outcome, []);
      device.settle();
      assert.deepEqual(job.outcome, [{ done: true, outputs: expectedOf(op) }]);
      assert.equal(device.living.size, 0);
    });
  }

  it('in place, and with one array for several operands', () => {
    const device = new FakeDevice();
    const { run } = hostArraysOn(device.backend);
    const x = ramp();
    run('forward', 'float32', [x], [x], 'exact');
    const y = ramp();
    jsBackend.run('forward', 'float32', [y], [y], 'exact');
    assert.deepEqual(x, y);
    const same = ramp();
    const [a, b] = [new Float32Array(100), new Float32Array(100)];
    device.calls.length = 0;
    run('doubleBackward', 'float32', [same, same.subarray(0), same], [a, b], 'exact');
    assert.equal(device.calls.filter((call) => call === 'upload').length, 1);
    const [c, d] = [new Float32Array(100), new Float32Array(100)];
    jsBackend.run('doubleBackward', 'float32', [same, same, same], [c, d], 'exact');
    assert.deepEqual([a, b], [c, d]);
    const [dy, ddx] = [ramp(100, 1), ramp(100, 2)];
    const operands = [same, dy, ddx];
    const copies = operands.map((each) => each.slice());
    run('doubleBackward', 'float32', operands, [ddx, same], 'exact');
    jsBackend.run('doubleBackward', 'float32', copies, [copies[2]!, copies[0]!], 'exact');
    assert.deepEqual(operands, copies);
    assert.equal(device.living.size, 0);
  });

  it('passes the precision on', () => {
    const device = new FakeDevice();
    hostArraysOn(device.backend).run('forward', 'float32', [ramp()], [ramp()], 'fast');
    assert.ok(device.calls.includes('run fast'));
  });

  it('does nothing on the device for arrays without elements', async () => {
    const device = new FakeDevice();
    const none = new Float32Array(0);
    const { run, runAsync } = hostArraysOn(device.backend);
    run('forward', 'float32', [none], [none], 'exact');
    const job = jobOf('forward');
    const ended = new Promise((end) => {
      runAsync({ ...job, inputs: [none], outputs: [none], end });
    });
    assert.equal(await ended, true);
    assert.deepEqual(device.calls, []);
  });

  it('refuses operands that overlap as the host does, and copies nothing', () => {
    const device = new FakeDevice();
    const memory = ramp(12);
    const at = (begin: number) => memory.subarray(begin, begin + 4);
    const refused: readonly (readonly [Op, Float32Array[], Float32Array[]])[] = [
      ['forward', [at(0)], [at(1)]],
      ['backward', [at(0), at(5)], [at(3)]],
      ['backwardAccumulate', [at(0), at(4)], [at(0)]],
      ['doubleBackward', [at(0), at(4), at(8)], [at(0), at(0)]],
      ['doubleBackward', [at(0), at(4), at(8)], [at(0), at(1)]],
    ];
    const { run, runAsync } = hostArraysOn(device.backend);
    for (const [op, inputs, outputs] of refused) {
      const overlap = { code: 'ERR_MISH_OVERLAP' };
      assert.throws(() => run(op, 'float32', inputs, outputs, 'exact'), overlap);
      assert.throws(() => runAsync({ ...jobOf(op), inputs, outputs }), overlap);
    }
    assert.deepEqual([device.calls, memory], [[], ramp(12)]);
  });
});

describe('host arrays on a device that fails', () => {
  for (const failing of names) {
    for (const at of [1, 2]) {
      it(`in call ${at} of ${failing}: the error, and no memory is left in use`, () => {
        for (const op of opNames) {
          const device = new FakeDevice();
          Object.assign(device, { failing, at });
          const { inputs, outputs } = operandsOf(op);
          try {
            hostArraysOn(device.backend).run(op, 'float32', inputs, outputs, 'exact');
            assert.deepEqual(outputs, expectedOf(op));
          } catch (error) {
            assert.equal((error as Error).message, `${failing} failed`);
          }
          assert.equal(device.living.size, 0, op);
        }
      });

      it(`in call ${at} of ${failing} of a job: it fails once what was begun is done`, () => {
        for (const op of opNames) {
          const device = new FakeDevice();
          Object.assign(device, { failing, at });
          const job = jobOf(op);
          let thrown: unknown;
          try {
            hostArraysOn(device.backend).runAsync(job);
          } catch (error) {
            thrown = error;
          }
          assert.equal(thrown !== undefined, failing === 'finish' && at === 1, op);
          assert.equal(job.outcome.length, 0, `${op}: its memory may be in use`);
          device.settle();
          assert.equal(device.living.size, 0, op);
          const failed = device.at === 0 || thrown !== undefined;
          const [outcome] = job.outcome;
          if (thrown) assert.equal(outcome, undefined);
          else if (failed) assert.equal(outcome?.error?.message, `${failing} failed`, op);
          else assert.deepEqual(outcome?.outputs, expectedOf(op));
        }
      });
    }
  }

  it('when it is done: the job has that error', () => {
    const device = new FakeDevice();
    const job = jobOf('backward');
    hostArraysOn(device.backend).runAsync(job);
    const error = new Error('lost');
    device.settle(error);
    assert.deepEqual(job.outcome, [{ error }]);
    assert.equal(device.living.size, 0);
  });

  it('or is told to stop: the job ends without outputs', () => {
    const device = new FakeDevice();
    const aborted = new Int32Array(new SharedArrayBuffer(4));
    const job = jobOf('forward', aborted);
    hostArraysOn(device.backend).runAsync(job);
    aborted[0] = 1;
    device.settle();
    assert.deepEqual(job.outcome, [{ done: false }]);
    assert.equal(device.living.size, 0);
  });
});
