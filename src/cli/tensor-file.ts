// A file of tensors of either format, known by what it begins with: where its tensors are, and the header
// of one like it.
import { type DType, dtypes } from '../base/dtype.ts';
import { InputFile } from '../files/input-file.ts';
import type { TensorLayout } from '../files/layout.ts';
import { formatNpyHeader, npyMagic, readNpyHeader } from '../files/npy-header.ts';
import { selectLayouts } from '../files/safetensors.ts';
import {
  formatSafetensorsHeader,
  readSafetensorsHeader,
  widestFirst,
} from '../files/safetensors-header.ts';
import { usageError } from './command.ts';

export type FileFormat = 'npy' | 'safetensors';

export interface TensorFile {
  readonly file: InputFile;
  readonly format: FileFormat;
  /** By name, in the order to write them; that of an .npy file has the name ''. */
  readonly layouts: ReadonlyMap<string, TensorLayout>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * @param argument - what errors call the path
 * @param names - which tensors of a .safetensors file, all without it. The caller closes the file.
 */
export async function openTensorFile(
  path: string,
  argument: string,
  names?: readonly string[],
): Promise<TensorFile> {
  const file = await InputFile.open(path, argument);
  try {
    return await read(file, argument, names);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function read(
  file: InputFile,
  argument: string,
  names?: readonly string[],
): Promise<TensorFile> {
  const format = await formatOf(file);
  if (format === 'npy') {
    if (names) throw usageError(`${argument}: ${noNames(file.path)}`);
    const layouts = new Map([['', await readNpyHeader(file)]]);
    return { file, format, layouts, metadata: new Map() };
  }
  const { entries, metadata } = await readSafetensorsHeader(file);
  const layouts = [...selectLayouts(file, entries, names, argument)];
  layouts.sort(([, a], [, b]) => widestFirst(a, b));
  return { file, format, layouts: new Map(layouts), metadata };
}

const noNames = (path: string) =>
  `expected a .safetensors file, whose tensors have names; ${path} is an .npy file.`;

/** What it begins with decides, not its name: the magic of one, a length that fits of the other. */
async function formatOf(file: InputFile): Promise<FileFormat> {
  const start = new Uint8Array(8);
  await file.read(0, start.subarray(0, Math.min(start.length, file.byteLength)));
  if (npyMagic.every((byte, i) => start[i] === byte)) return 'npy';
  const headerBytes = new DataView(start.buffer).getBigUint64(0, true);
  if (headerBytes > 0 && headerBytes <= file.byteLength - start.length) return 'safetensors';
  const got = file.byteLength === 0 ? 'it is empty' : 'it begins like neither';
  throw file.formatError(`expected a .npy or .safetensors file; ${got}.`);
}

/** The header of a file like that one, its tensors in `dtype` where that is given. */
export function headerLike(
  { format, layouts, metadata }: TensorFile,
  dtype: DType | undefined,
): Uint8Array {
  const tensors = [...layouts].map(([name, layout]) => {
    const { shape, size, fortranOrder } = layout;
    const to = dtype ?? layout.dtype;
    return { name, dtype: to, shape, byteLength: size * dtypes[to].bytes, fortranOrder };
  });
  if (format === 'safetensors') return formatSafetensorsHeader(tensors, metadata);
  const [only] = tensors;
  return formatNpyHeader(only!.dtype, only!.shape, only!.fortranOrder);
}
