// Synchronous CUDA calls, as a backend has them. Most only enqueue; only downloads wait for the device.

import { allocateHost, type DType, dtypes, type HostArray } from '../../base/dtype.ts';
import type { MishError } from '../../base/errors.ts';
import type { DeviceBackend } from '../interface.ts';
import type { Addon } from './addon.ts';
import type { Codes } from './codes.ts';
import { callError, isOfDriver } from './cuda-errors.ts';
import { CudaStorage } from './cuda-storage.ts';

type Calls = Omit<
  DeviceBackend<CudaStorage>,
  'arrays' | 'downloadAsync' | 'finish' | 'runAsync' | 'uploadAsync'
>;

const { isSafeInteger } = Number;

/** One device of the addon. */
export interface CudaDevice {
  readonly addon: Addon;
  readonly codes: Codes;
  readonly index: number;
}

/** Turns outcomes of calls on one device into errors. */
export interface Checks {
  /** @throws what the status says, unless it is one of success; `doing` is for a noun in a sentence */
  readonly check: (status: number, doing: string) => void;
  /** The error of that status; the driver's code is that of the last call unless it is given. */
  readonly errorOf: (status: number, doing: string, cudaCode?: number) => MishError;
}

export function checksOf({ addon, codes: { ok, empty }, index }: CudaDevice): Checks {
  const { cuda, statuses } = addon;
  const errorOf = (status: number, doing: string, cudaCode?: number): MishError => {
    const name = statuses[status];
    const code = cudaCode ?? (isOfDriver(name) ? cuda.lastCode() : 0);
    return callError({ status: name, cudaCode: code, doing }, { index, known: cuda.known() });
  };
  return {
    errorOf,
    check(status, doing) {
      if (status !== ok && status !== empty) throw errorOf(status, doing);
    },
  };
}

const bytesOf = ({ dtype, length }: CudaStorage): number => length * dtypes[dtype].bytes;

export function callsOf(device: CudaDevice, { check, errorOf }: Checks): Calls {
  const { cuda } = device.addon;
  const { take, keep } = keptError();
  return {
    ...memoryOf(device, { check, errorOf }, take),
    sweep() {}, // an aborted call ends when its turn comes, within what the device has queued
    run: runOf(device, check, take),
    upload(storage, source) {
      take();
      check(cuda.upload(storage.handle, storage.byteOffset, source, false), 'an upload');
    },
    uploadHeld(storage, source) {
      take();
      check(cuda.upload(storage.handle, storage.byteOffset, source, true), 'an upload');
    },
    download(storage) {
      take();
      return downloaded(device, check, storage);
    },
    downloadTo(storage, target) {
      take();
      check(cuda.download(storage.handle, storage.byteOffset, target, false), 'a download');
    },
    downloadHeld(storage, target) {
      take();
      check(cuda.download(storage.handle, storage.byteOffset, target, true), 'a download');
    },
    peek(storage) {
      try {
        return downloaded(device, check, storage);
      } catch (error) {
        keep(error as MishError);
        return undefined;
      }
    },
  };
}

/** An error that was found when nobody could be told, until somebody can: the addon tells each but once. */
function keptError() {
  let kept: MishError | undefined;
  return {
    keep(error: MishError): void {
      kept ??= error;
    },
    /** @throws the error that was kept */
    take(): void {
      if (kept === undefined) return;
      const error = kept;
      kept = undefined;
      throw error;
    },
  };
}

function downloaded(device: CudaDevice, check: Checks['check'], storage: CudaStorage): HostArray {
  const target = allocateHost(storage.dtype, storage.length);
  const { cuda } = device.addon;
  check(cuda.download(storage.handle, storage.byteOffset, target, false), 'a download');
  return target;
}

type MemoryCalls = Omit<
  Calls,
  | ('download' | 'downloadHeld' | 'downloadTo' | 'peek')
  | ('run' | 'sweep' | 'upload' | 'uploadHeld')
>;

function memoryOf(
  { addon, index }: CudaDevice,
  { check, errorOf }: Checks,
  take: () => void,
): MemoryCalls {
  const { cuda, statuses } = addon;
  const alloc = (dtype: DType, length: number): CudaStorage => {
    take();
    const bytes = length * dtypes[dtype].bytes;
    const handle = isSafeInteger(bytes) ? cuda.alloc(index, bytes) : -1;
    if (handle > 0) return new CudaStorage(handle, 0, length, dtype);
    const doing = `${bytes} bytes`;
    if (isSafeInteger(bytes)) throw errorOf(-handle, doing);
    throw errorOf(statuses.indexOf('deviceMemory'), doing, 0);
  };
  return {
    isCollected: false,
    alloc,
    allocZeros(dtype, length) {
      const storage = alloc(dtype, length);
      const status = cuda.clear(storage.handle, 0, bytesOf(storage));
      try {
        check(status, 'setting zeros');
      } catch (error) {
        cuda.free(storage.handle);
        throw error;
      }
      return storage;
    },
    free: ({ handle }) => cuda.free(handle),
    slice({ handle, byteOffset, dtype }, begin, end) {
      return new CudaStorage(handle, byteOffset + begin * dtypes[dtype].bytes, end - begin, dtype);
    },
    hostView: () => undefined,
    takeOver: () => undefined, // handles are numbers that are never used again
    copyTo(source, target) {
      take();
      const status = cuda.copy(
        target.handle,
        target.byteOffset,
        source.handle,
        source.byteOffset,
        bytesOf(source),
      );
      check(status, 'a copy on the device');
    },
  };
}

function runOf(
  { addon, codes }: CudaDevice,
  check: Checks['check'],
  take: () => void,
): Calls['run'] {
  const { cuda } = addon;
  const { op: opCode, formatOf } = codes;
  // By number of operands, as spreading them into a call takes as long as the rest of it.
  const call = (
    op: number,
    dtype: number,
    i: readonly CudaStorage[],
    o: readonly CudaStorage[],
  ): number => {
    const x = i[0]!;
    const y = o[0]!;
    const { length: n, handle: xh, byteOffset: xb } = x;
    if (i.length === 1) return cuda.run(op, dtype, n, xh, xb, y.handle, y.byteOffset);
    const { handle: dh, byteOffset: db } = i[1]!;
    if (i.length === 2) return cuda.run(op, dtype, n, xh, xb, dh, db, y.handle, y.byteOffset);
    const { handle: eh, byteOffset: eb } = i[2]!;
    const { handle: yh, byteOffset: yb } = y;
    const z = o[1]!;
    return cuda.run(op, dtype, n, xh, xb, dh, db, eh, eb, yh, yb, z.handle, z.byteOffset);
  };
  return (op, dtype, inputs, outputs, precision) => {
    take();
    check(call(opCode[op], formatOf(dtype, precision), inputs, outputs), op);
  };
}
