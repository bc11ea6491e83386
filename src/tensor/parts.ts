// What new tensors are made from: an allocation on a device, and what is in it.
import type { Backend, Storage } from '../backend/interface.ts';
import { backendOf, type Device } from '../device/device.ts';
import { type DType, dtypes, type HostArray } from '../base/dtype.ts';
import { Allocation, storageOf } from '../device/memory.ts';
import { type Shape, sizeOf } from '../base/shape.ts';

export interface TensorParts {
  readonly allocation: Allocation;
  /** The element of the allocation that is the first. */
  readonly begin: number;
  readonly backend: Backend;
  readonly device: Device;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The parts of a new tensor, its elements zero on the host and unset on a GPU. */
export function allocateParts(dtype: DType, shape: Shape, device: Device): TensorParts {
  return partsOn(backendOf(device).alloc(dtype, sizeOf(shape)), dtype, shape, device);
}

/** The parts of a new tensor that owns that storage. */
export function partsOn(storage: Storage, dtype: DType, shape: Shape, device: Device): TensorParts {
  const backend = backendOf(device);
  const size = sizeOf(shape);
  const bytes = size * dtypes[dtype].bytes;
  const allocation = new Allocation(backend, storage, size, device.id, bytes);
  return { allocation, begin: 0, backend, device, dtype, shape };
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
  backend.free?.(storageOf(allocation));
}
