// The state of a tensor: what it is made of, whether its memory is there, and how the class Tensor is reached from
// files below it.
import type { Backend, Storage } from '../backend/interface.ts';
import type { DType } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import { isDetached, typedArrayLength } from '../base/intrinsics.ts';
import { notATensor } from '../base/refused-operand.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { tensorLikeError } from '../base/tensor-like.ts';
import { type Allocation, isLent, movesOf, sliceOf } from '../device/allocation.ts';
import type { Device } from '../device/device.ts';
import type { Hold } from '../device/memory.ts';

/** What a new tensor is made of. */
export interface TensorParts {
  readonly allocation: Allocation;
  /** The element of the allocation that is the first. */
  readonly begin: number;
  readonly backend: Backend;
  readonly device: Device;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Elements: the product of the shape's extents. */
  readonly size: number;
}

/** A tensor in use: what keeps its memory is the hold, until that is released. */
export interface TensorState extends Omit<TensorParts, 'allocation'> {
  readonly hold: Hold;
  /** Its elements; {@link checkUsable} renews it when the allocation has moved. */
  storage: Storage;
  moves: number;
}

/** The state of a new tensor of those parts, with its hold on the allocation. */
export function makeState(parts: TensorParts, hold: Hold): TensorState {
  const { allocation, begin, backend, device, dtype, shape, size } = parts;
  const storage = sliceOf(allocation, begin, size);
  // One by one: with `...parts`, a small tensor's mish() took 5.0 us, not 1.3.
  return { begin, backend, device, dtype, shape, size, hold, storage, moves: movesOf(allocation) };
}

/** The parts of a new view of a tensor's memory, from its element `from` on. */
export function viewParts(state: TensorState, shape: Shape, from = 0): TensorParts {
  const { backend, device, dtype, hold } = state;
  const [allocation, begin, size] = [hold.allocation!, state.begin + from, sizeOf(shape)];
  return { allocation, begin, backend, device, dtype, shape, size };
}

export function isReleased(state: TensorState): boolean {
  return state.hold.allocation === undefined;
}

/** Whether asynchronous jobs have the memory. */
export function isInUse({ hold: { allocation } }: TensorState): boolean {
  return allocation !== undefined && isLent(allocation);
}

/** Looks where the memory is now, after it was lent. */
export function renew(state: TensorState): void {
  const { allocation } = state.hold;
  if (!allocation || state.moves === movesOf(allocation)) return;
  state.moves = movesOf(allocation);
  state.storage = sliceOf(allocation, state.begin, state.size);
}

/** Whether the memory under a tensor that wraps a caller's array was transferred away, or shrank. */
export function isMemoryGone({ backend, storage, size }: TensorState): boolean {
  const view = backend.hostView(storage);
  if (view === undefined) return false;
  return size === 0 ? isDetached(view) : typedArrayLength(view) !== size;
}

const nothing: Storage = Object.freeze({});

/** What is left of a disposed tensor: nothing that keeps memory alive. */
export function withoutMemory(state: TensorState): TensorState {
  return { ...state, storage: nothing };
}

/**
 * Checks an operand of an asynchronous call, which may share memory with other asynchronous calls.
 * @throws ERR_MISH_DISPOSED, or ERR_MISH_DETACHED when the memory under the tensor is gone
 */
export function checkAlive(name: string, state: TensorState): TensorState {
  if (isReleased(state)) {
    throw mishError(
      'ERR_MISH_DISPOSED',
      `${name}: expected a live tensor; got one that was disposed. Use it before dispose(), or return it from scope().`,
    );
  }
  if (isInUse(state)) return state; // it is there, and not to be looked up: no object may show where
  renew(state);
  if (isMemoryGone(state)) {
    throw mishError(
      'ERR_MISH_DETACHED',
      `${name}: expected a tensor with its memory; got one whose buffer was transferred away or shrank. Use from(), which copies, instead of wrap().`,
    );
  }
  return state;
}

/** @throws as {@link checkAlive}; ERR_MISH_IN_USE while an asynchronous call has the memory */
export function checkUsable(name: string, state: TensorState): TensorState {
  if (isInUse(state)) {
    throw mishError(
      'ERR_MISH_IN_USE',
      `${name}: expected a tensor that is not lent; got one that is lent to an asynchronous call, or a view of it. Await the call, or clone() the tensor before it.`,
    );
  }
  return checkAlive(name, state);
}

// ---------------------------------------------------------------- the class
/** What files below the class see of a tensor. */
interface AnyTensor {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What the class Tensor lets this library do with its instances. */
export interface TensorClass {
  isTensor(value: unknown): value is AnyTensor;
  /** A tensor of those parts, alive from now on. */
  newTensor(parts: TensorParts): AnyTensor;
  stateOf(tensor: AnyTensor): TensorState;
}

/** Until the class is defined there is no tensor. */
export let isTensor: TensorClass['isTensor'] = (_value): _value is AnyTensor => false;
export let newTensor: TensorClass['newTensor'];
let privateState: TensorClass['stateOf'];

/** Connects the class, once, when it is defined: the files below it do not import it. */
export function connectTensorClass(tensorClass: TensorClass): void {
  ({ isTensor, newTensor, stateOf: privateState } = tensorClass);
}

/** The state of a tensor, the receiver of a method. @throws ERR_MISH_ARGUMENT for what is only like a tensor */
export function stateOf(tensor: unknown): TensorState {
  if (isTensor(tensor)) return privateState(tensor);
  throw tensorLikeError('tensor');
}

/** The same, free for use. @throws as {@link checkUsable} too */
export function usable(tensor: unknown): TensorState {
  return checkUsable('tensor', stateOf(tensor));
}

/** The state of a tensor, which `check` has seen. @throws ERR_MISH_ARGUMENT unless `value` is a tensor; as `check` */
export function useTensor(
  name: string,
  value: unknown,
  check: typeof checkUsable = checkUsable,
): TensorState {
  if (isTensor(value)) return check(name, privateState(value));
  throw notATensor(name, value);
}
