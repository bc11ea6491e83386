// Errors for the addon's outcomes on CUDA devices, each with a sentence that says what to do.

import { environmentVariable } from '../../base/environment.ts';
import { type MishError, type MishErrorCode, mishError } from '../../base/errors.ts';
import { overlapError } from '../overlap.ts';
import type { CudaKnown } from './addon.ts';

/** Why a device cannot be used: a reason without a full stop, as it is put into a sentence. */
export interface CudaProblem {
  readonly code: MishErrorCode;
  readonly reason: string;
  /** The driver's error code; 0 where there is none. */
  readonly cudaCode: number;
}

/** The statuses that the addon must have; those of calls on the host it has anyway. */
export const cudaStatuses: readonly string[] = [
  ...['noDriver', 'driverTooOld', 'noDevice', 'unsupportedArch', 'cudaInit', 'noImage'],
  ...['cuda', 'deviceLost', 'deviceMemory', 'memory', 'aborted'],
];

/** Those that no error of the driver is behind: its last code would be that of a call before. */
const hostStatuses = ['memory', 'noThread', 'argument', 'length', 'overlap', 'inputIsOutput'];

/** Whether the driver may have a code for an outcome of that status. */
export function isOfDriver(status: string | undefined): boolean {
  for (let i = 0; i < hostStatuses.length; i++) if (hostStatuses[i] === status) return false;
  return status !== undefined;
}

/** What the driver's header calls the codes that are seen at all. */
const names: Readonly<Record<number, string>> = {
  1: 'INVALID_VALUE',
  2: 'OUT_OF_MEMORY',
  3: 'NOT_INITIALIZED',
  34: 'STUB_LIBRARY',
  35: 'INSUFFICIENT_DRIVER',
  36: 'CALL_REQUIRES_NEWER_DRIVER',
  46: 'DEVICE_UNAVAILABLE',
  100: 'NO_DEVICE',
  101: 'INVALID_DEVICE',
  200: 'INVALID_IMAGE',
  201: 'INVALID_CONTEXT',
  209: 'NO_BINARY_FOR_GPU',
  214: 'ECC_UNCORRECTABLE',
  218: 'INVALID_PTX',
  222: 'UNSUPPORTED_PTX_VERSION',
  226: 'CONTAINED',
  304: 'OPERATING_SYSTEM',
  400: 'INVALID_HANDLE',
  700: 'ILLEGAL_ADDRESS',
  701: 'LAUNCH_OUT_OF_RESOURCES',
  702: 'LAUNCH_TIMEOUT',
  714: 'HARDWARE_STACK_ERROR',
  715: 'ILLEGAL_INSTRUCTION',
  716: 'MISALIGNED_ADDRESS',
  717: 'INVALID_ADDRESS_SPACE',
  718: 'INVALID_PC',
  719: 'LAUNCH_FAILED',
  802: 'SYSTEM_NOT_READY',
  803: 'SYSTEM_DRIVER_MISMATCH',
  804: 'COMPAT_NOT_SUPPORTED_ON_DEVICE',
  810: 'MPS_CLIENT_TERMINATED',
  999: 'UNKNOWN',
};

function nameOf(code: number): string {
  const name = Object.hasOwn(names, code) ? names[code] : undefined;
  return `CUDA error ${code}${name === undefined ? '' : ` (CUDA_ERROR_${name})`}`;
}

const version = (number: number): string =>
  `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;

/** A version of CUDA in words; undefined when it is not known. */
export function versionText(number: number): string | undefined {
  return number > 0 ? version(number) : undefined;
}

// ---------------------------------------------------------------- devices
/** What is known where a device cannot be opened. */
export interface Circumstances {
  readonly index: number;
  readonly known: CudaKnown;
}

/** Why the device cannot be opened, by the addon's status and the driver's code. */
export function problemOf(
  status: string | undefined,
  cudaCode: number,
  where: Circumstances,
): CudaProblem {
  const problem = (code: MishErrorCode, reason: string): CudaProblem => ({
    code,
    reason,
    cudaCode,
  });
  switch (status) {
    case 'noDriver':
      return problem('ERR_MISH_NO_DRIVER', noDriver(cudaCode));
    case 'driverTooOld':
      return problem('ERR_MISH_DRIVER_TOO_OLD', tooOld(cudaCode, where.known));
    case 'noDevice':
      return problem('ERR_MISH_NO_DEVICE', noDevice(where));
    case 'unsupportedArch':
      return problem('ERR_MISH_UNSUPPORTED_ARCH', unsupported(cudaCode, where));
    case 'deviceLost':
      return problem('ERR_MISH_DEVICE_LOST', `it ${lost(cudaCode)}`);
    case 'deviceMemory':
      return problem(
        'ERR_MISH_OOM',
        `it has no memory left for this process, ${nameOf(cudaCode)}. See nvidia-smi for who has it`,
      );
    case 'memory':
    case 'noThread':
      return problem('ERR_MISH_OOM', 'the system gave no memory, or no thread, for its queue');
    case 'noImage':
      return problem(
        'ERR_MISH_UNSUPPORTED',
        'this addon was built without nvcc and has no kernels for it. Use a release of node-mish, or build with CUDA 13',
      );
    default:
      return problem('ERR_MISH_CUDA_INIT', notStarted(cudaCode));
  }
}

function noDriver(code: number): string {
  if (code !== 0) {
    return `the libcuda that was found is only the stub that the toolkit links with (${nameOf(code)}). Take its directory out of LD_LIBRARY_PATH, and install the NVIDIA driver`;
  }
  const library = process.platform === 'win32' ? 'nvcuda.dll' : 'libcuda.so.1';
  return `no NVIDIA driver was found (${library} could not be loaded). Install the driver; nothing else is needed, no CUDA toolkit. Start a container with --gpus all and the NVIDIA Container Toolkit`;
}

function tooOld(code: number, { driverVersion, leastDriverVersion }: CudaKnown): string {
  const least = version(leastDriverVersion);
  if (code === 803) {
    return `the NVIDIA driver and its library are of different versions, ${nameOf(code)}. Restart the machine, which loads the driver that was installed last`;
  }
  if (code === 804) {
    return `a CUDA compatibility package is in the library path that this GPU does not work with, ${nameOf(code)}. Remove it, and install a driver for CUDA ${least} or later`;
  }
  const has = versionText(driverVersion);
  const what =
    has === undefined
      ? `the NVIDIA driver is older than what CUDA ${least} needs`
      : `the NVIDIA driver is for CUDA ${has}, and ${least} is needed`;
  return `${what}${code === 0 ? '' : `, ${nameOf(code)}`}. Update the driver`;
}

function noDevice({ index, known: { devices } }: Circumstances): string {
  const count = devices.length;
  const has =
    count === 0
      ? 'the NVIDIA driver has no device for this process'
      : `the NVIDIA driver has ${count === 1 ? 'one device, cuda:0' : `${count} devices, cuda:0 to cuda:${count - 1}`}, and none with index ${index}`;
  const visible = environmentVariable('CUDA_VISIBLE_DEVICES');
  return visible === undefined ? has : `${has}; CUDA_VISIBLE_DEVICES is '${visible}'`;
}

function unsupported(code: number, { index, known }: Circumstances): string {
  const facts = known.devices[index];
  const name = facts?.name || 'the GPU';
  const isKnown = facts !== undefined && facts.major > 0;
  const has = isKnown ? ` of compute capability ${facts.major}.${facts.minor}` : '';
  const least = (known.leastComputeCapability / 10).toFixed(1);
  if (code === 0) {
    return `${name} is${has || ' too old'}, and the least that is supported is ${least}`;
  }
  return `there is no code that the driver can run on ${name}${has}, ${nameOf(code)}; the least is ${least}. Update the driver and node-mish`;
}

const startRemedies: Readonly<Record<number, string>> = {
  46: 'Another process has it alone (exclusive compute mode), or it is not ready: try again, or see nvidia-smi',
  802: 'The machine is not ready: where GPUs are joined by NVSwitch, nvidia-fabricmanager has to run',
  999: 'This is often seen after the machine slept, or when the driver was updated: see whether nvidia-smi works, or restart the machine',
};

function notStarted(code: number): string {
  const remedy = Object.hasOwn(startRemedies, code)
    ? startRemedies[code]
    : 'See whether nvidia-smi works; else restart the machine';
  return `it could not be started, ${nameOf(code)}. ${remedy}`;
}

const lost = (code: number): string =>
  `is lost for this process after ${nameOf(code)}; the CPU goes on. Restart the process to use it again`;

// ---------------------------------------------------------------- calls
/** What became of a call on an open device. */
export interface Failure {
  readonly status: string | undefined;
  readonly cudaCode: number;
  /** What it was to do: 'forward', 'a copy of 12 bytes'. */
  readonly doing: string;
}

/** The error of a call on a device that was open; `where` tells more of one that is not any more. */
export function callError({ status, cudaCode, doing }: Failure, where: Circumstances): MishError {
  const id = `cuda:${where.index}`;
  const error = (code: MishErrorCode, message: string): MishError =>
    mishError(code, `${id}: ${message}.`, undefined, cudaCode);
  switch (status) {
    case 'overlap':
    case 'inputIsOutput':
      return overlapError(status);
    case 'deviceLost':
      return mishError('ERR_MISH_DEVICE_LOST', `${id} ${lost(cudaCode)}.`, undefined, cudaCode);
    case 'deviceMemory':
      return error(
        'ERR_MISH_OOM',
        `no memory on the device for ${doing}, or for a call before it. Dispose tensors, use scope(), or work in pieces`,
      );
    case 'memory':
    case 'noThread':
      return error(
        'ERR_MISH_OOM',
        `the system gave no memory, or no thread, for ${doing}. Await calls before the next, or work in pieces`,
      );
    case 'cuda':
      return error(
        'ERR_MISH_CUDA',
        `${doing}, or a call before it, failed with ${nameOf(cudaCode)}`,
      );
    case 'argument':
    case 'length':
      return error(
        'ERR_MISH_ARGUMENT',
        `${doing} was refused. Report this: an earlier check should have said what is wrong`,
      );
    default: {
      const { code, reason } = problemOf(status, cudaCode, where);
      return error(code, `${doing}, or a call before it, failed: ${reason}`);
    }
  }
}
