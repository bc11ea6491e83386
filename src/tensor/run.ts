// What a tensor is made of, and how operations run on it; the class that users see is in tensor.ts.

import { isShared } from '../base/intrinsics.ts';
import type { Storage } from '../backend/interface.ts';
import type { Device } from '../device/device.ts';
import { type HostArray, isHalf } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import { hostOperand, ownView } from '../base/array-operand.ts';
import { checkRoom, jobBegins, jobEnds } from '../base/pending.ts';
import {
  type Allocation,
  expose,
  type Hold,
  isExposed,
  isLent,
  lend,
  move,
  movesOf,
  sliceOf,
  storageOf,
} from '../device/memory.ts';
import type { Op } from '../base/ops.ts';
import type { Precision } from '../base/options.ts';
import { formatShape, type Shape, sameShape, sizeOf } from '../base/shape.ts';
import { allocateParts, freeParts, type TensorParts } from './parts.ts';
import { decode, formatTensor, shownElements } from './convert.ts';
import { isDetached, typedArrayLength } from '../base/intrinsics.ts';

/** A tensor in use: what keeps its memory is the hold, until that is released. */
export interface TensorCore extends Omit<TensorParts, 'allocation'> {
  readonly size: number;
  readonly hold: Hold;
  /** Its elements; {@link checkUsable} renews it when the allocation has moved. */
  storage: Storage;
  moves: number;
}

/** What a new tensor of those parts is, with its hold on the allocation. */
export function makeCore(parts: TensorParts, hold: Hold): TensorCore {
  const { allocation, begin, backend, device, dtype, shape } = parts;
  const size = sizeOf(shape);
  const storage = sliceOf(allocation, begin, size);
  // One by one: with `...parts`, a small tensor's mish() took 5.0 us, not 1.3.
  return { begin, backend, device, dtype, shape, size, hold, storage, moves: movesOf(allocation) };
}

/** The parts of a new view of a tensor's memory, from its element `from` on. */
export function viewParts(core: TensorCore, shape: Shape, from = 0): TensorParts {
  const { begin, backend, device, dtype, hold } = core;
  return { allocation: hold.allocation!, begin: begin + from, backend, device, dtype, shape };
}

/** A copy of the elements, off the event loop where that takes a device: then it is a call in flight. */
export async function readElements({ backend, storage }: TensorCore): Promise<HostArray> {
  if (backend.hostView(storage)) return backend.downloadAsync(storage);
  checkRoom();
  jobBegins();
  try {
    return await backend.downloadAsync(storage);
  } finally {
    jobEnds();
  }
}

export function isReleased(core: TensorCore): boolean {
  return core.hold.allocation === undefined;
}

/** Whether asynchronous jobs have the memory. */
function isInUse({ hold: { allocation } }: TensorCore): boolean {
  return allocation !== undefined && isLent(allocation);
}

/** Looks where the memory is now, after it was lent. */
function renew(core: TensorCore): void {
  const { allocation } = core.hold;
  if (!allocation || core.moves === movesOf(allocation)) return;
  core.moves = movesOf(allocation);
  core.storage = sliceOf(allocation, core.begin, core.size);
}

/** Whether the memory under a tensor that wraps a caller's array was transferred away, or shrank. */
function isDetachedCore({ backend, storage, size }: TensorCore): boolean {
  const view = backend.hostView(storage);
  if (view === undefined) return false;
  return size === 0 ? isDetached(view) : typedArrayLength(view) !== size;
}

const nothing: Storage = Object.freeze({});

/** What is left of a disposed tensor: nothing that keeps memory alive. */
export function withoutMemory(core: TensorCore): TensorCore {
  return { ...core, storage: nothing };
}

/**
 * For an asynchronous call, which may use what others have.
 * @throws ERR_MISH_DISPOSED, or ERR_MISH_DETACHED when the memory under the tensor is gone
 */
export function checkAlive(name: string, core: TensorCore): TensorCore {
  if (isReleased(core)) {
    throw mishError(
      'ERR_MISH_DISPOSED',
      `${name}: expected a tensor in use; got one that was disposed. Use it before dispose(), or return it from scope().`,
    );
  }
  if (isInUse(core)) return core; // it is there, and not to be looked up: no object may show where
  renew(core);
  if (isDetachedCore(core)) {
    throw mishError(
      'ERR_MISH_DETACHED',
      `${name}: expected a tensor with its memory; got one whose buffer was transferred away or shrank. Use from(), which copies, instead of wrap().`,
    );
  }
  return core;
}

/** @throws as {@link checkAlive}; ERR_MISH_IN_USE while an asynchronous call has the memory */
export function checkUsable(name: string, core: TensorCore): TensorCore {
  if (isInUse(core)) {
    throw mishError(
      'ERR_MISH_IN_USE',
      `${name}: expected a tensor that is free; got one that an asynchronous call has, or a view of such. Await the call, or clone() the tensor before it.`,
    );
  }
  return checkAlive(name, core);
}

/** What an operand's elements are, and how many, wherever they may be. */
type ElementsType = Pick<TensorCore, 'dtype' | 'shape'>;

/** @throws ERR_MISH_DTYPE, ERR_MISH_SHAPE or ERR_MISH_DEVICE_MISMATCH unless `core` is like `x` */
export function checkAlike(name: string, core: TensorCore, x: TensorCore): void {
  checkSameType(name, core, x);
  checkDevice(name, core.device, x);
}

/** @throws ERR_MISH_DTYPE or ERR_MISH_SHAPE unless both have one dtype and shape */
export function checkSameType(name: string, core: ElementsType, x: ElementsType): void {
  if (core.dtype !== x.dtype) {
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected dtype ${x.dtype}, as x has; got ${core.dtype}. Use cast('${x.dtype}').`,
    );
  }
  if (!sameShape(core.shape, x.shape)) {
    throw mishError(
      'ERR_MISH_SHAPE',
      `${name}: expected shape ${formatShape(x.shape)}, as x has; got ${formatShape(core.shape)}. Use reshape().`,
    );
  }
}

/** @throws ERR_MISH_DEVICE_MISMATCH unless `device` is where `x` lives */
export function checkDevice(name: string, device: Device, x: TensorCore): void {
  if (device.id === x.device.id) return;
  throw mishError(
    'ERR_MISH_DEVICE_MISMATCH',
    `${name}: expected device ${x.device.id}, where x lives; got ${device.id}. Move one with to().`,
  );
}

/**
 * Runs an operation on checked operands, the first of which is x, into `outputs`, each of which is
 * allocated where it is undefined. Returns the parts of those allocated.
 */
export function runOnCores(
  op: Op,
  inputs: readonly TensorCore[],
  outputs: readonly (TensorCore | undefined)[],
  precision: Precision,
): readonly (TensorParts | undefined)[] {
  const x = inputs[0]!;
  const made: (TensorParts | undefined)[] = outputs.map(() => undefined);
  try {
    const targets = outputs.map((core, i) => {
      if (core) return core.storage;
      made[i] = allocateParts(x.dtype, x.shape, x.device);
      return storageOf(made[i].allocation);
    });
    const sources = inputs.map((core) => core.storage);
    x.backend.run(op, x.dtype, sources, targets, precision);
    return made;
  } catch (error) {
    for (const parts of made) if (parts) freeParts(parts);
    throw error;
  }
}

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
 * library knows lent, so that nobody else can reach it meanwhile, and a copy of the rest.
 */
export function carrierOf(core: TensorCore): TensorCarrier {
  const { backend, begin, size } = core;
  const allocation = core.hold.allocation!;
  if (!isLent(allocation)) {
    const view = backend.hostView(core.storage);
    if (view === undefined || isShared(view)) {
      return { storage: core.storage, isOwn: false, lent: undefined };
    }
    if (isExposed(allocation) || !backend.takeOver) {
      return { storage: backend.download(core.storage), isOwn: true, lent: undefined };
    }
    move(allocation, backend.takeOver(storageOf(allocation)));
  }
  lend(allocation);
  return { storage: sliceOf(allocation, begin, size), isOwn: false, lent: allocation };
}

/** The live host memory, for the caller to keep. @throws ERR_MISH_NOT_ON_HOST when it is on a GPU */
export function hostElements(core: TensorCore): HostArray {
  const view = core.backend.hostView(core.storage);
  if (view) {
    expose(core.hold.allocation!);
    return view;
  }
  throw mishError(
    'ERR_MISH_NOT_ON_HOST',
    `data: the tensor is on ${core.device.id}; use read(), readSync() or to('cpu').`,
  );
}

/** The caller's array as elements for the whole tensor. @throws ERR_MISH_DTYPE, ERR_MISH_LENGTH */
export function elementsFor({ dtype, size }: TensorCore, name: string, array: unknown): HostArray {
  const operand = hostOperand(name, array, isHalf(dtype) ? dtype : undefined);
  const { dtype: got, length } = operand;
  if (got !== dtype) {
    throw mishError('ERR_MISH_DTYPE', `${name}: expected elements of ${dtype}; got ${got}.`);
  }
  if (length !== size) {
    throw mishError('ERR_MISH_LENGTH', `${name}: expected ${size} elements; got ${length}.`);
  }
  return ownView(operand);
}

/**
 * One line for inspection: never throws, and looks at no more elements than it shows. Those on a device are there
 * when what was asked of it before is done.
 */
export function formatCore(core: TensorCore): string {
  const { backend, dtype, shape, size, device } = core;
  const format = (first: ArrayLike<number> | string) =>
    formatTensor(dtype, shape, device.id, first);
  if (isReleased(core)) return format('<disposed>');
  if (isInUse(core)) return format('<in use>');
  renew(core);
  if (isDetachedCore(core)) return format('<detached>');
  const first = backend.slice(core.storage, 0, Math.min(size, shownElements));
  if (!backend.peek) return format(decode(backend.download(first), dtype));
  const elements = backend.peek(first);
  return format(elements ? decode(elements, dtype) : '<unreadable>');
}

/** @throws ERR_MISH_LENGTH unless `begin` and `end` are integers in [-size, size], as for subarray */
export function elementRange(begin: unknown, end: unknown, size: number): [number, number] {
  const index = (name: string, value: unknown): number => {
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= size) {
      return value < 0 ? value + size : value;
    }
    throw mishError(
      'ERR_MISH_LENGTH',
      `${name}: expected an integer from ${-size} to ${size}; got ${describe(value)}.`,
    );
  };
  const from = index('begin', begin);
  return [from, Math.max(from, end === undefined ? size : index('end', end))];
}
