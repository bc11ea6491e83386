// Asynchronous CUDA calls: each ends with an ending that the device reaches after all that was asked of it before.

import { allocateHost, type HostArray } from '../../base/dtype.ts';
import type { DeviceBackend, Ending } from '../interface.ts';
import type { Addon } from './addon.ts';
import type { Codes } from './codes.ts';
import type { Checks, CudaDevice } from './cuda-calls.ts';
import { callError, isOfDriver } from './cuda-errors.ts';
import type { CudaStorage } from './cuda-storage.ts';
import type { Connect, InFlight } from './settler.ts';

/** Asks the driver for all devices, off the event loop; what came of it is among what is known then. */
export function probed({ cuda, statuses }: Addon, { ok }: Codes, connect: Connect): Promise<void> {
  return new Promise((resolve, reject) => {
    const record: InFlight = { end: () => resolve(), failed: () => resolve() };
    const found = connect();
    const status = found === ok ? cuda.probe(record) : found;
    if (status === ok) return;
    const where = { index: 0, known: cuda.known() };
    const cudaCode = isOfDriver(statuses[status]) ? cuda.lastCode() : 0;
    reject(callError({ status: statuses[status], cudaCode, doing: 'asking the driver' }, where));
  });
}

/** The end of what was begun on one device. */
class Finish implements InFlight {
  readonly #ending: Ending;
  readonly #checks: Checks;

  constructor(ending: Ending, checks: Checks) {
    this.#ending = ending;
    this.#checks = checks;
  }

  end(done: boolean): void {
    this.#ending.end(done);
  }

  failed(status: number, cudaCode: number): void {
    this.#ending.fail(this.#checks.errorOf(status, 'an asynchronous call', cudaCode));
  }
}

/** The end of a copy between the device and host memory, which is kept until then. */
class CopyEnding implements Ending {
  readonly aborted: undefined = undefined;
  readonly #array: HostArray;
  readonly #resolve: (array: HostArray) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    array: HostArray,
    resolve: (array: HostArray) => void,
    reject: (error: Error) => void,
  ) {
    this.#array = array;
    this.#resolve = resolve;
    this.#reject = reject;
  }
  end(): void {
    this.#resolve(this.#array);
  }
  fail(error: Error): void {
    this.#reject(error);
  }
}

type Held = Pick<DeviceBackend<CudaStorage>, 'run' | 'uploadHeld' | 'downloadHeld'>;
type AsyncCalls = Pick<
  Required<DeviceBackend<CudaStorage>>,
  'downloadAsync' | 'finish' | 'runAsync' | 'uploadAsync'
>;

export function asyncCallsOf(
  device: CudaDevice,
  checks: Checks,
  connect: Connect,
  { run, uploadHeld, downloadHeld }: Held,
): AsyncCalls {
  const { addon, index, codes } = device;
  const { ok } = codes;
  const { check } = checks;
  const finish = (ending: Ending): void => {
    const record = new Finish(ending, checks);
    const status = addon.cuda.finish(index, record, ending.aborted);
    // By hand: `check`, called without a place on the stack, would throw, and it be settled all the same.
    if (status !== ok) check(status, 'an asynchronous call');
  };
  /** Before anything is held, which has to be told of. */
  const begin = (): void => check(connect(), 'an asynchronous call');
  return {
    finish(ending) {
      connect(); // or the addon waits for what is held, and says that it could not
      finish(ending);
    },
    runAsync(job) {
      begin();
      run(job.op, job.dtype, job.inputs, job.outputs, job.precision);
      finish(job);
    },
    uploadAsync: (storage, source) =>
      new Promise<void>((resolve, reject) => {
        begin();
        uploadHeld(storage, source);
        finish(new CopyEnding(source, () => resolve(), reject));
      }),
    downloadAsync: (storage) =>
      new Promise<HostArray>((resolve, reject) => {
        begin();
        const target = allocateHost(storage.dtype, storage.length);
        downloadHeld(storage, target);
        finish(new CopyEnding(target, resolve, reject));
      }),
  };
}
