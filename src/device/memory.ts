// Which tensors are alive and what memory they hold: counted references to allocations, the scopes
// that dispose, and the figures of memory().
/// <reference lib="esnext.disposable" preserve="true" />
import type { Memory, Storage } from '../backend/interface.ts';
import { pooledBytes } from '../backend/registry.ts';
import { bare } from '../base/intrinsics.ts';
import { jobsInFlight } from '../base/pending.ts';
import { checkFunction, checkSynchronous, isPlainObject } from '../base/options.ts';

// Functions, not members: whoever gets to see an allocation, as by a method of arrays that he has put in
// place of the engine's, cannot get at memory that a job has.

/** All of it, until it moves. */
export let storageOf: (allocation: Allocation) => Storage;
/** Whether callers may have seen the memory itself, so that it cannot be lent: they could take it away. */
export let isExposed: (allocation: Allocation) => boolean;
/** They are about to. */
export let expose: (allocation: Allocation) => void;
/** Whether asynchronous jobs have it. */
export let isLent: (allocation: Allocation) => boolean;
let countLent: (allocation: Allocation, change: 1 | -1) => void;
/** How often the memory got a new storage, after which slices of the old one are dead. */
export let movesOf: (allocation: Allocation) => number;
/** The same memory from now on, under a storage that nobody else knows. */
export let move: (allocation: Allocation, storage: Storage) => void;

/**
 * Who has an allocation. It does not know the memory where V8 collects it, so what finalizers keep for their
 * turn of the event loop keeps none: of 1,000 tensors of 4 MB dropped in a synchronous loop, it was all 4 GB.
 */
interface Account {
  /** Tensors, and asynchronous jobs that it is lent to. */
  references: number;
  readonly deviceId: string;
  /** 0 for memory that the caller owns. */
  readonly ownedBytes: number;
  /** Absent where the garbage collector does it. */
  readonly free: (() => void) | undefined;
}

/** Memory that one or more tensors are views of; freed with the last of them, or of the jobs that have it. */
export class Allocation {
  readonly memory: Memory<Storage>;
  /** Elements. */
  readonly length: number;
  readonly account: Account;
  #lent = 0;
  #exposed: boolean;
  #storage: Storage;
  #moves = 0;

  constructor(
    memory: Memory<Storage>,
    storage: Storage,
    length: number,
    deviceId: string,
    ownedBytes: number,
    exposed = false,
  ) {
    const free = memory.free && (() => memory.free?.(storage)); // what has to be freed never moves
    this.memory = memory;
    this.#storage = storage;
    this.length = length;
    this.account = { references: 0, deviceId, ownedBytes, free };
    this.#exposed = exposed;
  }

  static {
    storageOf = (allocation) => allocation.#storage;
    isExposed = (allocation) => allocation.#exposed;
    expose = (allocation) => {
      allocation.#exposed = true;
    };
    isLent = (allocation) => allocation.#lent > 0;
    countLent = (allocation, change) => {
      allocation.#lent += change;
    };
    movesOf = (allocation) => allocation.#moves;
    move = (allocation, storage) => {
      allocation.#storage = storage;
      allocation.#moves++;
    };
  }
}

/** The storage of elements [begin, begin + size). */
export function sliceOf(allocation: Allocation, begin: number, size: number): Storage {
  const whole = storageOf(allocation);
  if (begin === 0 && size === allocation.length) return whole;
  return allocation.memory.slice(whole, begin, begin + size);
}

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

const scopes: Set<Disposable>[] = [];

/**
 * Disposes every tensor made during the synchronous extent of `fn` except those it returns (alone, or
 * anywhere in returned arrays, Maps, Sets and plain objects; those belong to the enclosing scope). When `fn` throws,
 * all of them are disposed.
 * @param fn - what is called at once; it must not return a promise
 * @returns what `fn` returns
 * @throws ERR_MISH_ARGUMENT when `fn` is no function or returns a promise
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
