// .safetensors files as Maps of tensors and back. Reading and writing is asynchronous; files are written
// whole or not at all.
import { setImmediate } from 'node:timers/promises';
import { describe, mishError, quote } from '../base/errors.ts';
import { isPlainObject, readOptions } from '../base/options.ts';
import { deviceOption } from '../device/default-device.ts';
import type { Device } from '../device/device.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type InputFile, withInputFile } from './input-file.ts';
import type { TensorLayout } from './layout.ts';
import type { LoadOptions } from './npy.ts';
import { writeWhole } from './output-file.ts';
import type { FilePath } from './path.ts';
import {
  dtypeNameOf,
  formatSafetensorsHeader,
  readHeader,
  type SafetensorsEntry,
  widestFirst,
} from './safetensors-header.ts';
import { readTensor, snapshot } from './tensor-io.ts';

/** Which tensors to load, and where to. */
export interface LoadSafetensorsOptions extends LoadOptions {
  /**
   * The names of the tensors to load, in this order.
   * @defaultValue all, in the order of their bytes
   */
  readonly names?: readonly string[];
  /**
   * What to do about tensors of other dtypes, such as the I64 counters of PyTorch's batch norm: 'error' refuses the
   * file, 'skip' leaves them out. One that is in `names` is always refused.
   * @defaultValue `'error'`
   */
  readonly unsupported?: 'error' | 'skip';
}

/** A tensor in a .safetensors file, of any dtype. */
export interface SafetensorsInfo {
  /** As the file says it: 'F32', 'I64', 'BOOL', ... */
  readonly dtype: string;
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Bytes of its elements. */
  readonly byteLength: number;
}

/** What {@link readSafetensorsHeader} returns. */
export interface SafetensorsHeader {
  /** By name, in the order of their bytes. */
  readonly tensors: ReadonlyMap<string, SafetensorsInfo>;
  /** Texts by key, as `format` and what programs add to it. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * The header of a file: names, dtypes, shapes and metadata, without reading a tensor.
 * @param path - where a .safetensors file is
 * @returns a promise of what the header says, once it was found to be true of the file
 * @throws ERR_MISH_FORMAT, ERR_MISH_ARGUMENT and errors of the file system as {@link loadSafetensors}
 */
export async function readSafetensorsHeader(path: FilePath): Promise<SafetensorsHeader> {
  return withInputFile(path, async (file) => {
    const { entries, metadata } = await readHeader(file);
    const infoOf = ({ dtypeName, shape, byteLength }: SafetensorsEntry) =>
      Object.freeze({ dtype: dtypeName, shape, byteLength });
    const tensors = new Map([...entries].map(([name, entry]) => [name, infoOf(entry)]));
    return { tensors, metadata };
  });
}

/**
 * The tensors of a file by name: F16, BF16, F32 and F64. Every bit is kept. {@link readSafetensorsHeader} has the
 * file's metadata.
 * @param path - where a .safetensors file is
 * @param options - `device`; `names`, which of them; `unsupported`
 * @returns a promise of the tensors in a Map, in the order of `names` or of their bytes
 * @throws ERR_MISH_FORMAT when the file is truncated, lies about a length or breaks a rule of the format;
 *   ERR_MISH_UNSUPPORTED for a tensor of another dtype (see `unsupported`); ERR_MISH_ARGUMENT for a
 *   name that the file does not have, or no path of a regular file; ERR_MISH_OOM; those of {@link device};
 *   errors of the file system with Node's codes
 */
export async function loadSafetensors(
  path: FilePath,
  options?: LoadSafetensorsOptions,
): Promise<Map<string, Tensor>> {
  const read = readOptions(options, ['device', 'names', 'unsupported']);
  const names = checkNames(read.names);
  const skips = checkUnsupported(read.unsupported) === 'skip';
  const device = deviceOption(read.device);
  return withInputFile(path, async (file) => {
    const { entries } = await readHeader(file);
    const wanted = names ?? (skips ? supportedNames(entries) : undefined);
    return readAll(file, selectLayouts(file, entries, wanted), device);
  });
}

function checkUnsupported(value: unknown): 'error' | 'skip' {
  if (value === undefined || value === 'error') return 'error';
  if (value === 'skip') return value;
  const got = describe(value);
  throw mishError('ERR_MISH_ARGUMENT', `unsupported: expected 'error' or 'skip'; got ${got}.`);
}

/** The tensors that can be loaded. */
export function supportedNames(entries: ReadonlyMap<string, SafetensorsEntry>): readonly string[] {
  return [...entries].filter(([, { layout }]) => layout).map(([name]) => name);
}

function checkNames(names: unknown): readonly string[] | undefined {
  if (names === undefined) return undefined;
  const copy: unknown[] | undefined = Array.isArray(names)
    ? Array.from({ length: names.length }, (_, i) => names[i]) // an iterator of the caller's may never end
    : undefined;
  const wrong = copy ? copy.find((name) => typeof name !== 'string') : names;
  if (copy && wrong === undefined && !copy.includes(undefined)) return copy as string[];
  const got = describe(wrong);
  throw mishError('ERR_MISH_ARGUMENT', `names: expected an array of strings; got ${got}.`);
}

/** Where the tensors of these names are, of all without names. */
export function selectLayouts(
  file: InputFile,
  entries: ReadonlyMap<string, SafetensorsEntry>,
  names: readonly string[] = [...entries.keys()],
  argument = 'names',
  remedy = "Pass { unsupported: 'skip' }, or name the others",
): ReadonlyMap<string, TensorLayout> {
  const layouts = new Map<string, TensorLayout>();
  for (const name of names) {
    const entry = entries.get(name);
    if (!entry) {
      const has = [...entries.keys()].slice(0, 8).map(quote).join(', ') || 'none';
      const expected = `expected tensors that ${file.path} has (${has}${entries.size > 8 ? ', ...' : ''})`;
      throw mishError('ERR_MISH_ARGUMENT', `${argument}: ${expected}; got ${quote(name)}.`);
    }
    if (!entry.layout) {
      const got = `tensor ${quote(name)} of ${file.path} is ${entry.dtypeName}`;
      throw mishError(
        'ERR_MISH_UNSUPPORTED',
        `${argument}: expected tensors of F16, BF16, F32 or F64; ${got}. ${remedy}.`,
      );
    }
    layouts.set(name, entry.layout);
  }
  return layouts;
}

async function readAll(
  file: InputFile,
  layouts: ReadonlyMap<string, TensorLayout>,
  device: Device,
): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  try {
    for (const [name, layout] of layouts) {
      tensors.set(name, await readTensor(file, layout, device));
      if (tensors.size % 1000 === 0) await setImmediate(); // empty ones wait for no file
    }
    return tensors;
  } catch (error) {
    for (const tensor of tensors.values()) tensor.dispose();
    throw error;
  }
}

/**
 * Writes a .safetensors file, whole or not at all, with what the tensors hold at the moment of the call, copied first:
 * as much memory again while it writes. Those of wider elements come first, so that all are aligned, otherwise in the
 * order of the Map.
 * @param path - where the file is to be; one that is there is replaced
 * @param tensors - what to write by name, from any device; no name may be `__metadata__`
 * @param metadata - texts by name, none without it
 * @returns a promise that resolves when the file is on disk
 * @throws ERR_MISH_ARGUMENT for what is no Map of tensors, or names and metadata that the format cannot
 *   have; otherwise as {@link saveNpy}
 */
export async function saveSafetensors(
  path: FilePath,
  tensors: ReadonlyMap<string, Tensor>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const texts = checkMetadata(metadata);
  const snapshots = checkMap(tensors).map(([name, tensor]) => {
    const taken = snapshot(`tensors.get(${quote(name)})`, tensor);
    return { name, dtypeName: dtypeNameOf(taken.dtype), ...taken };
  });
  snapshots.sort(widestFirst);
  const header = formatSafetensorsHeader(snapshots, texts);
  await writeWhole(path, async (write) => {
    await write(header);
    for (const { bytes } of snapshots) await write(await bytes);
  });
}

/** The entries of a Map of any realm. */
function checkMap(tensors: unknown): [name: string, tensor: unknown][] {
  let entries: [unknown, unknown][] = [];
  try {
    entries = [...Map.prototype.entries.call(tensors as Map<unknown, unknown>)];
  } catch (cause) {
    const got = describe(tensors);
    const remedy = 'Make one with new Map([[name, tensor]])';
    throw mishError('ERR_MISH_ARGUMENT', `tensors: expected a Map; got ${got}. ${remedy}.`, {
      cause,
    });
  }
  const wrong = entries.find(([name]) => typeof name !== 'string');
  if (!wrong) return entries as [string, unknown][];
  const got = describe(wrong[0]);
  throw mishError('ERR_MISH_ARGUMENT', `tensors: expected names that are strings; got ${got}.`);
}

function checkMetadata(metadata: unknown): ReadonlyMap<string, string> {
  if (metadata === undefined) return new Map();
  const entries = isPlainObject(metadata) ? Object.entries(metadata) : undefined;
  const wrong = entries ? entries.find(([, text]) => typeof text !== 'string') : ['', metadata];
  if (entries && !wrong) return new Map(entries);
  const got = `expected a plain object of strings; got ${describe(wrong?.[1])}`;
  const remedy =
    "Pass the texts themselves, as { format: 'pt' }; of a Map, Object.fromEntries(map)";
  throw mishError('ERR_MISH_ARGUMENT', `metadata: ${got}. ${remedy}.`);
}
