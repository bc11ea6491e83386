// Devices: what can be named, which of them can be used here, and which one is the default.
import { cpus } from 'node:os';
import { availability, type Backend, type BackendKind, hostKind, useBackend } from './backend.ts';
import { describe, mishError } from './errors.ts';
import {
  checkFunction,
  checkSynchronous,
  isThreadCount,
  type Precision,
  threadCountProblem,
} from './options.ts';

/** The name of one device. */
export type DeviceId = 'js' | 'cpu' | `cuda:${number}`;
/** 'cuda' is 'cuda:0'; 'auto' is the best that works: cuda, else cpu, else js. */
export type DeviceSpec = DeviceId | 'cuda' | 'auto';

/** A device that can be used; made by {@link device}. */
export interface Device {
  readonly id: DeviceId;
  readonly kind: 'js' | 'cpu' | 'cuda';
  readonly index: number;
  toString(): DeviceId;
}

/** What every operation takes. */
export interface OpOptions {
  /** Where to compute; without it host arrays are computed on the host, tensors where they live. */
  readonly device?: DeviceSpec | Device;
  /** float32 only; 'exact' unless given. */
  readonly precision?: Precision;
}

/** A device, usable or not, and what is known of it. */
export interface DeviceInfo extends Device {
  readonly available: boolean;
  /** Why not, in words, when not available. */
  readonly reason?: string;
  readonly name?: string;
  /** cpu: the ISA level of the kernels in use. */
  readonly isa?: string;
  /** cpu: how many threads a large call uses, the one that calls among them. */
  readonly threads?: number;
  /** cuda: bytes. */
  readonly memory?: { readonly total: number; readonly free: number };
  readonly computeCapability?: readonly [major: number, minor: number];
  readonly driver?: string;
  readonly uuid?: string;
}

function makeDevice(id: DeviceId, kind: BackendKind, index = 0): Device {
  return Object.freeze({ id, kind, index, toString: () => id });
}

const hostDevices = { js: makeDevice('js', 'js'), cpu: makeDevice('cpu', 'cpu') } as const;

interface Named {
  readonly kind: BackendKind | 'auto';
  readonly id: string;
}

/** The kind of device that a value names, be that device here or not; undefined when it names none. */
function kindOf(spec: unknown): Named['kind'] | undefined {
  if (spec === 'auto' || spec === 'js' || spec === 'cpu') return spec;
  const cuda = typeof spec === 'string' && /^cuda(:(0|[1-9]\d{0,3}))?$/.test(spec);
  return cuda ? 'cuda' : undefined;
}

/** @internal */
export function isDeviceSpec(value: unknown): value is DeviceSpec {
  return kindOf(value) !== undefined;
}

/** What a spec or Device names. @throws ERR_MISH_ARGUMENT when it names nothing */
function parse(name: string, spec: unknown, others = ' or a Device'): Named {
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
  const { kind, id } = parse(name, spec);
  if (kind === 'auto') return hostDevices[hostKind()];
  useBackend(kind, id);
  return kind === 'js' ? hostDevices.js : hostDevices.cpu;
}

/**
 * Resolves a spec now. `'auto'` is never refused for want of a device.
 * @throws ERR_MISH_ARGUMENT for something that is no spec, or a wrong NODE_MISH_ISA; ERR_MISH_NATIVE
 *   for 'cpu' without the addon; ERR_MISH_NO_DEVICE for a cuda device that is not there
 */
export function device(spec: DeviceSpec): Device {
  return resolveDevice('device', spec);
}

let defaultDevice: Device | undefined;
let fromEnvironment: Named | undefined;

/** What NODE_MISH_DEVICE names; without it, or empty, 'auto'. */
function environmentDevice(): Named {
  fromEnvironment ??= parse('NODE_MISH_DEVICE', process.env['NODE_MISH_DEVICE'] || 'auto', '');
  return fromEnvironment;
}

/** The host (cpu, or js without the addon) until set by {@link setDefaultDevice} or NODE_MISH_DEVICE. */
export function getDefaultDevice(): Device {
  defaultDevice ??= resolveDevice('NODE_MISH_DEVICE', environmentDevice().id);
  return defaultDevice;
}

/** @internal Where host arrays and numbers are computed: the default device if it is on the host. */
export function hostDevice(): Device {
  const { kind } = defaultDevice ?? environmentDevice();
  return kind === 'cuda' ? hostDevices[hostKind()] : getDefaultDevice();
}

/** Where tensors are made from now on. @throws as {@link device} */
export function setDefaultDevice(spec: DeviceSpec | Device): Device {
  defaultDevice = resolveDevice('device', spec);
  return defaultDevice;
}

/**
 * Makes `spec` the default device while `fn` runs, and returns its result.
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

/** @internal */
export function backendOf(of: Device): Backend {
  return useBackend(of.kind);
}

function infoOf(host: Device): DeviceInfo {
  const found = availability(host.kind);
  if (!found.backend) return { ...host, available: false, reason: found.reason };
  if (host.kind === 'js') return { ...host, available: true, name: `V8 ${process.versions.v8}` };
  const name = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const threads = found.threads?.get().count ?? 1;
  return { ...host, available: true, name, isa: found.isa ?? '', threads };
}

/**
 * How many threads a large call on the CPU uses at most, for the whole process and from the next call on;
 * 'auto' is NODE_MISH_THREADS, or the CPUs that this process may use, asked for again. Where JavaScript
 * computes there is one thread, whatever is set.
 * @throws ERR_MISH_ARGUMENT unless it is an integer from 1 to 1024 or 'auto'; for a wrong environment variable
 */
export function setThreads(n: number | 'auto'): void {
  if (n !== 'auto' && !isThreadCount(n)) {
    throw mishError('ERR_MISH_ARGUMENT', threadCountProblem('n', "'auto'", describe(n)));
  }
  const found = availability(hostKind());
  if (found.backend) found.threads?.set(n === 'auto' ? undefined : n);
}

/** Every device known here, usable or not. Never wakes a GPU driver. */
export function devices(): readonly DeviceInfo[] {
  return Object.values(hostDevices).map((host) => Object.freeze(infoOf(host)));
}

/** As {@link devices}, after asking the GPU driver, off the event loop; this version has none to ask. */
export async function probeDevices(): Promise<readonly DeviceInfo[]> {
  return devices();
}
