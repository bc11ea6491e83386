// A file of tensors of either format, known by what it begins with: the tensors to compute, and those to copy.

import { quote } from '../../base/errors.ts';
import { type FileFormat, foreignFormatOf, ownFormatOf } from '../../files/foreign.ts';
import { InputFile } from '../../files/input-file.ts';
import type { TensorLayout } from '../../files/layout.ts';
import { npyLayoutOf, readNpyHeaders } from '../../files/npy-header.ts';
import { selectLayouts, supportedNames } from '../../files/safetensors.ts';
import { readHeader, type SafetensorsEntry } from '../../files/safetensors-header.ts';
import { usageError } from '../command.ts';
import { matchesPattern } from './name-pattern.ts';

/** A tensor that is copied; of an array in an .npy file, with its header. */
export type CopiedTensor = Omit<SafetensorsEntry, 'layout'>;

export interface TensorFile {
  readonly file: InputFile;
  readonly format: FileFormat;
  /** The tensors to compute by name, in the file's order; of arrays in an .npy file '', or '0', '1' and so on. */
  readonly layouts: ReadonlyMap<string, TensorLayout>;
  /** The others, of any dtype. */
  readonly others: ReadonlyMap<string, CopiedTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Which tensors of a .safetensors file to compute. */
export interface Selection {
  /** Names or patterns; all without them. */
  readonly names?: readonly string[] | undefined;
  /** Takes those that can be computed, where no names say otherwise. */
  readonly keepsOthers?: boolean;
  /** One tensor alone is written. */
  readonly isOne?: boolean;
}

/**
 * @param argument - what errors call the path
 * @param selection - which tensors to compute. The caller closes the file.
 */
export async function openTensorFile(
  path: string,
  argument: string,
  selection: Selection = {},
): Promise<TensorFile> {
  const file = await InputFile.open(path, argument);
  try {
    return await read(file, argument, selection);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function read(
  file: InputFile,
  argument: string,
  { names, keepsOthers = false, isOne = false }: Selection,
): Promise<TensorFile> {
  const format = await formatOf(file);
  if (format === 'npy') {
    if (names) throw usageError(`${argument}: ${noNames(file.path)}`);
    return { file, format, ...(await readArrays(file, keepsOthers)), metadata: new Map() };
  }
  const { entries, metadata } = await readHeader(file);
  const wanted = names ? matching(file, entries, { names, keepsOthers }, argument) : undefined;
  const all = wanted ?? (keepsOthers ? supportedNames(entries) : undefined);
  const remedy = isOne ? nameOne : keepsOthers ? copiedUnnamed : keepThem;
  const layouts = selectLayouts(file, entries, all, argument, remedy);
  const others = new Map([...entries].filter(([name]) => !layouts.has(name)));
  return { file, format, layouts, others, metadata };
}

/** The arrays of an .npy file by their place. */
async function readArrays(
  file: InputFile,
  keepsOthers: boolean,
): Promise<Pick<TensorFile, 'layouts' | 'others'>> {
  const layouts = new Map<string, TensorLayout>();
  const others = new Map<string, CopiedTensor>();
  const arrays = await readNpyHeaders(file);
  const remedy = `Keep it as it is with --keep-others, or ${asFloats}`;
  for (const [i, array] of arrays.entries()) {
    const name = arrays.length === 1 ? '' : String(i);
    const { dtypeName, shape, begin, position, byteLength, layout } = array;
    if (layout || !keepsOthers) layouts.set(name, npyLayoutOf(file, array, remedy));
    // With its header, which says what only numpy knows.
    else
      others.set(name, {
        dtypeName,
        shape,
        position: begin,
        byteLength: position + byteLength - begin,
      });
  }
  return { layouts, others };
}

const asFloats = "save it from numpy as floats: array.astype('<f4')";

const keepThem = 'Keep them as they are with --keep-others, or name the others with --name';
const nameOne = 'Name the one to write with --name';
const copiedUnnamed = '--keep-others copies it when --name leaves it out';

const noNames = (path: string) =>
  `expected a .safetensors file, whose tensors have names; ${path} is an .npy file.`;

/** What it begins with decides, not its name: the magic of one, a length that fits or JSON after it of the other. */
export async function formatOf(file: InputFile): Promise<FileFormat> {
  const own = await ownFormatOf(file);
  if (own) return own;
  const start = new Uint8Array(8);
  await file.read(0, start.subarray(0, Math.min(start.length, file.byteLength)));
  const headerBytes = new DataView(start.buffer).getBigUint64(0, true);
  if (headerBytes > 0 && headerBytes <= file.byteLength - start.length) return 'safetensors';
  const foreign = file.byteLength === 0 ? 'it is empty' : await foreignFormatOf(file);
  throw file.formatError(
    `expected a .npy or .safetensors file; ${foreign ?? 'it begins like neither'}.`,
  );
}

/**
 * The names that are given, or that match a pattern with * and ?, each once. A pattern leaves tensors that are copied
 * anyway alone, as the counters among the weights of 'bn1.*'.
 * @throws unless each gives some
 */
function matching(
  file: InputFile,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  { names, keepsOthers }: { readonly names: readonly string[]; readonly keepsOthers: boolean },
  argument: string,
): readonly string[] {
  const found = names.flatMap((pattern) => {
    if (entries.has(pattern) || !/[*?]/.test(pattern)) return [pattern]; // a wrong name shows later
    const matches = [...entries.keys()].filter((name) => matchesPattern(name, pattern));
    const computed = matches.filter((name) => entries.get(name)!.layout);
    if (keepsOthers && computed.length > 0) return computed;
    if (matches.length > 0) return matches;
    throw usageError(`${argument}: no tensor of ${file.path} has a name like ${quote(pattern)}.`);
  });
  return [...new Set(found)];
}
