// Devices: what can be named, which of them can be used here, and which one is the default.
import { cpus } from 'node:os';
import type { Backend, BackendKind, CudaDeviceFacts } from '../backend/interface.ts';
import { availability, foundBackend, hostKind, knownCudaDevices, probeCuda, useBackend } from '../backend/registry.ts';
import { bare } from '../base/intrinsics.ts';
import { describe, mishError } from '../base/errors.ts';
import {
  checkFunction,
  checkSynchronous,
  isThreadCount,
  type Precision,
  threadCountProblem,
} from '../base/options.ts';

/** The name of one device: JavaScript kernels, native kernels, or the GPU with that index, from 0 on. */
export type DeviceId = 'js' | 'cpu' | `cuda:${number}`;
/** What names a device: its id; 'cuda', for 'cuda:0'; or 'auto', for the best that works: cuda:0, else cpu, else js. */
export type DeviceSpec = DeviceId | 'cuda' | 'auto';

/** A device that can be used: what {@link device} returns, frozen, the same object each time. */
export interface Device {
  /** Its name, which may stand for it wherever a device is taken. */
  readonly id: DeviceId;
  /** What computes on it. */
  readonly kind: 'js' | 'cpu' | 'cuda';
  /** Which of its kind, as the driver counts GPUs; 0 for js and cpu. */
  readonly index: number;
  /** The id. */
  toString(): DeviceId;
}

/** What every operation takes. */
export interface OpOptions {
  /**
   * Where to compute: host arrays anywhere, to a GPU and back with two copies; Tensors only where they live.
   * @defaultValue of arrays the default device if that is cpu or js, else the host; of Tensors their own
   */
  readonly device?: DeviceSpec | Device;
  /**
   * 'fast' is for float32 only.
   * @defaultValue `'exact'`
   */
  readonly precision?: Precision;
}

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

/** Frozen, with its id as its text, which nobody sees who prints or spreads it. */
function named<T extends { readonly id: DeviceId }>(facts: T): T & { toString(): DeviceId } {
  Object.defineProperty(facts, 'toString', { value: () => facts.id });
  return Object.freeze(facts) as T & { toString(): DeviceId };
}

function makeDevice(id: DeviceId, kind: BackendKind, index = 0): Device {
  return named({ id, kind, index });
}

const hostDevices = { js: makeDevice('js', 'js'), cpu: makeDevice('cpu', 'cpu') } as const;

/** One for each index that was named, or told of. */
const cudaDevices: Record<number, Device> = bare({});

function cudaDevice(index: number): Device {
  cudaDevices[index] ??= makeDevice(`cuda:${index}`, 'cuda', index);
  return cudaDevices[index];
}

interface Named {
  /** 'host' is what is meant where nothing is named. */
  readonly kind: BackendKind | 'auto' | 'host';
  readonly id: string;
}

/** The kind of device that a value names, be that device here or not; undefined when it names none. */
function kindOf(spec: unknown): BackendKind | 'auto' | undefined {
  if (spec === 'auto' || spec === 'js' || spec === 'cpu') return spec;
  const cuda = typeof spec === 'string' && /^cuda(:(0|[1-9]\d{0,3}))?$/.test(spec);
  return cuda ? 'cuda' : undefined;
}

/** @internal */
export function isDeviceSpec(value: unknown): value is DeviceSpec {
  return kindOf(value) !== undefined;
}

/** What a spec or Device names. @throws ERR_MISH_ARGUMENT when it names nothing */
function parse(name: string, spec: unknown, others = ' or a Device') {
  const id = typeof spec === 'object' && spec !== null && 'id' in spec ? spec.id : spec;
  const kind = kindOf(id);
  if (kind) return { kind, id: id as string };
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `${name}: expected 'js', 'cpu', 'cuda', 'cuda:N', 'auto'${others}; got ${describe(id)}.`,
  );
}

/** @internal Resolves the spec that the argument `name` carries; errors are those of {@link device}. */
export function resolveDevice(name: string, spec: unknown): Device {
  return resolve(parse(name, spec));
}

function resolve({ kind, id }: Named): Device {
  if (kind === 'host') return hostDevices[hostKind()];
  if (kind === 'auto') return best();
  const index = kind === 'cuda' ? indexOf(id) : 0;
  useBackend(kind, id, index);
  return kind === 'cuda' ? cudaDevice(index) : hostDevices[kind];
}

/** Of 'cuda' and 'cuda:N'. */
const indexOf = (id: string): number => Number(id.slice('cuda:'.length));

/** 'auto': why it is no GPU is in {@link devices} then. */
function best(): Device {
  return availability('cuda').backend ? cudaDevice(0) : hostDevices[hostKind()];
}

/**
 * Resolves a spec now; a cuda spec, and 'auto', may wait a second for the driver the first time, unless
 * {@link probeDevices} has asked it before. `'auto'` is never refused for want of a device: why it is not a GPU is
 * in {@link devices} then.
 * @param spec - what names it
 * @returns the device, which can be used
 * @throws ERR_MISH_ARGUMENT for something that is no spec, or a wrong environment variable; ERR_MISH_NATIVE for 'cpu'
 *   or 'cuda' without the addon; for a cuda device that cannot be used ERR_MISH_NO_DRIVER, ERR_MISH_DRIVER_TOO_OLD,
 *   ERR_MISH_NO_DEVICE, ERR_MISH_UNSUPPORTED_ARCH, ERR_MISH_CUDA_INIT, ERR_MISH_DEVICE_LOST, ERR_MISH_OOM, or
 *   ERR_MISH_UNSUPPORTED when the addon was built without kernels for it
 */
export function device(spec: DeviceSpec): Device {
  return resolveDevice('device', spec);
}

let defaultDevice: Device | undefined;
let fromEnvironment: Named | undefined;

/** What NODE_MISH_DEVICE names; without it, or empty, the host. */
function environmentDevice(): Named {
  if (fromEnvironment) return fromEnvironment;
  const spec = process.env['NODE_MISH_DEVICE'];
  fromEnvironment = spec ? parse('NODE_MISH_DEVICE', spec, '') : { kind: 'host', id: 'host' };
  return fromEnvironment;
}

/**
 * Where tensors are made unless told otherwise: the host (cpu, or js without the addon) until set by
 * {@link setDefaultDevice} or NODE_MISH_DEVICE. Each worker has its own.
 * @returns the device, which can be used
 * @throws as {@link device}, for what NODE_MISH_DEVICE names
 */
export function getDefaultDevice(): Device {
  defaultDevice ??= resolve(environmentDevice());
  return defaultDevice;
}

/** @internal Where host arrays and numbers are computed: the default device if it is on the host. Opens no other. */
export function hostDevice(): Device {
  const { kind } = defaultDevice ?? environmentDevice();
  return kind === 'cuda' || kind === 'auto' ? hostDevices[hostKind()] : getDefaultDevice();
}

/**
 * Sets where this thread makes tensors from now on, and where it computes arrays and numbers if that is cpu or js.
 * @param spec - the device
 * @returns the device that was meant
 * @throws as {@link device}
 */
export function setDefaultDevice(spec: DeviceSpec | Device): Device {
  defaultDevice = resolveDevice('device', spec);
  return defaultDevice;
}

/**
 * Makes a device the default while a function runs, as {@link setDefaultDevice} does for good.
 * @param spec - the device
 * @param fn - what is called at once; it must not return a promise
 * @returns what `fn` returns
 * @throws as {@link device}; ERR_MISH_ARGUMENT when `fn` returns a promise
 */
export function withDevice<R>(spec: DeviceSpec | Device, fn: () => R): R {
  checkFunction('fn', fn);
  const chosen = resolveDevice('device', spec);
  const before = defaultDevice;
  defaultDevice = chosen;
  try {
    return checkSynchronous('withDevice', fn());
  } finally {
    defaultDevice = before;
  }
}

/** @internal The device an operand's options name, or the default. */
export function deviceOption(spec: unknown): Device {
  return spec === undefined ? getDefaultDevice() : resolveDevice('device', spec);
}

/** @internal Of a device that was resolved. */
export function backendOf({ kind, index }: Device): Backend {
  return foundBackend(kind, index);
}

/** @internal What computes on host arrays for that device. */
export function arrayBackendOf(of: Device): Backend {
  const backend = backendOf(of);
  return backend.arrays ?? backend;
}

function infoOf(host: Device): DeviceInfo {
  const found = availability(host.kind);
  if (!found.backend) return named({ ...host, available: false, reason: found.reason });
  if (host.kind === 'js') {
    return named({ ...host, available: true, name: `V8 ${process.versions.v8}` });
  }
  const name = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const threads = found.threads?.get().count ?? 1;
  return named({ ...host, available: true, name, isa: found.isa ?? '', threads });
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

function cudaInfoOf({ index, reason, ...facts }: CudaDeviceFacts): DeviceInfo {
  const state = reason === undefined ? { available: true } : { available: false, reason };
  return named({ ...cudaDevice(index), ...state, ...facts });
}

/**
 * Every device known here, usable or not. Never wakes a GPU driver: cuda entries are there once it was asked, by
 * {@link probeDevices} or by naming a cuda device or 'auto'; where it could not be asked, one that says why.
 * @returns js, cpu, and the cuda devices by index, each frozen
 */
export function devices(): readonly DeviceInfo[] {
  return [...Object.values(hostDevices).map(infoOf), ...knownCudaDevices().map(cudaInfoOf)];
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
