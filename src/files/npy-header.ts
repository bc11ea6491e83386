// The header of .npy files, versions 1.0 to 3.0: a Python dict literal that says dtype, order and shape.
// Format: numpy's NEP 1 and the docs of numpy.lib.format.
import { setImmediate } from 'node:timers/promises';
import { type DType, dtypes } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import { formatShape, type Shape, sizeOf } from '../base/shape.ts';
import { foreignFormatOf } from './foreign.ts';
import type { InputFile } from './input-file.ts';
import { shapeInFile, type TensorLayout } from './layout.ts';
import { npyDTypeOf, npyItemBytes } from './npy-dtype.ts';

/** "\x93NUMPY", what every file begins with. */
const npyMagic: Uint8Array = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** numpy itself refuses more than 10,000 characters; that of four dtypes and 32 extents is below 1,000. */
const longestHeader = 65_535;

/** What numpy calls the dtypes, without byte order. V2, two bytes of anything, is how ml_dtypes' bfloat16 is saved. */
const typeCodes: Readonly<Record<DType, string>> = {
  float32: 'f4',
  float64: 'f8',
  float16: 'f2',
  bfloat16: 'V2',
};

// ---------------------------------------------------------------- reading

/** Arrays that one file may have; each has at least a header. */
const mostArrays = 2 ** 17;

/** An array that the file has; only those of the four dtypes have a layout. */
export interface NpyEntry {
  /** As the file says it, as '<f4' or '<i8'. */
  readonly dtypeName: string;
  readonly shape: Shape;
  /** Where its header begins in the file, and its elements. */
  readonly begin: number;
  readonly position: number;
  /** Of its elements; of objects and records all that is left in the file. */
  readonly byteLength: number;
  readonly layout: TensorLayout | undefined;
}

/**
 * Every array in the file, in its order: numpy.save writes another one behind the first into a file that is open. What
 * follows objects or records is not looked for.
 * @throws ERR_MISH_FORMAT when it is no .npy file, or a lying one
 */
export async function readNpyHeaders(file: InputFile): Promise<readonly NpyEntry[]> {
  const arrays = [await readHeaderAt(file, 0)];
  for (let end = endOf(arrays[0]!); end < file.byteLength; end = endOf(arrays.at(-1)!)) {
    if (arrays.length === mostArrays) throw file.formatError(`more than ${mostArrays} arrays.`);
    arrays.push(await readHeaderAt(file, end));
    if (arrays.length % 100 === 0) await setImmediate();
  }
  return arrays;
}

const endOf = ({ position, byteLength }: NpyEntry): number => position + byteLength;

/** @throws ERR_MISH_UNSUPPORTED for an array of another dtype */
export function npyLayoutOf(
  file: InputFile,
  { layout, dtypeName }: NpyEntry,
  remedy = "Save it from numpy as floats: array.astype('<f4')",
): TensorLayout {
  if (layout) return layout;
  const expected =
    "expected '<f2', '<f4', '<f8' or '<V2' (bfloat16), the same with '>', or 'float32' and its kind";
  const got = `got '${dtypeName.slice(0, 40)}'. ${remedy}`;
  throw mishError('ERR_MISH_UNSUPPORTED', `${file.path}: descr: ${expected}; ${got}.`);
}

async function readHeaderAt(file: InputFile, begin: number): Promise<NpyEntry> {
  const { text, position } = await readText(file, begin);
  const { descr: dtypeName, fortran_order, shape: extents } = parseDict(file, text);
  const shape = shapeInFile(file, extents);
  const known = npyDTypeOf(dtypeName);
  const fortranOrder = fortran_order && shape.length > 1;
  const layout = known && { ...known, shape, size: sizeOf(shape), position, fortranOrder };
  const itemBytes = known ? dtypes[known.dtype].bytes : npyItemBytes(dtypeName);
  const rest = file.byteLength - position;
  const byteLength = itemBytes === undefined ? rest : itemBytes * sizeOf(shape);
  const entry = { dtypeName, shape, begin, position, byteLength, layout };
  checkLength(file, entry);
  return entry;
}

async function readText(file: InputFile, at: number): Promise<{ text: string; position: number }> {
  const start = new Uint8Array(12);
  await file.read(at, start.subarray(0, Math.min(10, file.byteLength - at)));
  if (npyMagic.some((byte, i) => start[i] !== byte)) throw await noArrayError(file, at);
  const [major, minor] = [start[6]!, start[7]!];
  if (major < 1 || major > 3 || minor !== 0) {
    throw file.formatError(`expected .npy version 1.0, 2.0 or 3.0; got ${major}.${minor}.`);
  }
  const begin = major === 1 ? 10 : 12;
  await file.read(at, start.subarray(0, begin));
  const view = new DataView(start.buffer);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) {
    throw file.formatError(`expected a header of at most ${longestHeader} bytes; got ${length}.`);
  }
  const bytes = Buffer.alloc(length);
  await file.read(at + begin, bytes);
  const position = at + begin + length;
  return { text: bytes.toString(major === 3 ? 'utf8' : 'latin1'), position };
}

async function noArrayError(file: InputFile, at: number): Promise<Error> {
  if (at > 0) {
    const what = `${file.byteLength - at} bytes that are no array follow the array before`;
    return file.formatError(`${what}, from byte ${at} on. Is it complete, and one file?`);
  }
  const got = (await foreignFormatOf(file, 'npy')) ?? `this does not. ${rawRemedy}`;
  return file.formatError(`expected a .npy file, which begins with "\\x93NUMPY"; ${got}.`);
}

/** What to do about bytes that no header describes. */
const rawRemedy = 'Elements without a header, read with fs, go to Tensor.fromBytes';

interface Dict {
  readonly descr: string;
  readonly fortran_order: boolean;
  readonly shape: readonly number[];
}

/** Literals as numpy writes them: strings without escapes, and what may be inside a tuple of integers. */
const literals = {
  descr: /'[^'\\\n]*'|"[^"\\\n]*"|\[(?:[^\]'"]|'[^']*'|"[^"]*")*\]/y, // a list for records
  fortran_order: /True|False/y,
  shape: /\([\d\s,L]*\)/y,
} as const;
type Key = keyof typeof literals;

const values: { readonly [K in Key]: (literal: string) => Dict[K] | undefined } = {
  descr: (literal) => (literal.startsWith('[') ? literal : literal.slice(1, -1)),
  fortran_order: (literal) => literal === 'True',
  shape: tupleOf,
};

/** (), (1,) or (1, 2), with or without a last comma; Python 2 wrote 1L. */
function tupleOf(literal: string): readonly number[] | undefined {
  const parts = literal.slice(1, -1).split(',');
  const last = parts.at(-1)!.trim() === '' ? parts.pop() : undefined;
  const extents = parts.map((part) => /^(\d+)L?$/.exec(part.trim())?.[1]);
  if (extents.includes(undefined) || (parts.length === 1 && last === undefined)) return undefined;
  return extents.map(Number);
}

/** The three entries of the dict, each once, in any order. */
function parseDict(file: InputFile, text: string): Dict {
  const dict: { [K in Key]?: unknown } = {};
  let at = 0;
  const take = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    const found = expression.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const fail = (expected: string): never => {
    throw file.formatError(`header: expected ${expected}; got ${describe(text.slice(at))}.`);
  };
  take(/\s*\{\s*/y) ?? fail('a dict');
  while (take(/\}/y) === undefined) {
    const key = take(/(['"])(?:descr|fortran_order|shape)\1/y)?.slice(1, -1) as Key | undefined;
    if (key === undefined || Object.hasOwn(dict, key)) {
      return fail("each of 'descr', 'fortran_order' and 'shape' once");
    }
    take(/\s*:\s*/y) ?? fail("':'");
    const before = at;
    const literal = take(literals[key]);
    dict[key] = literal === undefined ? undefined : values[key](literal);
    if (dict[key] === undefined) {
      at = before;
      fail(expectedOf[key]);
    }
    take(/\s*,\s*|\s*(?=\})/y) ?? fail("',' or '}'");
  }
  if (!/^[ \n]*$/.test(text.slice(at))) fail('nothing but spaces after the dict');
  const missing = Object.keys(literals).filter((key) => !Object.hasOwn(dict, key));
  if (missing.length > 0) throw file.formatError(`header: ${missing.join(', ')} missing.`);
  return dict as Dict;
}

const expectedOf: Readonly<Record<Key, string>> = {
  descr: "the name of a dtype, as '<f4'",
  fortran_order: 'True or False',
  shape: 'a tuple of non-negative integers, as (2, 3)',
};

function checkLength(file: InputFile, entry: NpyEntry): void {
  const expected = endOf(entry);
  if (file.byteLength >= expected) return;
  const dtype = entry.layout?.dtype ?? entry.dtypeName;
  const what = `${dtype} ${formatShape(entry.shape)} takes ${expected} bytes with its header`;
  throw file.formatError(`${what}; the file has ${file.byteLength}. It is truncated.`);
}

// ---------------------------------------------------------------- writing

const alignment = 64; // numpy's, so that elements in a mapped file are aligned

/** Version 1.0, little-endian, as numpy writes it. */
export function formatNpyHeader(dtype: DType, shape: Shape, fortranOrder = false): Uint8Array {
  const descr = `<${typeCodes[dtype]}`;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const order = fortranOrder ? 'True' : 'False';
  const dict = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${tuple}, }`;
  const unpadded = 10 + dict.length + 1;
  const length = Math.ceil(unpadded / alignment) * alignment;
  const bytes = Buffer.alloc(length, ' ');
  bytes.set([...npyMagic, 1, 0]);
  bytes.writeUInt16LE(length - 10, 8);
  bytes.write(`${dict.padEnd(length - 11)}\n`, 10, 'latin1');
  return bytes;
}
