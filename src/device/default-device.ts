// The default device: where tensors are made and arrays are computed when a call names no device.
import { environmentVariable } from '../base/environment.ts';
import { checkFunction, checkSynchronous } from '../base/options.ts';
import {
  type Device,
  type DeviceSpec,
  type NamedDevice,
  parseDevice,
  resolveDevice,
  useDevice,
} from './device.ts';

let defaultDevice: Device | undefined;
let fromEnvironment: NamedDevice | undefined;

/** The device of host arrays and numbers, while the default device stays as it is. */
let arrayDevice: Device | undefined;

function setDefault(device: Device | undefined): void {
  defaultDevice = device;
  arrayDevice = undefined;
}

/** What NODE_MISH_DEVICE names; without it, or empty, the host. */
function environmentDevice(): NamedDevice {
  if (fromEnvironment) return fromEnvironment;
  const spec = environmentVariable('NODE_MISH_DEVICE');
  fromEnvironment = spec ? parseDevice('NODE_MISH_DEVICE', spec, '') : { kind: 'host', id: 'host' };
  return fromEnvironment;
}

/**
 * Where tensors are made unless told otherwise: the host (cpu, or js without the addon) until set by
 * {@link setDefaultDevice} or NODE_MISH_DEVICE. Each worker has its own.
 * @returns the device, which can be used
 * @throws as {@link device}, for what NODE_MISH_DEVICE names
 */
export function getDefaultDevice(): Device {
  defaultDevice ??= useDevice(environmentDevice());
  return defaultDevice;
}

/** @internal Where host arrays and numbers are computed: the default device if it is on the host. Opens no other. */
export function hostDevice(): Device {
  if (arrayDevice) return arrayDevice;
  const { kind } = defaultDevice ?? environmentDevice();
  const isOnHost = kind !== 'cuda' && kind !== 'auto';
  arrayDevice = isOnHost ? getDefaultDevice() : useDevice({ kind: 'host', id: 'host' });
  return arrayDevice;
}

/**
 * Sets where this thread makes tensors from now on, and where it computes arrays and numbers if that is cpu or js.
 * @param spec - the device
 * @returns the device that was meant
 * @throws as {@link device}
 */
export function setDefaultDevice(spec: DeviceSpec | Device): Device {
  const chosen = resolveDevice('device', spec);
  setDefault(chosen);
  return chosen;
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
  setDefault(chosen);
  try {
    return checkSynchronous('withDevice', fn());
  } finally {
    setDefault(before);
  }
}

/** @internal The device that an operand's options name, or the default. */
export function deviceOption(spec: unknown): Device {
  return spec === undefined ? getDefaultDevice() : resolveDevice('device', spec);
}
