// The parts of new tensors, from what callers give: nested arrays, typed arrays, bits, shapes.
import {
  backendOf,
  type Device,
  type DeviceSpec,
  deviceOption,
  hostDevice,
  resolveDevice,
} from '../device/device.ts';
import { checkDType, checkHalfDType, type DType } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import { hostOperand, ownView } from '../base/array-operand.ts';
import { Allocation } from '../device/memory.ts';
import { checkPrecision, readOptions } from '../base/options.ts';
import { checkFits, checkShape, type Shape } from '../base/shape.ts';
import { checkDevice, runOnCores, type TensorCore } from './run.ts';
import { allocateParts, filledParts, type TensorParts, uploadParts } from './parts.ts';
import { decode, encode, flatten, fromJSON } from './convert.ts';
import { typedArrayKind } from '../base/intrinsics.ts';

/** What a new tensor is of, and where. */
export interface TensorOptions<D extends DType> {
  /**
   * What each of its elements is.
   * @defaultValue `'float32'`
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
  const dtype = checkDType(read.dtype === undefined ? 'float32' : read.dtype);
  const device = deviceOption(read.device);
  if (typedArrayKind(data) === undefined) {
    const { values, shape } = flatten(data);
    const fits = shapeFor(read.shape, values.length, shape);
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
  const elements = from === dtype ? view : encode(decode(view, from), dtype);
  return uploadParts(elements, dtype, fits, device);
}

/** Tensor.fromBits */
export function partsOfBits(bits: unknown, options: unknown): TensorParts {
  const read = readOptions(options, ['dtype', 'device', 'shape']);
  const half = checkHalfDType(read.dtype);
  const device = deviceOption(read.device);
  const operand = hostOperand('bits', bits, half);
  const { dtype, kind, length } = operand;
  if (kind !== 'Uint16Array') {
    throw mishError('ERR_MISH_DTYPE', `bits: expected a Uint16Array; got a ${kind}. Use from().`);
  }
  return uploadParts(ownView(operand), dtype, shapeFor(read.shape, length), device);
}

/** Tensor.wrap */
export function partsAround(data: unknown, options: unknown): TensorParts {
  const read = readOptions(options, ['dtype', 'shape']);
  const bits = typedArrayKind(data) === 'Uint16Array' ? checkHalfDType(read.dtype) : undefined;
  const operand = hostOperand('data', data, bits);
  const { dtype } = operand;
  if (read.dtype !== undefined && checkDType(read.dtype) !== dtype) {
    const got = `expected '${dtype}', which data holds; got '${read.dtype}'`;
    throw mishError('ERR_MISH_DTYPE', `dtype: ${got}. Leave it out, or use from() to convert.`);
  }
  const view = ownView(operand);
  const shape = shapeFor(read.shape, view.length);
  const device = hostDevice();
  const backend = backendOf(device);
  const allocation = new Allocation(backend, view, view.length, device.id, 0, true);
  return { allocation, begin: 0, backend, device, dtype, shape };
}

/** Tensor.empty: elements that are whatever they are. */
export function emptyParts(shape: unknown, options: unknown): TensorParts {
  const { dtype, device } = readOptions(options, ['dtype', 'device']);
  const checked = checkDType(dtype === undefined ? 'float32' : dtype);
  return allocateParts(checked, checkShape(shape), deviceOption(device));
}

/** Tensor.zeros */
export function zeroParts(shape: unknown, options: unknown): TensorParts {
  const parts = emptyParts(shape, options);
  return filledParts(parts, (storage, backend) => backend.clear?.(storage));
}

/** Tensor.fromJSON */
export function partsOfJSON(json: unknown): TensorParts {
  const { elements, dtype, shape } = fromJSON(json);
  return uploadParts(elements, dtype, shape, deviceOption(undefined));
}

/** Tensor.clone, Tensor.to: a copy on that device, without the host where it is the same device. */
export function copyParts(core: TensorCore, device: Device): TensorParts {
  const { backend, storage, dtype, shape } = core;
  if (device.id !== core.device.id || !backend.copyTo) {
    const elements = backend.hostView(storage) ?? backend.download(storage);
    return uploadParts(elements, dtype, shape, device);
  }
  const parts = allocateParts(dtype, shape, device);
  return filledParts(parts, (target) => backend.copyTo?.(storage, target));
}

/** Tensor.cast: a copy in that dtype, rounded to nearest even. */
export function castParts(core: TensorCore, dtype: DType): TensorParts {
  if (dtype === core.dtype) return copyParts(core, core.device);
  const elements = encode(decode(core.backend.download(core.storage), core.dtype), dtype);
  return uploadParts(elements, dtype, core.shape, core.device);
}

/** Tensor.mish, and in place Tensor.mish_, which makes no tensor; options are read before the tensor is. */
export function forward(
  use: () => TensorCore,
  options: unknown,
  inPlace: boolean,
): TensorParts | undefined {
  const { device, precision } = readOptions(options, ['device', 'precision']);
  const named = device === undefined ? undefined : resolveDevice('device', device);
  const core = use();
  const checked = checkPrecision(precision, core.dtype);
  if (named) checkDevice('device', named, core);
  return runOnCores('forward', [core], [inPlace ? core : undefined], checked)[0];
}
