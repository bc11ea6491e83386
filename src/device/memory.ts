// The tensors that are alive and the memory they hold: counted references to allocations, and the figures of memory().
/// <reference lib="esnext.disposable" preserve="true" />
import { pooledBytes } from '../backend/registry.ts';
import { bare } from '../base/intrinsics.ts';
import { jobsInFlight } from '../base/pending.ts';
import { type Account, type Allocation, countLent } from './allocation.ts';
import { enterScope } from './scope.ts';

/** One tensor's hold on an allocation, until it is released. */
export interface Hold {
  allocation: Allocation | undefined;
}

let tensors = 0;
const bytesByDevice: Record<string, number> = bare({}); // no Map, whose methods a program may replace

function addBytes({ deviceId, ownedBytes }: Account, sign: 1 | -1): void {
  const bytes = (bytesByDevice[deviceId] ?? 0) + sign * ownedBytes;
  if (bytes === 0) delete bytesByDevice[deviceId];
  else bytesByDevice[deviceId] = bytes;
}

const { register, unregister } = FinalizationRegistry.prototype;
/** With its methods as they were when this was loaded: they get to see allocations. */
const collected = Object.assign(new FinalizationRegistry<Account>(releaseFrom), {
  register,
  unregister,
});

/** Counts `tensor` as alive, with a hold on the allocation, and enters it in the current scope. */
export function hold(tensor: Disposable, allocation: Allocation): Hold {
  const held: Hold = { allocation };
  const { account } = allocation;
  if (account.references++ === 0) addBytes(account, 1);
  tensors++;
  collected.register(tensor, account, held);
  enterScope(tensor);
  return held;
}

/** Gives a hold up; the second time does nothing. */
export function release(held: Hold): void {
  const { allocation } = held;
  if (!allocation) return;
  held.allocation = undefined; // or a disposed tensor that is kept would keep the memory
  collected.unregister(held);
  releaseFrom(allocation.account);
}

function releaseFrom(account: Account): void {
  tensors--;
  dereference(account);
}

function dereference(account: Account): void {
  if (--account.references > 0) return;
  addBytes(account, -1);
  account.free?.();
}

/** Keeps the allocation, whose tensors may all be disposed meanwhile, for one asynchronous job. */
export function lend(allocation: Allocation): void {
  countLent(allocation, 1);
  allocation.account.references++;
}

/** That job has ended. */
export function giveBack(allocation: Allocation): void {
  countLent(allocation, -1);
  dereference(allocation.account);
}

/** What {@link memory} reports. */
export interface MemoryInfo {
  /** Tensors not yet disposed or collected; each view of another is one. */
  readonly tensors: number;
  /**
   * Bytes of elements that they own, by device id, a key for each that has some: memory with several views once,
   * wrapped memory never, as it is its owner's. Memory lent to asynchronous calls counts until they settle.
   */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes of freed device memory that this thread keeps for reuse, by device id. */
  readonly pooled: Readonly<Record<string, number>>;
  /** Asynchronous calls not yet settled, reads of tensors on GPUs among them; 131,072 at most. */
  readonly inFlight: number;
}

/**
 * Exact figures of what this library holds at the moment, in this thread: a worker has its own.
 * @returns a new object with the counts and bytes
 */
export function memory(): MemoryInfo {
  const [bytes, pooled] = [{ ...bytesByDevice }, { ...pooledBytes() }];
  return { tensors, bytes, pooled, inFlight: jobsInFlight() };
}
