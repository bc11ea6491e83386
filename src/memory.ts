// Which tensors are alive and what memory they hold: counted references to allocations, the scopes
// that dispose, and the figures of memory().
import type { Memory, Storage } from './backend.ts';
import { checkFunction, checkSynchronous } from './options.ts';

/** Memory that one or more tensors are views of; freed with the last of them. */
export class Allocation {
  readonly memory: Memory<Storage>;
  readonly storage: Storage;
  readonly deviceId: string;
  /** 0 for memory that the caller owns. */
  readonly ownedBytes: number;
  references = 0;

  constructor(memory: Memory<Storage>, storage: Storage, deviceId: string, ownedBytes: number) {
    this.memory = memory;
    this.storage = storage;
    this.deviceId = deviceId;
    this.ownedBytes = ownedBytes;
  }
}

/** One tensor's hold on an allocation. */
export interface Hold {
  readonly allocation: Allocation;
  released: boolean;
}

let tensors = 0;
const bytesByDevice = new Map<string, number>();

function addBytes({ deviceId, ownedBytes }: Allocation, sign: 1 | -1): void {
  const bytes = (bytesByDevice.get(deviceId) ?? 0) + sign * ownedBytes;
  if (bytes === 0) bytesByDevice.delete(deviceId);
  else bytesByDevice.set(deviceId, bytes);
}

const collected = new FinalizationRegistry<Hold>((hold) => release(hold));

/** Counts `tensor` as alive, with a hold on the allocation, and enters it in the current scope. */
export function hold(tensor: Disposable, allocation: Allocation): Hold {
  const held: Hold = { allocation, released: false };
  if (allocation.references++ === 0) addBytes(allocation, 1);
  tensors++;
  collected.register(tensor, held, held);
  scopes.at(-1)?.add(tensor);
  return held;
}

/** Gives a hold up; the second time does nothing. */
export function release(held: Hold): void {
  if (held.released) return;
  held.released = true;
  collected.unregister(held);
  tensors--;
  const { allocation } = held;
  if (--allocation.references > 0) return;
  addBytes(allocation, -1);
  allocation.memory.free(allocation.storage);
}

const scopes: Set<Disposable>[] = [];

/**
 * Disposes every tensor made during the synchronous extent of `fn` except those it returns (alone, or
 * anywhere in returned arrays, Maps, Sets and plain objects; those belong to the enclosing scope).
 * @throws ERR_MISH_ARGUMENT when `fn` returns a promise
 */
export function scope<R>(fn: () => R): R {
  checkFunction('fn', fn);
  const made = new Set<Disposable>();
  scopes.push(made);
  let kept = new Set<unknown>();
  try {
    const result = checkSynchronous('scope', fn());
    kept = reachable(result);
    return result;
  } finally {
    scopes.pop();
    for (const tensor of made) {
      if (kept.has(tensor)) scopes.at(-1)?.add(tensor);
      else tensor[Symbol.dispose]();
    }
  }
}

/** Everything that a result holds, itself included. */
function reachable(result: unknown): Set<unknown> {
  const seen = new Set<unknown>();
  const pending: unknown[] = [result];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (Array.isArray(value) || value instanceof Set) pending.push(...value);
    else if (value instanceof Map) pending.push(...value.keys(), ...value.values());
    else if (isPlain(value)) pending.push(...Object.values(value));
  }
  return seen;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What {@link memory} reports. */
export interface MemoryInfo {
  /** Tensors not yet disposed or collected. */
  readonly tensors: number;
  /** Bytes that they own, by device id; wrapped memory is its owner's and not counted. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes kept for reuse, by device id. */
  readonly pooled: Readonly<Record<string, number>>;
  /** Asynchronous jobs not yet finished. */
  readonly inFlight: number;
}

/** Exact, live figures of what this library holds. */
export function memory(): MemoryInfo {
  return { tensors, bytes: Object.fromEntries(bytesByDevice), pooled: {}, inFlight: 0 };
}
