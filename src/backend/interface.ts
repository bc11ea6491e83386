// The interface of a backend, types only: its memory, its operations, the jobs that it runs off the event loop, and
// the facts that it reports about itself.
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
  /** Whether the garbage collector frees a storage; `free` does nothing then. */
  readonly isCollected: boolean;
  /** Elements that are 0 on the host, and unset on a device. */
  alloc(dtype: DType, length: number): S;
  /** Elements that are 0. */
  allocZeros(dtype: DType, length: number): S;
  /** Gives the memory back; the storage and all its slices are dead. */
  free(storage: S): void;
  /** A view of elements [begin, end) that shares memory. */
  slice(storage: S, begin: number, end: number): S;
  /** Overwrites the storage from host memory of the same dtype and length, as it is now. */
  upload(storage: S, source: HostArray): void;
  /** The same off the event loop, from memory that no other code reaches until it is done. */
  uploadAsync(storage: S, source: HostArray): Promise<void>;
  /** Overwrites a storage of the same dtype and length, without a detour through the host. */
  copyTo(source: S, target: S): void;
  /** A copy in host memory; waits for pending operations. */
  download(storage: S): HostArray;
  /**
   * The same for display, without throwing: undefined when the elements cannot be read, and the error is kept for
   * the next call, which throws it.
   */
  peek(storage: S): HostArray | undefined;
  /**
   * The same memory as a storage that no other code knows: the old storage and its slices no longer reach it.
   * Undefined where the backend cannot do that, or need not.
   */
  takeOver(storage: S): S | undefined;
  /**
   * A copy of the elements as all that was run on the storage before this call leaves them, without
   * waiting; what comes after does not show in it.
   */
  downloadAsync(storage: S): Promise<HostArray>;
  /** The live host memory of the storage, or undefined when it is on a device. */
  hostView(storage: S): HostArray | undefined;
}

/** How something that was begun off the event loop ends: by one call, on the thread that began it. */
export interface Ending {
  /** Shared memory; ends it early once its element is not 0. */
  readonly aborted: Int32Array | undefined;
  /** Everything submitted before is done; `done` is false for a job that was aborted. No thread uses its memory now. */
  end(done: boolean): void;
  /** In place of `end`. */
  fail(error: Error): void;
}

/** One operation to be run off the event loop: operands as for {@link Backend.run}, and how it ends. */
export interface AsyncJob<S extends Storage = Storage> extends Ending {
  readonly op: Op;
  readonly dtype: DType;
  readonly inputs: readonly S[];
  readonly outputs: readonly S[];
  readonly precision: Precision;
  /** @param outputs - where the results are, when they have moved to other storages */
  end(done: boolean, outputs?: readonly S[]): void;
}

export interface Backend<S extends Storage = Storage> extends Memory<S> {
  /** What computes on host arrays here: the backend itself where its storage is host memory. */
  readonly arrays: ArrayBackend;
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
   * The completion primitive: begins the job and returns at once. Its host memory must be shared, or reachable by no
   * other code until it ends.
   * @throws as `run`; ERR_MISH_OOM. Then it has not begun
   */
  runAsync(job: AsyncJob<S>): void;
  /** Ends those aborted jobs that still wait for their turn. */
  sweep(): void;
}

/** A backend that computes on host arrays. */
export interface ArrayBackend extends Backend<HostArray> {
  /**
   * Runs the operation on operands as callers passed them, unchecked, and makes the outputs that are undefined. Returns
   * the outputs; or undefined, with nothing written, unless all operands are float arrays of one kind and one length,
   * not empty, that may be operands together. `run` on checked operands is for all other calls.
   */
  runUnchecked(
    op: Op,
    inputs: readonly unknown[],
    outputs: readonly unknown[],
    precision: Precision,
  ): readonly unknown[] | undefined;
}

/** A backend whose storage is not host memory: what moves host arrays there and back. */
export interface DeviceBackend<S extends Storage = Storage> extends Backend<S> {
  /** Overwrites host memory of the same dtype and length; waits. */
  downloadTo(storage: S, target: HostArray): void;
  /**
   * As `upload` and `downloadTo`, carried out later: the host memory stays in use, and is shared or reachable by no
   * other code, until an ending that is given to `finish` afterwards has come.
   */
  uploadHeld(storage: S, source: HostArray): void;
  downloadHeld(storage: S, target: HostArray): void;
  /**
   * Keeps `ending` alive until the device has finished all earlier work, then calls it.
   * @throws ERR_MISH_OOM; then `ending` is not called, and the earlier work has finished
   */
  finish(ending: Ending): void;
}

export type BackendKind = 'js' | 'cpu' | 'cuda';

/** How many threads a large call uses, the caller's own among them; for the whole process. */
export interface Threads {
  readonly count: number;
  /** The source of that count, in words. */
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
  readonly threads: ThreadControl;
  /** Copies elements as `run` passes over them, with plain or with streaming stores: the yardstick of benchmarks. */
  copy(stores: 'plain' | 'streaming', dtype: DType, source: HostArray, target: HostArray): void;
}

/** Why a backend cannot be used: the error that an explicit request for it gets. */
export interface Unavailable {
  readonly backend?: undefined;
  readonly code: MishErrorCode;
  readonly reason: string;
  /** The CUDA driver's error code; absent or 0 when the driver reported no error. */
  readonly cudaCode?: number;
}

/** A backend that can be used, or why not. */
export type Availability = ({ readonly backend: Backend } & Partial<NativeFacts>) | Unavailable;

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
