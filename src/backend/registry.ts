// The registry of backends: which can be used here and, for those that cannot, why. The only file that knows them.
import { mishError } from '../base/errors.ts';
import { bare } from '../base/intrinsics.ts';
import type { Availability, Backend, BackendKind, CudaDeviceFacts } from './interface.ts';
import { jsBackend } from './js/js.ts';
import { cpuBackend } from './native/cpu.ts';
import * as cuda from './native/cuda.ts';
import { loadNative } from './native/load.ts';

export { version } from './native/load.ts';

const js: Availability = bare({ backend: jsBackend });

/**
 * Never throws: also a wrong environment variable is a reason, of code ERR_MISH_ARGUMENT. Opens the CUDA device
 * of that index, which may take the driver a second the first time.
 */
export function availability(kind: BackendKind, index = 0): Availability {
  switch (kind) {
    case 'js':
      return js;
    case 'cpu':
      return cpuBackend();
    case 'cuda':
      return cuda.cudaBackend(index);
  }
}

/** The path of the addon's file; undefined when none could be loaded. */
export function addonFile(): string | undefined {
  const native = loadNative();
  return native.addon ? native.file : undefined;
}

/** The CUDA devices, without asking the driver anything; none before a call that asks it. */
export function knownCudaDevices(): readonly CudaDeviceFacts[] {
  return cuda.knownDevices();
}

/** Asks the driver for all its devices, off the event loop. */
export function probeCuda(): Promise<void> {
  return cuda.probe();
}

/** Bytes of freed memory that the CUDA devices in use in this thread keep for later, by device id. */
export function pooledBytes(): Record<string, number> {
  return cuda.pooledBytes();
}

/** The backend of that kind, for the device of that id. @throws the reason, with its code, when it cannot be used */
export function useBackend(kind: BackendKind, id: string, index: number): Backend {
  const found = availability(kind, index);
  if (found.backend) return found.backend;
  if (found.code === 'ERR_MISH_ARGUMENT') throw mishError(found.code, found.reason);
  throw mishError(
    found.code,
    `device '${id}' cannot be used: ${found.reason}. Use 'auto' for the best device that works.`,
    undefined,
    found.cudaCode,
  );
}

/**
 * The kind of host backend in use: 'cpu', or 'js' where the addon cannot be.
 * @throws ERR_MISH_ARGUMENT when an environment variable is wrong
 */
export function hostKind(): 'cpu' | 'js' {
  const cpu = availability('cpu');
  if (cpu.backend) return 'cpu';
  if (cpu.code === 'ERR_MISH_ARGUMENT') throw mishError(cpu.code, cpu.reason);
  return 'js';
}
