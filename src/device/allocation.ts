// Memory that one or more tensors are views of: its storage, its owner's account, and whether jobs or callers have it.
import type { Memory, Storage } from '../backend/interface.ts';
import { bytesInsideArray } from '../base/intrinsics.ts';

// Functions, not members: a program can get hold of an allocation, for example by replacing a method of arrays.
// It still cannot reach the memory that a job uses.

/** The storage of the whole allocation, until the memory moves. */
export let storageOf: (allocation: Allocation) => Storage;
/** Whether callers may have seen the memory itself, so that it cannot be lent: they could take it away. */
export let isExposed: (allocation: Allocation) => boolean;
/** Marks the allocation as seen by callers. */
export let expose: (allocation: Allocation) => void;
/** Whether asynchronous jobs use the memory. */
export let isLent: (allocation: Allocation) => boolean;
/** Counts the asynchronous jobs that use the memory. */
export let countLent: (allocation: Allocation, change: 1 | -1) => void;
/** How often the memory got a new storage, after which slices of the old one are dead. */
export let movesOf: (allocation: Allocation) => number;
/** Replaces the storage by a new one over the same memory, which no other code knows. */
export let move: (allocation: Allocation, storage: Storage) => void;

/**
 * Counts the users of an allocation. It does not refer to memory that V8 collects: otherwise finalizers that wait for
 * their turn of the event loop kept all 4 GB of 1,000 tensors dropped in a synchronous loop.
 */
export interface Account {
  /** Tensors, and asynchronous jobs that it is lent to. */
  references: number;
  readonly deviceId: string;
  /** 0 for memory that the caller owns. */
  readonly ownedBytes: number;
  /**
   * Whether the engine counts these bytes among this thread's array buffers. It does not count what it keeps inside
   * small arrays, nor what another thread allocated.
   */
  isCountedByEngine: boolean;
  /** Undefined for memory that the garbage collector frees. */
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
    const free = memory.isCollected ? undefined : () => memory.free(storage); // such memory never moves
    this.memory = memory;
    this.#storage = storage;
    this.length = length;
    const isCountedByEngine = memory.isCollected && ownedBytes > bytesInsideArray;
    this.account = { references: 0, deviceId, ownedBytes, isCountedByEngine, free };
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
