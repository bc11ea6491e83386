// Devices: what a spec may name, and the device that it names, with the backend that computes there.
import type { ArrayBackend, Backend, BackendKind } from '../backend/interface.ts';
import { availability, hostKind, useBackend } from '../backend/registry.ts';
import { suggestion } from '../base/did-you-mean.ts';
import { describe, mishError } from '../base/errors.ts';
import { bare } from '../base/intrinsics.ts';
import type { Precision } from '../base/options.ts';

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

/** @internal The backend of a device that was resolved. */
export let backendOf: (device: Device) => Backend;

/** @internal What computes on host arrays for a device that was resolved. */
export let arrayBackendOf: (device: Device) => ArrayBackend;

/** A device with its backend, which only this library sees. */
class UsableDevice {
  readonly id: DeviceId;
  readonly kind: BackendKind;
  readonly index: number;
  readonly #backend: Backend;

  constructor(id: DeviceId, kind: BackendKind, index: number, backend: Backend) {
    this.id = id;
    this.kind = kind;
    this.index = index;
    this.#backend = backend;
    Object.setPrototypeOf(this, Object.prototype); // callers see a plain object
    withIdAsText(this);
  }

  static {
    backendOf = (device) => (device as Device & UsableDevice).#backend;
    arrayBackendOf = (device) => (device as Device & UsableDevice).#backend.arrays;
  }
}

/** @internal Freezes `facts` and adds a non-enumerable toString() that returns its id. */
export function withIdAsText<T extends { readonly id: DeviceId }>(
  facts: T,
): T & { toString(): DeviceId } {
  Object.defineProperty(facts, 'toString', { value: () => facts.id });
  return Object.freeze(facts) as T & { toString(): DeviceId };
}

/** The devices that were resolved in this thread, by id: each has one backend as long as the thread lives. */
const resolved: Record<string, Device> = bare({});

function usableDevice(id: DeviceId, kind: BackendKind, index: number, backend: Backend): Device {
  resolved[id] ??= new UsableDevice(id, kind, index, backend) as Device;
  return resolved[id];
}

/** @internal What a spec names; 'host' is for calls in which none is given. */
export interface NamedDevice {
  readonly kind: BackendKind | 'auto' | 'host';
  readonly id: string;
}

/** The kind of device that a value names, be that device here or not; undefined when it names none. */
function kindOf(spec: unknown): BackendKind | 'auto' | undefined {
  if (spec === 'auto' || spec === 'js' || spec === 'cpu') return spec;
  const cuda = typeof spec === 'string' && /^cuda(:(0|[1-9]\d{0,3}))?$/.test(spec);
  return cuda ? 'cuda' : undefined;
}

const deviceNames = ['js', 'cpu', 'cuda', 'auto'];
/** What other libraries call the devices. */
const otherNames: Readonly<Record<string, string>> = {
  gpu: 'cuda',
  nvidia: 'cuda',
  cuda0: 'cuda:0',
  'gpu:0': 'cuda:0',
  'cuda:': 'cuda',
  javascript: 'js',
  wasm: 'js',
  native: 'cpu',
  host: 'cpu',
};

/** @internal ` Did you mean 'cuda'?`, where a spec is near one that is known. */
export function deviceSuggestion(spec: unknown): string {
  return suggestion(spec, deviceNames, otherNames);
}

/** @internal */
export function isDeviceSpec(value: unknown): value is DeviceSpec {
  return kindOf(value) !== undefined;
}

/** @internal What a spec or Device names. @throws ERR_MISH_ARGUMENT when it names nothing */
export function parseDevice(name: string, spec: unknown, others = ' or a Device'): NamedDevice {
  const id = typeof spec === 'object' && spec !== null && 'id' in spec ? spec.id : spec;
  const kind = kindOf(id);
  if (kind) return { kind, id: id as string };
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `${name}: expected 'js', 'cpu', 'cuda', 'cuda:N', 'auto'${others}; got ${describe(id)}.${deviceSuggestion(id)}`,
  );
}

/** @internal The device that the argument `name` carries a spec of; errors are those of {@link device}. */
export function resolveDevice(name: string, spec: unknown): Device {
  return useDevice(parseDevice(name, spec));
}

/** @internal The device of that name, opened. @throws as {@link device} */
export function useDevice({ kind, id }: NamedDevice): Device {
  if (kind === 'host') return useHost(hostKind());
  if (kind === 'auto') return bestDevice();
  if (kind !== 'cuda') return useHost(kind);
  const index = Number(id.slice('cuda:'.length)); // of 'cuda' and 'cuda:N'
  return usableDevice(`cuda:${index}`, kind, index, useBackend(kind, id, index));
}

function useHost(kind: 'cpu' | 'js'): Device {
  return resolved[kind] ?? usableDevice(kind, kind, 0, useBackend(kind, kind, 0));
}

/** 'auto': where it is not a GPU, {@link devices} says why. */
function bestDevice(): Device {
  const { backend } = availability('cuda');
  if (backend) return usableDevice('cuda:0', 'cuda', 0, backend);
  return useHost(hostKind());
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
