// Access to a tensor's elements: read, live, checked before they are overwritten, and shown.
import { hostOperand, ownView } from '../base/array-operand.ts';
import { bytesOperand, elementsOfBytes } from '../base/bytes.ts';
import { type HostArray, isHalf } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import { checkRoom, jobBegins, jobEnds } from '../base/pending.ts';
import { expose } from '../device/allocation.ts';
import { decode, formatTensor, shownElements } from './convert.ts';
import { isInUse, isMemoryGone, isReleased, renew, type TensorState } from './state.ts';

/** A copy of the elements, off the event loop where that takes a device: then it is a call in flight. */
export async function downloadElements({ backend, storage }: TensorState): Promise<HostArray> {
  if (backend.hostView(storage)) return backend.downloadAsync(storage);
  checkRoom();
  jobBegins();
  try {
    return await backend.downloadAsync(storage);
  } finally {
    jobEnds();
  }
}

/** A copy of the elements as numbers; waits for the device. */
export function valuesOf({ backend, storage, dtype }: TensorState): Float32Array | Float64Array {
  return decode(backend.download(storage), dtype);
}

/** The live host memory, for the caller to keep. @throws ERR_MISH_NOT_ON_HOST when it is on a GPU */
export function hostElements(state: TensorState): HostArray {
  const view = state.backend.hostView(state.storage);
  if (view) {
    expose(state.hold.allocation!);
    return view;
  }
  throw mishError(
    'ERR_MISH_NOT_ON_HOST',
    `data: the tensor is on ${state.device.id}; use read(), readSync() or to('cpu').`,
  );
}

/** The caller's array as elements for the whole tensor. @throws ERR_MISH_DTYPE, ERR_MISH_LENGTH */
export function elementsFor({ dtype, size }: TensorState, name: string, array: unknown): HostArray {
  const bytes = bytesOperand(name, array);
  if (bytes) return checkCount(name, elementsOfBytes(name, bytes, dtype).array, size);
  const operand = hostOperand(name, array, isHalf(dtype) ? dtype : undefined);
  const { dtype: got, length } = operand;
  if (got !== dtype) {
    throw mishError('ERR_MISH_DTYPE', `${name}: expected elements of ${dtype}; got ${got}.`);
  }
  checkCount(name, { length }, size);
  return ownView(operand);
}

/** @throws ERR_MISH_LENGTH unless there are as many elements as the tensor has */
function checkCount<T extends { readonly length: number }>(name: string, of: T, size: number): T {
  if (of.length === size) return of;
  const message = `${name}: expected ${size} elements; got ${of.length}.`;
  throw mishError('ERR_MISH_LENGTH', message);
}

/**
 * One line for inspection: never throws, and looks at no more elements than it shows. Those on a device are there
 * when what was asked of it before is done.
 */
export function formatTensorState(state: TensorState): string {
  const { backend, dtype, shape, size, device } = state;
  const format = (first: ArrayLike<number> | string) =>
    formatTensor(dtype, shape, device.id, first);
  if (isReleased(state)) return format('<disposed>');
  if (isInUse(state)) return format('<in use>');
  renew(state);
  if (isMemoryGone(state)) return format('<detached>');
  const first = backend.slice(state.storage, 0, Math.min(size, shownElements));
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
