// Types of the addon's exports; binding/node/addon.cc and binding/node/cuda/object.cc are the other side.
import type { HostArray } from '../../base/dtype.ts';

/** The addon. */
export interface Addon {
  readonly abi: number;
  /** What compiled it, with its version. */
  readonly compiler: string;
  /** Names in the order of the indices that `run` takes and returns. */
  readonly ops: readonly string[];
  readonly dtypes: readonly string[];
  readonly statuses: readonly string[];
  /** ISA levels that this CPU runs, best first; the best is selected. */
  readonly levels: readonly string[];
  select(isa: string): boolean;
  /** A dtype of -1 is the one that the first operand's kind says. Looks at all operands before it writes. */
  run(op: number, dtype: number, ...operands: readonly unknown[]): number;
  /**
   * `settle` is called with the record of each `submit`, `cuda.probe` and `cuda.finish` that has ended: with its
   * status, which is 'aborted' when it was aborted, and the driver's code, or 0. Needed before those three. The
   * environment keeps the first `settle` that it is given: later calls, as of a second copy of the package, only
   * return ok.
   */
  connect(settle: (record: never, status: number, code: number) => void): number;
  /** Goes on settling: call it in a later turn when `settle` was called without a record. */
  settleMore(): void;
  /**
   * Leaves the operation to the pool's threads. The record is kept until then, and must keep the operands'
   * memory, which must stay where it is, and `aborted`, whose element ends the job once it is not 0.
   */
  submit(
    record: object,
    aborted: Int32Array | undefined,
    op: number,
    dtype: number,
    ...operands: readonly unknown[]
  ): number;
  /** Ends those submitted jobs that are aborted and wait for their turn. */
  sweep(): void;
  /** For the whole process; a count of 0 takes back what was set so. */
  setThreads(count: number, ofEnvironment: boolean): void;
  /** The threads that a large call uses, and the name of what says so. */
  threads(): { readonly count: number; readonly from: string };
  copy(streaming: boolean, dtype: number, source: HostArray, target: HostArray): number;
  readonly cuda: CudaAddon;
}

/** What is known of one CUDA device. */
export interface CudaFacts {
  /** An index into `statuses`: ok when the device is open. */
  readonly status: number;
  /** The driver's error code behind it; 0 where there is none. */
  readonly code: number;
  readonly name: string;
  /** As the driver's tools write it, 'GPU-' and 36 characters; empty when unknown, as all below. */
  readonly uuid: string;
  /** Bytes; `freeBytes` when it was last opened or probed. */
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** The compute capability. */
  readonly major: number;
  readonly minor: number;
}

/** What is known of CUDA without asking the driver anything. */
export interface CudaKnown {
  /** Whether the driver was asked. */
  readonly isAsked: boolean;
  /** Of the driver as a whole: ok when it told its devices. */
  readonly status: number;
  readonly code: number;
  /** 13000 is 13.0; 0 when unknown. */
  readonly driverVersion: number;
  /** The least that the kernels need. */
  readonly leastDriverVersion: number;
  /** The least compute capability that the kernels support, 10 * major + minor. */
  readonly leastComputeCapability: number;
  /** By index; those that were not opened yet have status 'empty' and what was asked so far. */
  readonly devices: readonly CudaFacts[];
}

/**
 * The CUDA side of the addon; binding/node/cuda/object.cc is the other. Device memory is a handle, a number that is valid
 * until it is freed and never used again; a place in it is a handle and an offset in bytes. Each environment
 * has one queue for each device: what is asked of it is carried out in that order, by a thread of its own, and
 * none of these functions waits for that, unless it says so. They return statuses: indices into `statuses`. An error
 * of the device is returned by the next call on that device after it was noticed.
 */
export interface CudaAddon {
  /** Opens the device unless it is open; waits for the driver, which may take a second the first time. */
  open(index: number): number;
  known(): CudaKnown;
  /** Of the last call in this environment that returned another status than ok. */
  lastCode(): number;
  /** Opens every device, on a thread of its own. */
  probe(record: object): number;
  /** A handle, at least 1, to that many bytes, unset; else the status, negated. */
  alloc(index: number, bytes: number): number;
  /** Never fails, whatever the number is. The memory is used again for what is asked for later. */
  free(handle: number): void;
  /** Runs an operation: places of the inputs and the outputs, each as handle and byte offset. */
  run(op: number, dtype: number, length: number, ...places: readonly number[]): number;
  /**
   * All of the array. `held`: the addon keeps it until the next `finish` of the device is settled, and nobody may
   * take its memory away till then; else it is copied now.
   */
  upload(handle: number, byteOffset: number, source: HostArray, held: boolean): number;
  /** As many bytes as the array has. Waits; or, with `held`, is over once the next `finish` is settled. */
  download(handle: number, byteOffset: number, target: HostArray, held: boolean): number;
  /** On one device. */
  copy(
    target: number,
    targetOffset: number,
    source: number,
    sourceOffset: number,
    bytes: number,
  ): number;
  /** Sets bytes to 0. */
  clear(handle: number, byteOffset: number, bytes: number): number;
  /**
   * Calls `settle` once all that was asked of the device before is done. The record and `aborted` are kept until
   * then; an element of that which is not 0 makes the status 'aborted', and an error one that the next call returns.
   */
  finish(index: number, record: object, aborted: Int32Array | undefined): number;
  /** Bytes of freed memory that this environment's queue keeps for later. */
  pooled(index: number): number;
}
