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

type BytesByDevice = Record<string, number>;

let tensors = 0;
const bytesByDevice: BytesByDevice = bare({}); // no Map, whose methods a program may replace
/** Those of them that the engine counts too. */
const engineBytesByDevice: BytesByDevice = bare({});

function addBytes({ deviceId, ownedBytes, isCountedByEngine }: Account, sign: 1 | -1): void {
  add(bytesByDevice, deviceId, sign * ownedBytes);
  if (isCountedByEngine) add(engineBytesByDevice, deviceId, sign * ownedBytes);
}

function add(counts: BytesByDevice, deviceId: string, change: number): void {
  const bytes = (counts[deviceId] ?? 0) + change;
  if (bytes === 0) delete counts[deviceId];
  else counts[deviceId] = bytes;
}

const { memoryUsage } = process;
/** V8 counts all memory of ArrayBuffers, in Node; Deno reports 0, and Bun a part of it: 821 kB of 100 MB. */
const isCounting = process.versions['bun'] === undefined;

/**
 * The bytes of each device, without those that the engine has collected and not yet reported: it reports between turns
 * of the event loop, and 1,000 tensors of 4 MB made and dropped within one were counted as 4 GB, at 71 MB in truth.
 */
function heldBytes(): BytesByDevice {
  const held = { ...bytesByDevice };
  const { arrayBuffers } = memoryUsage();
  if (!isCounting || !(arrayBuffers > 0)) return held;
  for (const id in engineBytesByDevice) {
    const collected = engineBytesByDevice[id]! - arrayBuffers;
    if (collected > 0) held[id] = held[id]! - collected;
  }
  return held;
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
  /**
   * Tensors that were neither disposed nor reported as collected; each view of another is one. The engine reports
   * between turns of the event loop: a loop without `await` counts those it has dropped, too.
   */
  readonly tensors: number;
  /**
   * Bytes of elements that they own, by device id, a key for each that has some: memory with several views once,
   * wrapped memory never, as it is its owner's. Memory lent to asynchronous calls counts until they settle; memory that
   * the engine has collected does not, even before it reports that.
   */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes of freed device memory that this thread keeps for reuse, by device id. */
  readonly pooled: Readonly<Record<string, number>>;
  /** Asynchronous calls not yet settled, reads of tensors on GPUs among them; 131,072 at most. */
  readonly inFlight: number;
}

/**
 * What this library holds at the moment, in this thread: a worker has its own.
 * @returns a new object with the counts and bytes
 */
export function memory(): MemoryInfo {
  return { tensors, bytes: heldBytes(), pooled: { ...pooledBytes() }, inFlight: jobsInFlight() };
}
