// Host arrays computed on a device: copied there, computed, and copied back, with no device memory left in use
// whatever happens on the way.

import { type DType, dtypes, type HostArray } from '../../base/dtype.ts';
import { typedArrayLength } from '../../base/intrinsics.ts';
import { type Op, ops } from '../../base/ops.ts';
import { arrayBackend, hostMemory } from '../host-memory.ts';
import type { ArrayBackend, AsyncJob, DeviceBackend, Ending, Storage } from '../interface.ts';
import { checkHostOverlap, hostSharing } from '../overlap.ts';

type Arrays = readonly HostArray[];
type Upload<S> = (storage: S, source: HostArray) => void;

/** As it was when this was loaded. */
const soon = queueMicrotask;

/** The backend that does on host arrays what `device` does on storages of its own. */
export function hostArraysOn<S extends Storage>(device: DeviceBackend<S>): ArrayBackend {
  return arrayBackend({
    ...hostMemory,
    run(op, dtype, inputs, outputs, precision) {
      runNow(device, { op, dtype, inputs, outputs, precision });
    },
    runUnchecked: () => undefined, // copies need operands that are known to be arrays of one length
    runAsync(job) {
      runLater(device, job);
    },
    sweep() {},
  });
}

type Call = Pick<AsyncJob<HostArray>, 'op' | 'dtype' | 'inputs' | 'outputs' | 'precision'>;

function runNow<S extends Storage>(device: DeviceBackend<S>, call: Call): void {
  const { op, dtype, inputs, outputs, precision } = call;
  checkHostOverlap(op, dtypes[dtype].bytes, inputs, outputs);
  const length = typedArrayLength(inputs[0]);
  if (length === 0) return;
  const places = new Places(device, dtype, length);
  try {
    places.fill(op, inputs, outputs, (storage, source) => device.upload(storage, source));
    device.run(op, dtype, places.inputs, places.outputs, precision);
    for (let o = 0; o < outputs.length; o++) device.downloadTo(places.outputs[o]!, outputs[o]!);
  } finally {
    places.free();
  }
}

function runLater<S extends Storage>(device: DeviceBackend<S>, job: AsyncJob<HostArray>): void {
  const { op, dtype, inputs, outputs } = job;
  checkHostOverlap(op, dtypes[dtype].bytes, inputs, outputs);
  const length = typedArrayLength(inputs[0]);
  if (length === 0) {
    soon(() => job.end(true)); // not inside a scope() of the caller
    return;
  }
  const places = new Places(device, dtype, length);
  const failure = enqueue(device, places, job);
  try {
    // Also of what failed: the job's memory is in use until all that was enqueued is done.
    device.finish(new StagedEnding(places, job, failure));
  } catch (error) {
    places.free();
    throw failure ?? error;
  }
}

/** What went wrong, if anything. */
function enqueue<S extends Storage>(
  device: DeviceBackend<S>,
  places: Places<S>,
  { op, dtype, inputs, outputs, precision }: Call,
): Error | undefined {
  try {
    places.fill(op, inputs, outputs, (storage, source) => device.uploadHeld(storage, source));
    device.run(op, dtype, places.inputs, places.outputs, precision);
    for (let o = 0; o < outputs.length; o++) device.downloadHeld(places.outputs[o]!, outputs[o]!);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** The device memory of one call. */
class Places<S extends Storage> {
  /** One for each operand; one for both where two inputs are the same memory. */
  inputs: S[] = [];
  outputs: S[] = [];
  readonly #device: DeviceBackend<S>;
  readonly #dtype: DType;
  readonly #length: number;
  #first: Made<S> | undefined;

  constructor(device: DeviceBackend<S>, dtype: DType, length: number) {
    this.#device = device;
    this.#dtype = dtype;
    this.#length = length;
  }

  /** Results go to the place of inputs, which nobody needs after: what they overlap on the host is no matter here. */
  fill(op: Op, inputs: Arrays, outputs: Arrays, upload: Upload<S>): void {
    const { bytes } = dtypes[this.#dtype];
    const put = (array: HostArray): S => {
      const storage = this.#alloc();
      upload(storage, array);
      return storage;
    };
    const first = put(inputs[0]!);
    const placeOf = (i: number, before: S, of: number): S =>
      hostSharing(inputs[i]!, inputs[of]!, bytes) === 'all' ? before : put(inputs[i]!);
    this.inputs = [first];
    if (inputs.length > 1) {
      const second = placeOf(1, first, 0);
      this.inputs = [first, second];
      if (inputs.length > 2) {
        const isFirst = hostSharing(inputs[2]!, inputs[0]!, bytes) === 'all';
        this.inputs = [first, second, isFirst ? first : placeOf(2, second, 1)];
      }
    }
    if (ops[op].readsOutput) this.outputs = [put(outputs[0]!)];
    else if (outputs.length === 1) this.outputs = [first];
    else this.outputs = [first, this.#other(first)];
  }

  /** The place of an input that is not that one; else a new one. */
  #other(storage: S): S {
    for (let i = 1; i < this.inputs.length; i++) {
      if (this.inputs[i] !== storage) return this.inputs[i]!;
    }
    return this.#alloc();
  }

  #alloc(): S {
    const storage = this.#device.alloc(this.#dtype, this.#length);
    this.#first = { storage, next: this.#first };
    return storage;
  }

  /** All of it; the second time does nothing. */
  free(): void {
    for (let made = this.#first; made; made = made.next) this.#device.free(made.storage);
    this.#first = undefined;
  }
}

/** A list that no method of arrays gets to see. */
interface Made<S> {
  readonly storage: S;
  readonly next: Made<S> | undefined;
}

/** The end of a job whose operands were copied to the device: keeps the job, and so their memory, until then. */
class StagedEnding<S extends Storage> implements Ending {
  readonly aborted: Int32Array | undefined;
  readonly #places: Places<S>;
  readonly #job: AsyncJob<HostArray>;
  readonly #failure: Error | undefined;

  constructor(places: Places<S>, job: AsyncJob<HostArray>, failure: Error | undefined) {
    this.aborted = job.aborted;
    this.#places = places;
    this.#job = job;
    this.#failure = failure;
  }

  end(done: boolean): void {
    this.#places.free();
    if (this.#failure) this.#job.fail(this.#failure);
    else this.#job.end(done);
  }

  fail(error: Error): void {
    this.#places.free();
    this.#job.fail(this.#failure ?? error);
  }
}
