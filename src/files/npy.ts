// .npy files as tensors and back. Reading and writing is asynchronous; files are written whole or not at
// all.

import { mishError } from '../base/errors.ts';
import { readOptions } from '../base/options.ts';
import { checkSize } from '../base/shape.ts';
import { deviceOption } from '../device/default-device.ts';
import type { Device, DeviceSpec } from '../device/device.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { withInputFile } from './input-file.ts';
import { formatNpyHeader, npyLayoutOf, readNpyHeaders } from './npy-header.ts';
import { writeWhole } from './output-file.ts';
import type { FilePath } from './path.ts';
import { readTensor, snapshot } from './tensor-io.ts';

/** Where what is loaded goes. */
export interface LoadOptions {
  /**
   * Where the tensors are made.
   * @defaultValue the default device
   */
  readonly device?: DeviceSpec | Device;
}

/** Which array to load, and where to. */
export interface LoadNpyOptions extends LoadOptions {
  /**
   * Which array of a file that has several, from 0 on: numpy.save appends to a file that is open. The others may be of
   * any dtype; what follows objects or records is not found.
   * @defaultValue `0`, as numpy.load returns it
   */
  readonly index?: number;
}

/**
 * The array in a numpy file: float16, float32 or float64, or bfloat16 as numpy with ml_dtypes saves it
 * (two bytes of type V2). Both byte orders, versions 1.0 to 3.0; Fortran order is converted. Every bit is kept.
 * @param path - where a .npy file is
 * @param options - `device`; `index`, which array of several
 * @returns a promise of a tensor of the dtype and shape in the file
 * @throws ERR_MISH_FORMAT when the file is truncated, lies about its length or is no numpy file;
 *   ERR_MISH_UNSUPPORTED for an array of another dtype; ERR_MISH_ARGUMENT for what is no path of a regular file, or an
 *   array that the file does not have; ERR_MISH_OOM; those of {@link device}; errors of the file system with Node's codes
 */
export async function loadNpy(path: FilePath, options?: LoadNpyOptions): Promise<Tensor> {
  const read = readOptions(options, ['device', 'index']);
  const index = read.index === undefined ? 0 : checkSize('index', read.index);
  const device = deviceOption(read.device);
  return withInputFile(path, async (file) => {
    const arrays = await readNpyHeaders(file);
    if (index < arrays.length) return readTensor(file, npyLayoutOf(file, arrays[index]!), device);
    const has = arrays.length === 1 ? '1 array' : `${arrays.length} arrays`;
    const message = `index: expected one of those of ${file.path}, which has ${has}; got ${index}.`;
    throw mishError('ERR_MISH_ARGUMENT', message);
  });
}

/**
 * Writes a .npy file, whole or not at all, with what the tensor holds at the moment of the call, copied first: as much
 * memory again while it writes. As numpy does: version 1.0, little-endian, C order. bfloat16 becomes V2, on which numpy
 * needs `.view(ml_dtypes.bfloat16)`.
 * @param path - where the file is to be; one that is there is replaced
 * @param tensor - what to write, from any device
 * @returns a promise that resolves when the file is on disk
 * @throws ERR_MISH_ARGUMENT for no path of a regular file, or no tensor; ERR_MISH_DISPOSED, ERR_MISH_IN_USE,
 *   ERR_MISH_DETACHED, ERR_MISH_OOM; of a tensor on a GPU ERR_MISH_QUEUE_FULL, ERR_MISH_CUDA, ERR_MISH_DEVICE_LOST;
 *   errors of the file system with Node's codes
 */
export async function saveNpy(path: FilePath, tensor: Tensor): Promise<void> {
  const { dtype, shape, bytes } = snapshot('tensor', tensor);
  await writeWhole(path, async (write) => {
    await write(formatNpyHeader(dtype, shape));
    await write(await bytes);
  });
}
