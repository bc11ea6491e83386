// The interface that every backend implements, and the registry that says which can be used here and,
// for those that cannot, why.
//
// Storage is whatever a backend computes on: a typed array on the host, a handle on a device. Nothing
// above this file looks inside one.
import { cpuBackend } from './backend/cpu.ts';
import { jsBackend } from './backend/js.ts';
import { bare } from './bare.ts';
import type { DType, HostArray } from './dtype.ts';
import { type MishErrorCode, mishError } from './errors.ts';
import type { Op } from './ops.ts';
import type { Precision } from './options.ts';

/** What holds a tensor's elements; opaque outside the backend that made it. */
export type Storage = object;

/** Where elements live and how they get there. Lengths are in elements. */
export interface Memory<S extends Storage> {
  alloc(dtype: DType, length: number): S;
  /** Gives the memory back; the storage and all its slices are dead. Absent where the garbage collector does. */
  free?(storage: S): void;
  /** A view of elements [begin, end) that shares memory. */
  slice(storage: S, begin: number, end: number): S;
  /** Overwrites the storage from host memory of the same dtype and length. */
  upload(storage: S, source: HostArray): void;
  /** A copy in host memory; waits for pending operations. */
  download(storage: S): HostArray;
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

/** A backend that can be used, or the error that an explicit request for it gets. */
export type Availability =
  | ({ readonly backend: Backend; readonly threads?: ThreadControl } & Partial<NativeFacts>)
  | { readonly backend?: undefined; readonly code: MishErrorCode; readonly reason: string };

const js: Availability = bare({ backend: jsBackend });
const cuda: Availability = bare({
  code: 'ERR_MISH_NO_DEVICE',
  reason: 'this version of node-mish has no CUDA backend',
});

/** Never throws: also a wrong environment variable is a reason, of code ERR_MISH_ARGUMENT. */
export function availability(kind: BackendKind): Availability {
  switch (kind) {
    case 'js':
      return js;
    case 'cpu':
      return cpuBackend();
    case 'cuda':
      return cuda;
  }
}

/** The backend of that kind, for the device of that id. @throws the reason, with its code, when it cannot be used */
export function useBackend(kind: BackendKind, id: string = kind): Backend {
  const found = availability(kind);
  if (found.backend) return found.backend;
  if (found.code === 'ERR_MISH_ARGUMENT') throw mishError(found.code, found.reason);
  throw mishError(
    found.code,
    `device '${id}' cannot be used: ${found.reason}. Use 'auto' for the best device that works.`,
  );
}

/**
 * The kind of host backend in use: 'cpu', or 'js' where the addon cannot be.
 * @throws ERR_MISH_ARGUMENT when an environment variable is wrong
 */
export function hostKind(): 'cpu' | 'js' {
  const cpu = availability('cpu');
  if (cpu.backend) return 'cpu';
  if (cpu.code === 'ERR_MISH_ARGUMENT') throw mishError(cpu.code, cpu.reason);
  return 'js';
}
