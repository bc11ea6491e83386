// What a backend is: the types of its memory and its operations, of jobs that it runs off the event loop, and of
// what is known about it. Types only.
//
// Storage is whatever a backend computes on: a typed array on the host, a handle on a device. Only the backend
// that made it looks inside.
import type { DType, HostArray } from '../base/dtype.ts';
import type { MishErrorCode } from '../base/errors.ts';
import type { Op } from '../base/ops.ts';
import type { Precision } from '../base/options.ts';

/** What holds a tensor's elements; opaque outside the backend that made it. */
export type Storage = object;

/** Where elements live and how they get there. Lengths are in elements. */
export interface Memory<S extends Storage> {
  /** Elements that are 0 on the host, and unset on a device. */
  alloc(dtype: DType, length: number): S;
  /** Sets all elements to 0. Absent where `alloc` has. */
  clear?(storage: S): void;
  /** Gives the memory back; the storage and all its slices are dead. Absent where the garbage collector does. */
  free?(storage: S): void;
  /** A view of elements [begin, end) that shares memory. */
  slice(storage: S, begin: number, end: number): S;
  /** Overwrites the storage from host memory of the same dtype and length, as it is now. */
  upload(storage: S, source: HostArray): void;
  /**
   * The same off the event loop, from memory that is nobody else's until it is done. Absent where `upload` is
   * all there is to do.
   */
  uploadAsync?(storage: S, source: HostArray): Promise<void>;
  /** Overwrites a storage of the same dtype and length, without the host. Absent where that is `upload`. */
  copyTo?(source: S, target: S): void;
  /** A copy in host memory; waits for pending operations. */
  download(storage: S): HostArray;
  /**
   * The same to look at the elements and nothing more: undefined when they cannot be read, and what is wrong is
   * kept for the next call, which throws it. Absent where `download` does not fail.
   */
  peek?(storage: S): HostArray | undefined;
  /**
   * The same memory as a storage that nobody has had: who knows the old one, or slices of it, can no longer
   * reach the memory. Absent where it cannot be, or need not.
   */
  takeOver?(storage: S): S;
  /**
   * A copy of the elements as all that was run on the storage before this call leaves them, without
   * waiting; what comes after does not show in it.
   */
  downloadAsync(storage: S): Promise<HostArray>;
  /** The live host memory of the storage, or undefined when it is on a device. */
  hostView(storage: S): HostArray | undefined;
}

/** One operation to be run off the event loop: operands as for {@link Backend.run}, and how it ends. */
export interface AsyncJob<S extends Storage = Storage> {
  readonly op: Op;
  readonly dtype: DType;
  readonly inputs: readonly S[];
  readonly outputs: readonly S[];
  readonly precision: Precision;
  /** Shared memory; ends the job early once its element is not 0. */
  readonly aborted: Int32Array | undefined;
  /**
   * Called once, on the thread that began the job, when no other thread is at its operands any more: with
   * the outputs, which may have moved to other storages, or undefined when it was ended early.
   */
  end(outputs: readonly S[] | undefined): void;
  /** In place of `end`. */
  fail(error: Error): void;
}

export interface Backend<S extends Storage = Storage> extends Memory<S> {
  /** What computes on host arrays here. Absent where this itself does. */
  readonly arrays?: Backend<HostArray>;
  /**
   * Runs one operation on storages of equal dtype and length; `ops.ts` names the operands. Precision
   * 'fast' comes with float32 only, and may be computed exactly.
   * @throws ERR_MISH_OVERLAP when an output partly overlaps an input or another output; then nothing
   *   has been written
   */
  run(
    op: Op,
    dtype: DType,
    inputs: readonly S[],
    outputs: readonly S[],
    precision: Precision,
  ): void;
  /**
   * Runs the operation on what callers passed, unseen, if they are arrays of one float kind and length, not
   * empty, that may be its operands; else false, nothing was done, and `run` is to be called with them
   * checked. Absent where the backend cannot tell by itself.
   */
  tryRun?(
    op: Op,
    inputs: readonly unknown[],
    outputs: readonly unknown[],
    precision: Precision,
  ): boolean;
  /**
   * The completion primitive: begins the job and returns at once. Its host memory must be shared, or nobody
   * else's until it ends.
   * @throws as `run`; ERR_MISH_OOM. Then it has not begun
   */
  runAsync(job: AsyncJob<S>): void;
  /** Says that jobs have been aborted: those that wait for their turn need not wait for it. */
  sweep?(): void;
  /**
   * Copies elements as `run` passes over them, with plain or with streaming stores: the yardstick of
   * benchmarks. Absent where the backend has no copy of its own.
   */
  copy?(stores: 'plain' | 'streaming', dtype: DType, source: S, target: S): void;
}

/** How something that was begun on a device ends: as an {@link AsyncJob} does. */
export interface Ending {
  /** Shared memory; ends it early once its element is not 0. */
  readonly aborted: Int32Array | undefined;
  /** Called once, when all that was asked of the device before is done, if it was. */
  end(done: boolean): void;
  /** In place of `end`. */
  fail(error: Error): void;
}

/** A backend whose storage is not host memory: what moves host arrays there and back. */
export interface DeviceBackend<S extends Storage = Storage> extends Backend<S> {
  free(storage: S): void;
  /** Overwrites host memory of the same dtype and length; waits. */
  downloadTo(storage: S, target: HostArray): void;
  /**
   * As `upload` and `downloadTo`, carried out later: the host memory is in use, and nobody else's or shared, until
   * an ending that is given to `finish` after it has come.
   */
  uploadHeld(storage: S, source: HostArray): void;
  downloadHeld(storage: S, target: HostArray): void;
  /**
   * Keeps `ending`, and what it refers to, until it comes.
   * @throws ERR_MISH_OOM; then it does not come, and what was asked of the device before is done
   */
  finish(ending: Ending): void;
}

export type BackendKind = 'js' | 'cpu' | 'cuda';

/** How many threads a large call uses, the caller's own among them; for the whole process. */
export interface Threads {
  readonly count: number;
  /** What says so, in words. */
  readonly from: string;
}

/** The threads of a backend that has more than the caller's. */
export interface ThreadControl {
  get(): Threads;
  /** From the next call on; undefined leaves it to NODE_MISH_THREADS and the system. */
  set(count: number | undefined): void;
}

/** What is known of native kernels. */
export interface NativeFacts {
  /** The ISA level in use, and all that this CPU runs, best first. */
  readonly isa: string;
  readonly levels: readonly string[];
  /** What compiled them, with its version. */
  readonly compiler: string;
}

/** Why a backend cannot be used: the error that an explicit request for it gets. */
export interface Unavailable {
  readonly backend?: undefined;
  readonly code: MishErrorCode;
  readonly reason: string;
  /** The CUDA driver's error code; absent or 0 where there is none. */
  readonly cudaCode?: number;
}

/** A backend that can be used, or why not. */
export type Availability =
  | ({ readonly backend: Backend; readonly threads?: ThreadControl } & Partial<NativeFacts>)
  | Unavailable;

/** What is known of a CUDA device, usable or not. */
export interface CudaDeviceFacts {
  readonly index: number;
  /** Why it cannot be used; absent when it can. */
  readonly reason?: string;
  readonly name?: string;
  /** Bytes; those free when it was last opened or asked. */
  readonly memory?: { readonly total: number; readonly free: number };
  readonly computeCapability?: readonly [major: number, minor: number];
  /** The version of CUDA that the driver is for. */
  readonly driver?: string;
  readonly uuid?: string;
}
