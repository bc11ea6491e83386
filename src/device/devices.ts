// The devices of this machine, usable or not, with what is known of each; and the threads of the CPU.
import { cpus } from 'node:os';
import type { CudaDeviceFacts } from '../backend/interface.ts';
import { availability, hostKind, knownCudaDevices, probeCuda } from '../backend/registry.ts';
import { describe, mishError } from '../base/errors.ts';
import { isThreadCount, threadCountProblem } from '../base/options.ts';
import { type Device, withIdAsText } from './device.ts';

/** A device, usable or not, and what is known of it. */
export interface DeviceInfo extends Device {
  /** Whether it can be used. */
  readonly available: boolean;
  /** Why not, in words, when not available. */
  readonly reason?: string;
  /** Its model: of the CPU, as the system tells it; of a GPU, as the driver does; of js, V8 with its version. */
  readonly name?: string;
  /** cpu: the ISA level of the kernels in use, as 'x86-64-v4'. */
  readonly isa?: string;
  /** cpu: how many threads a large call uses, the one that calls among them. */
  readonly threads?: number;
  /** cuda: bytes; those free when the device was last opened or asked. */
  readonly memory?: { readonly total: number; readonly free: number };
  /** cuda: what the GPU can do, as [8, 6]. */
  readonly computeCapability?: readonly [major: number, minor: number];
  /** cuda: the version of CUDA that the driver is for, as '13.0'. */
  readonly driver?: string;
  /** cuda: as nvidia-smi shows it. */
  readonly uuid?: string;
}

function hostInfo(kind: 'js' | 'cpu'): DeviceInfo {
  const device = { id: kind, kind, index: 0 };
  const found = availability(kind);
  if (!found.backend) return withIdAsText({ ...device, available: false, reason: found.reason });
  if (kind === 'js') {
    return withIdAsText({ ...device, available: true, name: `V8 ${process.versions.v8}` });
  }
  const name = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const threads = found.threads?.get().count ?? 1;
  return withIdAsText({ ...device, available: true, name, isa: found.isa ?? '', threads });
}

function cudaInfo({ index, reason, ...facts }: CudaDeviceFacts): DeviceInfo {
  const state = reason === undefined ? { available: true } : { available: false, reason };
  return withIdAsText({ id: `cuda:${index}`, kind: 'cuda', index, ...state, ...facts } as const);
}

/**
 * Every device known here, usable or not. Never wakes a GPU driver: cuda entries are there once it was asked, by
 * {@link probeDevices} or by naming a cuda device or 'auto'; where it could not be asked, one that says why.
 * @returns js, cpu, and the cuda devices by index, each frozen
 */
export function devices(): readonly DeviceInfo[] {
  return [hostInfo('js'), hostInfo('cpu'), ...knownCudaDevices().map(cudaInfo)];
}

/**
 * As {@link devices}, after asking the GPU driver for all its devices, off the event loop. A driver that is missing, or
 * fails, is the reason of an entry and rejects nothing.
 * @returns a promise of js, cpu, and the cuda devices by index, each frozen; it rejects with ERR_MISH_OOM when the
 *   system gives no thread or memory to ask with
 */
export async function probeDevices(): Promise<readonly DeviceInfo[]> {
  await probeCuda();
  return devices();
}

/**
 * Sets how many threads a large call on the CPU takes at most, the one that calls among them, for the whole process,
 * all its workers, and from the next call on. Asynchronous calls have one less together, but one at least, so that a
 * CPU is left to the event loop. Results have the same bits with any number. Where JavaScript computes there is one
 * thread, whatever is set.
 * @param n - 1 to 1024, or 'auto': NODE_MISH_THREADS, else as many CPUs as this process may use by affinity and cgroup
 *   quota, asked for again
 * @throws ERR_MISH_ARGUMENT unless it is an integer from 1 to 1024 or 'auto'; for a wrong environment variable
 */
export function setThreads(n: number | 'auto'): void {
  if (n !== 'auto' && !isThreadCount(n)) {
    throw mishError('ERR_MISH_ARGUMENT', threadCountProblem('n', "'auto'", describe(n)));
  }
  const found = availability(hostKind());
  if (found.backend) found.threads?.set(n === 'auto' ? undefined : n);
}
