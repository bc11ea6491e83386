// Which tensors are alive and what memory they hold: counted references to allocations, the scopes
// that dispose, and the figures of memory().
/// <reference lib="esnext.disposable" preserve="true" />
import type { Memory, Storage } from './backend.ts';
import { checkFunction, checkSynchronous, isPlainObject } from './options.ts';

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

/** One tensor's hold on an allocation, until it is released. */
export interface Hold {
  allocation: Allocation | undefined;
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
  const held: Hold = { allocation };
  if (allocation.references++ === 0) addBytes(allocation, 1);
  tensors++;
  collected.register(tensor, held, held);
  scopes.at(-1)?.add(tensor);
  return held;
}

/** Takes a disposed tensor out of the scopes that would dispose it. */
export function leaveScopes(tensor: Disposable): void {
  for (const made of scopes) made.delete(tensor);
}

/** Gives a hold up; the second time does nothing. */
export function release(held: Hold): void {
  const { allocation } = held;
  if (!allocation) return;
  held.allocation = undefined; // or a disposed tensor that is kept would keep the memory
  collected.unregister(held);
  tensors--;
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
    for (const part of partsOf(value)) pending.push(part);
  }
  return seen;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return isPlainObject(value) ? Object.values(value) : [];
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
