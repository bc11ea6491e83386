// The connector to the addon's CUDA side: a backend for each device, opened when it is asked for and never
// before; and what is known of all devices.

import { bare } from '../../base/intrinsics.ts';
import type {
  ArrayBackend,
  Availability,
  CudaDeviceFacts,
  DeviceBackend,
  Unavailable,
} from '../interface.ts';
import type { Addon, CudaFacts, CudaKnown } from './addon.ts';
import { type Codes, codesOf, missingNames } from './codes.ts';
import { asyncCallsOf, probed } from './cuda-async.ts';
import { callsOf, checksOf } from './cuda-calls.ts';
import { type CudaProblem, cudaStatuses, problemOf, versionText } from './cuda-errors.ts';
import type { CudaStorage } from './cuda-storage.ts';
import { hostArraysOn } from './host-arrays-on-device.ts';
import { loadNative } from './load.ts';
import { type Connect, settlerOf } from './settler.ts';

interface Connection {
  readonly addon: Addon;
  readonly codes: Codes;
  readonly connect: Connect;
}

type Connected =
  | { readonly connection: Connection }
  | { readonly connection?: undefined; readonly problem: Unavailable };

let connected: Connected | undefined;

/** The addon, or why it cannot be used: decided at the first call. */
function connect(): Connected {
  connected ??= bare(connectNow());
  return connected;
}

function connectNow(): Connected {
  const unusable = (reason: string): Connected => ({
    connection: undefined,
    problem: bare({ backend: undefined, code: 'ERR_MISH_NATIVE', reason, cudaCode: 0 }),
  });
  const native = loadNative();
  if (!native.addon) return unusable(native.reason);
  const { addon, file } = native;
  const missing = missingNames(addon);
  for (const name of cudaStatuses) if (!addon.statuses.includes(name)) missing.push(name);
  if (!Object.hasOwn(addon, 'cuda')) missing.push('cuda');
  if (missing.length > 0) return unusable(`${file} is a stale build without ${missing.join(', ')}`);
  const codes = codesOf(addon);
  return { connection: bare({ addon, codes, connect: settlerOf(addon, codes) }) };
}

// ---------------------------------------------------------------- one device
type Found = Extract<Availability, { readonly backend: object }>;

/** By index: those that this thread has opened. No array: Object.prototype is not looked at. */
const opened: Record<number, Found> = bare({});

/** Without the addon there is no driver to ask, and whoever asked is to find the reason. */
let isAskedInVain = false;

/** Opens the device; its backend, or why it cannot be used now, which may be otherwise later. */
export function cudaBackend(index: number): Availability {
  const found = connect();
  if (!found.connection) {
    isAskedInVain = true;
    return found.problem;
  }
  const { addon, codes } = found.connection;
  const status = addon.cuda.open(index);
  if (status === codes.ok) {
    opened[index] ??= bare({ backend: backendOf(found.connection, index) });
    return opened[index];
  }
  const known = addon.cuda.known();
  const { code, reason, cudaCode } = problemOf(addon.statuses[status], addon.cuda.lastCode(), {
    index,
    known,
  });
  return bare({ backend: undefined, code, reason, cudaCode });
}

function backendOf({ addon, codes, connect }: Connection, index: number): DeviceBackend {
  const device = { addon, codes, index };
  const checks = checksOf(device);
  const calls = callsOf(device, checks);
  const asyncCalls = asyncCallsOf(device, checks, connect, calls);
  type Members = Omit<DeviceBackend<CudaStorage>, 'arrays'>;
  const backend = bare({ ...calls, ...asyncCalls }) as Members & { arrays: ArrayBackend };
  backend.arrays = hostArraysOn(backend);
  return Object.freeze(backend) as DeviceBackend;
}

// ---------------------------------------------------------------- all devices
/** As it is; never wakes the driver. */
export function knownDevices(): readonly CudaDeviceFacts[] {
  const found = connect();
  if (!found.connection) return isAskedInVain ? [{ index: 0, reason: found.problem.reason }] : [];
  const { addon } = found.connection;
  const known = addon.cuda.known();
  if (!known.isAsked) return [];
  const statusOf = ({ status }: { readonly status: number }) => addon.statuses[status];
  if (statusOf(known) !== 'ok' || known.devices.length === 0) {
    const status = statusOf(known) === 'ok' ? 'noDevice' : statusOf(known);
    const { reason } = problemOf(status, known.code, { index: 0, known });
    return [{ index: 0, reason, ...driverOf(known) }];
  }
  return known.devices.map((facts, index) => ({
    index,
    ...reasonOf(statusOf(facts), facts, { index, known }),
    ...factsOf(facts),
    ...driverOf(known),
  }));
}

function reasonOf(
  status: string | undefined,
  { code }: CudaFacts,
  where: { readonly index: number; readonly known: CudaKnown },
): Pick<CudaProblem, 'reason'> | undefined {
  if (status === 'ok') return undefined;
  if (status !== 'empty') return { reason: problemOf(status, code, where).reason };
  return { reason: 'not probed yet; call probeDevices()' };
}

function factsOf({ name, uuid, totalBytes, freeBytes, major, minor }: CudaFacts) {
  return {
    ...(name === '' ? {} : { name }),
    ...(totalBytes > 0 ? { memory: Object.freeze({ total: totalBytes, free: freeBytes }) } : {}),
    ...(major > 0 ? { computeCapability: Object.freeze([major, minor] as const) } : {}),
    ...(uuid === '' ? {} : { uuid }),
  };
}

function driverOf({ driverVersion }: CudaKnown): { readonly driver?: string } {
  const driver = versionText(driverVersion);
  return driver === undefined ? {} : { driver };
}

/** Asks the driver for all its devices, off the event loop; what it tells is known then. */
export async function probe(): Promise<void> {
  const { connection } = connect();
  if (!connection) isAskedInVain = true;
  else await probed(connection.addon, connection.codes, connection.connect);
}

/** Bytes of freed memory that the devices in use in this thread keep, by device id; of those that keep some. */
export function pooledBytes(): Record<string, number> {
  const pooled: Record<string, number> = bare({});
  for (const index in opened) {
    const bytes = connected?.connection?.addon.cuda.pooled(Number(index)) ?? 0;
    if (bytes > 0) pooled[`cuda:${index}`] = bytes;
  }
  return pooled;
}
