// The parts of new tensors: memory on a device, and what callers give to fill it with: nested arrays, typed arrays,
// bits, shapes, other tensors.
import type { Backend, Storage } from '../backend/interface.ts';
import { hostOperand, ownView } from '../base/array-operand.ts';
import { bytesOperand, elementsOfBytes } from '../base/bytes.ts';
import {
  checkDType,
  checkHalfDType,
  type DType,
  dtypes,
  type FloatArray,
  type HostArray,
  type MaybeFloat16Array,
} from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import { isImmutable, typedArrayBuffer, typedArrayKind } from '../base/intrinsics.ts';
import { readOptions } from '../base/options.ts';
import { isPromise } from '../base/refused-operand.ts';
import { checkFits, checkShape, type Shape, sizeOf } from '../base/shape.ts';
import { isTensorLike, tensorLikeError } from '../base/tensor-like.ts';
import { Allocation, storageOf } from '../device/allocation.ts';
import { deviceOption, hostDevice } from '../device/default-device.ts';
import { backendOf, type Device, type DeviceSpec } from '../device/device.ts';
import { decode, encode, flatten, fromJSON, type NestedArray } from './convert.ts';
import { isTensor, type TensorParts, type TensorState } from './state.ts';

// ---------------------------------------------------------------- memory and what is in it
/** The parts of a new tensor, its elements zero on the host and unset on a GPU. */
export function allocateParts(dtype: DType, shape: Shape, device: Device): TensorParts {
  const [backend, size] = [backendOf(device), sizeOf(shape)];
  return partsOn(backend.alloc(dtype, size), { backend, device, dtype, shape, size });
}

/** What a new tensor is like: all that it is made of but its storage. */
export type Like = Pick<TensorParts, 'backend' | 'device' | 'dtype' | 'shape' | 'size'>;

/** The parts of a new tensor that owns that storage. */
export function partsOn(storage: Storage, like: Like): TensorParts {
  const { backend, device, dtype, shape, size } = like;
  const bytes = size * dtypes[dtype].bytes;
  const allocation = new Allocation(backend, storage, size, device.id, bytes);
  return { allocation, begin: 0, backend, device, dtype, shape, size };
}

/** The parts of a new tensor like that one, its elements zero on the host and unset on a GPU. */
export function partsLike(like: Like): TensorParts {
  return partsOn(like.backend.alloc(like.dtype, like.size), like);
}

/** The parts of a new tensor that holds a copy of `elements`. */
export function uploadParts(
  elements: HostArray,
  dtype: DType,
  shape: Shape,
  device: Device,
): TensorParts {
  return filledParts(allocateParts(dtype, shape, device), (storage, backend) =>
    backend.upload(storage, elements),
  );
}

/** The parts, once `fill` has written to their memory, which is given back when that fails. */
export function filledParts(
  parts: TensorParts,
  fill: (storage: Storage, backend: Backend) => void,
): TensorParts {
  const { backend, allocation } = parts;
  try {
    fill(storageOf(allocation), backend);
    return parts;
  } catch (error) {
    freeParts(parts);
    throw error;
  }
}

/** Gives memory back that no tensor has, where the garbage collector does not. */
export function freeParts({ backend, allocation }: TensorParts): void {
  backend.free(storageOf(allocation));
}

// ---------------------------------------------------------------- from what callers give
/** Numbers for a new tensor: nested arrays of one shape, or a float array. */
export type Numbers = NestedArray | FloatArray;

/** The dtype of a new tensor of such data: that of a float array, else float32. */
export type DTypeOf<A> = A extends Float64Array
  ? 'float64'
  : A extends Float32Array
    ? 'float32'
    : A extends MaybeFloat16Array
      ? 'float16'
      : 'float32';

/** What a new tensor is of, and where. */
export interface TensorOptions<D extends DType> {
  /**
   * What each of its elements is.
   * @defaultValue that of a typed array, else `'float32'`
   */
  readonly dtype?: D;
  /**
   * Where its elements are to be.
   * @defaultValue the default device
   */
  readonly device?: DeviceSpec | Device;
}

const flat = (size: number): Shape => Object.freeze([size]);

function shapeFor(shape: unknown, size: number, otherwise: Shape = flat(size)): Shape {
  return shape === undefined ? otherwise : checkFits(checkShape(shape), size);
}

/** Tensor.from */
export function partsOf(data: unknown, options: unknown): TensorParts {
  const read = readOptions(options, ['dtype', 'device', 'shape']);
  const wanted = read.dtype === undefined ? undefined : checkDType(read.dtype);
  const device = deviceOption(read.device);
  refuseBytes('data', data);
  if (typedArrayKind(data) === undefined) {
    if (isTensor(data)) throw tensorDataError();
    if (isTensorLike(data)) throw tensorLikeError('data');
    if (isPromise(data)) throw promiseError();
    const { values, shape } = flatten(data);
    const fits = shapeFor(read.shape, values.length, shape);
    const dtype = wanted ?? 'float32';
    return uploadParts(encode(values, dtype), dtype, fits, device);
  }
  if (typedArrayKind(data) === 'Uint16Array') {
    throw mishError(
      'ERR_MISH_DTYPE',
      "data: expected numbers; got a Uint16Array, which holds raw bits. Use fromBits(data, { dtype: 'float16' or 'bfloat16' }).",
    );
  }
  const operand = hostOperand('data', data);
  const { dtype: from } = operand;
  const view = ownView(operand);
  const fits = shapeFor(read.shape, view.length);
  const dtype = wanted ?? from;
  const elements = from === dtype ? view : encode(decode(view, from), dtype);
  return uploadParts(elements, dtype, fits, device);
}

/** @throws ERR_MISH_DTYPE for bytes, which say no dtype, and which no conversion of numbers makes elements */
function refuseBytes(name: string, value: unknown): void {
  if (!bytesOperand(name, value)) return;
  const remedy = `Raw bytes of elements make a Tensor by Tensor.fromBytes(${name}, { dtype }); bytes that are numbers, by Tensor.from(Float32Array.from(${name}))`;
  const message = `${name}: expected numbers; got ${describe(value)}. ${remedy}.`;
  throw mishError('ERR_MISH_DTYPE', message);
}

function promiseError() {
  return mishError('ERR_MISH_ARGUMENT', 'data: expected numbers; got a Promise. Await it.');
}

function tensorDataError() {
  const remedy = 'Use clone(), cast() or to()';
  return mishError('ERR_MISH_ARGUMENT', `data: expected numbers; got a Tensor. ${remedy}.`);
}

/** Tensor.fromBits */
export function partsOfBits(bits: unknown, options: unknown): TensorParts {
  const read = readOptions(options, ['dtype', 'device', 'shape']);
  const half = checkHalfDType(read.dtype);
  const device = deviceOption(read.device);
  refuseBytes('bits', bits);
  const operand = hostOperand('bits', bits, half);
  const { dtype, kind, length } = operand;
  if (kind !== 'Uint16Array') {
    throw mishError('ERR_MISH_DTYPE', `bits: expected a Uint16Array; got a ${kind}. Use from().`);
  }
  return uploadParts(ownView(operand), dtype, shapeFor(read.shape, length), device);
}

/** Tensor.fromBytes */
export function partsOfBytes(data: unknown, options: unknown): TensorParts {
  const read = readOptions(options, ['dtype', 'device', 'shape']);
  const dtype = checkDType(read.dtype);
  const device = deviceOption(read.device);
  const bytes = bytesOperand('bytes', data);
  if (!bytes) {
    const expected = 'expected a Buffer, Uint8Array, ArrayBuffer or DataView';
    const remedy = isPromise(data) ? 'Await it' : 'Numbers make a Tensor by Tensor.from()';
    const message = `bytes: ${expected}; got ${describe(data)}. ${remedy}.`;
    throw mishError('ERR_MISH_ARGUMENT', message);
  }
  const { array } = elementsOfBytes('bytes', bytes, dtype);
  return uploadParts(array, dtype, shapeFor(read.shape, array.length), device);
}

/** Tensor.wrap */
export function partsAround(data: unknown, options: unknown): TensorParts {
  const read = readOptions(options, ['dtype', 'shape']);
  refuseBytes('data', data);
  const bits = typedArrayKind(data) === 'Uint16Array' ? checkHalfDType(read.dtype) : undefined;
  const operand = hostOperand('data', data, bits);
  const { dtype } = operand;
  if (read.dtype !== undefined && checkDType(read.dtype) !== dtype) {
    const got = `expected '${dtype}', which data holds; got '${read.dtype}'`;
    throw mishError('ERR_MISH_DTYPE', `dtype: ${got}. Leave it out, or use from() to convert.`);
  }
  const view = ownView(operand);
  if (isImmutable(typedArrayBuffer(view))) {
    const got = 'got an array on an immutable ArrayBuffer';
    const message = `data: expected memory that can be written; ${got}. Use from(), which copies.`;
    throw mishError('ERR_MISH_ARGUMENT', message);
  }
  const shape = shapeFor(read.shape, view.length);
  const device = hostDevice();
  const backend = backendOf(device);
  const allocation = new Allocation(backend, view, view.length, device.id, 0, true);
  return { allocation, begin: 0, backend, device, dtype, shape, size: view.length };
}

function readNew(shape: unknown, options: unknown) {
  const read = readOptions(options, ['dtype', 'device']);
  const dtype = checkDType(read.dtype === undefined ? 'float32' : read.dtype);
  return { dtype, shape: checkShape(shape), device: deviceOption(read.device) };
}

/** Tensor.empty: elements that are whatever they are. */
export function emptyParts(shape: unknown, options: unknown): TensorParts {
  const { dtype, shape: checked, device } = readNew(shape, options);
  return allocateParts(dtype, checked, device);
}

/** Tensor.zeros */
export function zeroParts(shape: unknown, options: unknown): TensorParts {
  const { dtype, shape: checked, device } = readNew(shape, options);
  const [backend, size] = [backendOf(device), sizeOf(checked)];
  const storage = backend.allocZeros(dtype, size);
  return partsOn(storage, { backend, device, dtype, shape: checked, size });
}

/** Tensor.fromJSON */
export function partsOfJSON(json: unknown): TensorParts {
  const { elements, dtype, shape } = fromJSON(json);
  return uploadParts(elements, dtype, shape, deviceOption(undefined));
}

/** Tensor.clone, Tensor.to: a copy on that device, without the host where it is the same device. */
export function copyParts(state: TensorState, device: Device): TensorParts {
  const { backend, storage, dtype, shape } = state;
  if (device.id !== state.device.id) {
    const elements = backend.hostView(storage) ?? backend.download(storage);
    return uploadParts(elements, dtype, shape, device);
  }
  const parts = allocateParts(dtype, shape, device);
  return filledParts(parts, (target) => backend.copyTo(storage, target));
}

/** Tensor.cast: a copy in that dtype, rounded to nearest even. */
export function castParts(state: TensorState, dtype: DType): TensorParts {
  if (dtype === state.dtype) return copyParts(state, state.device);
  const elements = encode(decode(state.backend.download(state.storage), state.dtype), dtype);
  return uploadParts(elements, dtype, state.shape, state.device);
}
