// Lends a tensor's memory to an asynchronous job, or copies it.
import type { Storage } from '../backend/interface.ts';
import { isShared } from '../base/intrinsics.ts';
import {
  type Allocation,
  isExposed,
  isLent,
  move,
  sliceOf,
  storageOf,
} from '../device/allocation.ts';
import { lend } from '../device/memory.ts';
import type { TensorState } from './state.ts';

/** An operand of an asynchronous job. */
export interface Carrier {
  readonly storage: Storage;
  /** The job's alone: results may take its place. */
  readonly isOwn: boolean;
}

/** One that is a tensor's. */
export interface TensorCarrier extends Carrier {
  /** What was lent, to be given back once. */
  readonly lent: Allocation | undefined;
}

/**
 * What an asynchronous job may have of a tensor: device and shared memory as it is, memory that only this
 * library knows lent, so that no other code can reach it meanwhile, and a copy of the rest.
 */
export function carrierOf(state: TensorState): TensorCarrier {
  const { backend, begin, size } = state;
  const allocation = state.hold.allocation!;
  if (!isLent(allocation)) {
    const view = backend.hostView(state.storage);
    if (view === undefined || isShared(view)) {
      return { storage: state.storage, isOwn: false, lent: undefined };
    }
    const moved = isExposed(allocation) ? undefined : backend.takeOver(storageOf(allocation));
    if (moved === undefined) {
      return { storage: backend.download(state.storage), isOwn: true, lent: undefined };
    }
    move(allocation, moved);
  }
  lend(allocation);
  return { storage: sliceOf(allocation, begin, size), isOwn: false, lent: allocation };
}
