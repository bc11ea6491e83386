// Tensors made from a file's layout, and snapshots of tensors to be written.
import { swapUnlessHost } from '../base/byte-order.ts';
import { allocateHost, type DType, dtypes } from '../base/dtype.ts';
import type { Shape } from '../base/shape.ts';
import { storageOf } from '../device/allocation.ts';
import type { Device } from '../device/device.ts';
import { allocateParts } from '../tensor/create.ts';
import { downloadElements } from '../tensor/elements.ts';
import { useTensor } from '../tensor/state.ts';
import { makeTensor, type Tensor } from '../tensor/tensor.ts';
import type { InputFile } from './input-file.ts';
import type { TensorLayout } from './layout.ts';
import { bytesOf, readElements } from './read-elements.ts';

/** The tensor at that place of the file; its memory is allocated after the file was seen to hold it. */
export async function readTensor(
  file: InputFile,
  layout: TensorLayout,
  device: Device,
): Promise<Tensor> {
  const parts = allocateParts(layout.dtype, layout.shape, device);
  const { backend } = parts;
  const storage = storageOf(parts.allocation);
  try {
    const onHost = backend.hostView(storage);
    const elements = onHost ?? allocateHost(layout.dtype, layout.size);
    await readElements(file, layout, elements);
    if (!onHost) await backend.uploadAsync(storage, elements);
    return makeTensor(parts);
  } catch (error) {
    backend.free(storage);
    throw error;
  }
}

/** A tensor's elements as they were at one moment. */
export interface Snapshot {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly byteLength: number;
  /** Little-endian, once they are there. */
  readonly bytes: Promise<Uint8Array>;
}

/** The elements as they are now: what is done to the tensor later does not show. @throws as `read()` */
export function snapshot(name: string, tensor: unknown): Snapshot {
  const state = useTensor(name, tensor);
  const { dtype, shape, size } = state;
  const { bytes: bytesPerElement } = dtypes[dtype];
  const bytes = downloadElements(state).then((elements) => {
    const copy = bytesOf(elements);
    swapUnlessHost(copy, bytesPerElement, 'little');
    return copy;
  });
  bytes.catch(() => {}); // told to whoever awaits it, which may be after it happened
  return { dtype, shape, byteLength: size * bytesPerElement, bytes };
}
