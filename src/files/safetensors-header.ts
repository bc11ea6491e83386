// The header of .safetensors files: eight bytes of length, then JSON that names each tensor, its dtype,
// shape and bytes. Format: the README of huggingface/safetensors.
import { setImmediate } from 'node:timers/promises';
import type { DType } from '../base/dtype.ts';
import { mishError, quote } from '../base/errors.ts';
import { formatShape, type Shape, sizeOf } from '../base/shape.ts';
import { foreignFormatOf } from './foreign.ts';
import type { InputFile } from './input-file.ts';
import { jsonMembers, parse } from './json.ts';
import { shapeInFile, type TensorLayout } from './layout.ts';

/** The format's own limit, in bytes. */
const longestHeader = 100_000_000;
const metadataKey = '__metadata__';

const dtypeNames: Readonly<Record<DType, string>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  bfloat16: 'BF16',
};

/** Bits of an element of every dtype that the format has; others are taken as the header says. */
const bitsOf: ReadonlyMap<string, number> = new Map([
  ...['F4'].map((name) => [name, 4] as const),
  ...['F6_E2M3', 'F6_E3M2'].map((name) => [name, 6] as const),
  ...['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0'].map((name) => [name, 8] as const),
  ...['I16', 'U16', 'F16', 'BF16'].map((name) => [name, 16] as const),
  ...['I32', 'U32', 'F32'].map((name) => [name, 32] as const),
  ...['I64', 'U64', 'F64', 'C64'].map((name) => [name, 64] as const),
]);

/** A tensor that the file has; only those of the four dtypes have a layout. */
export interface SafetensorsEntry {
  /** As the file says it, as in 'F32' or 'I64'. */
  readonly dtypeName: string;
  readonly shape: Shape;
  /** Where its first byte is in the file. */
  readonly position: number;
  readonly byteLength: number;
  readonly layout: TensorLayout | undefined;
}

export interface SafetensorsHeader {
  /** By name, in the order of their bytes. A Map: `__proto__` is a name like any other. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

// ---------------------------------------------------------------- reading

/** @throws ERR_MISH_FORMAT when it is no .safetensors file, or a lying one */
export async function readHeader(file: InputFile): Promise<SafetensorsHeader> {
  const { text, end } = await readText(file);
  const found: Found[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of members(file, text)) {
    if (name === metadataKey) metadata = metadataOf(file, value);
    else if (found.push(tensorOf(file, name, value, end)) % 1000 === 0) await setImmediate();
  }
  found.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCovered(file, found, file.byteLength - end);
  return { entries: new Map(found.map(({ name, entry }) => [name, entry])), metadata };
}

async function readText(file: InputFile): Promise<{ text: string; end: number }> {
  const start = new Uint8Array(8);
  if (file.byteLength < 10) {
    const got = file.byteLength === 0 ? 'it is empty' : `it has ${file.byteLength} bytes`;
    throw file.formatError(`expected a .safetensors file, which has 10 bytes or more; ${got}.`);
  }
  await file.read(0, start);
  const length = new DataView(start.buffer).getBigUint64(0, true);
  const most = Math.min(longestHeader, file.byteLength - 8);
  if (length > most) {
    const foreign = await foreignFormatOf(file, 'safetensors');
    if (foreign) throw file.formatError(`expected a .safetensors file; ${foreign}.`);
    const got = `expected a header of at most ${most} bytes; got ${length}`;
    throw file.formatError(`${got}. It is truncated, or not a .safetensors file.`);
  }
  const bytes = Buffer.alloc(Number(length));
  await file.read(8, bytes);
  return { text: decodeUtf8(file, bytes), end: 8 + bytes.length };
}

function decodeUtf8(file: InputFile, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw file.formatError('header: expected JSON in UTF-8; got other bytes.', { cause });
  }
}

/** The members of an object in the header. @throws ERR_MISH_FORMAT while they are gone through */
function* members(file: InputFile, text: string, where = 'header') {
  try {
    yield* jsonMembers(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw file.formatError(`${where}: expected a JSON object; it ${cause.message}.`, { cause });
  }
}

function metadataOf(file: InputFile, text: string): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (text.trim() === 'null') return metadata; // as the reference implementation reads it
  for (const [key, value] of members(file, text, metadataKey)) {
    const string = value.trimStart().startsWith('"')
      ? jsonValue(file, metadataKey, value)
      : undefined;
    if (typeof string !== 'string')
      throw file.formatError(`${metadataKey}: expected strings only.`);
    metadata.set(key, string);
  }
  return metadata;
}

/** The value of a member. @throws ERR_MISH_FORMAT */
function jsonValue(file: InputFile, where: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw file.formatError(`${where}: expected JSON; it ${(cause as Error).message}.`, { cause });
  }
}

interface Found {
  readonly name: string;
  /** Bytes, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
  readonly entry: SafetensorsEntry;
}

/** More than the three members of a tensor can need. */
const longestTensor = 10_000;

function tensorOf(file: InputFile, name: string, text: string, headerEnd: number): Found {
  const where = `tensor ${quote(name)}`;
  const fail = (expected: string) => file.formatError(`${where}: ${expected}.`);
  if (text.length > longestTensor) {
    throw fail(`expected at most ${longestTensor} characters; got ${text.length}`);
  }
  const info = new Map(members(file, text, where));
  const value = (key: string) => jsonValue(file, where, info.get(key) ?? 'null');
  const [dtypeName, extents, offsets] = [value('dtype'), value('shape'), value('data_offsets')];
  if (typeof dtypeName !== 'string') throw fail('expected a dtype');
  if (!Array.isArray(extents)) throw fail('expected a shape');
  const shape = shapeInFile(file, extents);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? offsets : [];
  if (!isOffset(begin) || !isOffset(end) || end < begin) {
    throw fail('expected data_offsets as [begin, end]');
  }
  const bits = bitsOf.get(dtypeName);
  if (bits !== undefined && (sizeOf(shape) * bits) / 8 !== end - begin) {
    const takes = `${dtypeName} ${formatShape(shape)} takes ${(sizeOf(shape) * bits) / 8} bytes`;
    throw fail(`${takes}; data_offsets say ${end - begin}`);
  }
  const position = headerEnd + begin;
  const layout = layoutOf(dtypeName, shape, position);
  const entry = { dtypeName, shape, position, byteLength: end - begin, layout };
  return { name, begin, end, entry };
}

const isOffset = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function layoutOf(dtypeName: string, shape: Shape, position: number): TensorLayout | undefined {
  const dtype = (Object.keys(dtypeNames) as DType[]).find((key) => dtypeNames[key] === dtypeName);
  if (!dtype) return undefined;
  const order = { byteOrder: 'little', fortranOrder: false } as const;
  return { dtype, shape, size: sizeOf(shape), position, ...order };
}

/** The format allows no hole, no overlap and nothing behind the last tensor. */
function checkCovered(file: InputFile, found: readonly Found[], byteLength: number): void {
  let covered = 0;
  for (const { name, begin, end } of found) {
    if (begin !== covered) {
      const what = `expected its bytes from ${covered} on, where the one before ends; got ${begin}`;
      throw file.formatError(`tensor ${quote(name)}: ${what}.`);
    }
    covered = end;
  }
  if (covered === byteLength) return;
  const why = covered > byteLength ? 'It is truncated' : 'Something follows the last tensor';
  throw file.formatError(`the tensors take ${covered} bytes; the file has ${byteLength}. ${why}.`);
}

// ---------------------------------------------------------------- writing

/** What the format calls a dtype. */
export const dtypeNameOf = (dtype: DType): string => dtypeNames[dtype];

/** Orders tensors so that all are aligned, one after the other: those of wider elements first. */
export function widestFirst(a: TensorToWrite, b: TensorToWrite): number {
  return bitsIn(b.dtypeName) - bitsIn(a.dtypeName);
}

/** Of a dtype that is not known, as few as may be: it goes last. */
const bitsIn = (dtypeName: string): number => bitsOf.get(dtypeName) ?? 0;

/** What a header says of a tensor. */
export interface TensorToWrite {
  readonly name: string;
  /** As the format calls it. */
  readonly dtypeName: string;
  readonly shape: Shape;
  readonly byteLength: number;
}

/**
 * The header of these tensors, whose bytes follow it in this order without gaps.
 * @throws ERR_MISH_ARGUMENT for a name that the format cannot have, or too much of all
 */
export function formatSafetensorsHeader(
  tensors: readonly TensorToWrite[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  // Joined by hand: as keys of an object, names that look like integers would come first.
  const members: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, text]) => `${jsonString(key)}:${jsonString(text)}`);
    members.push(`${jsonString(metadataKey)}:{${pairs.join(',')}}`);
  }
  let begin = 0;
  for (const { name, dtypeName, shape, byteLength } of tensors) {
    if (name === metadataKey) {
      throw mishError('ERR_MISH_ARGUMENT', `tensors: ${metadataKey} is no name for a tensor.`);
    }
    const info = { dtype: dtypeName, shape, data_offsets: [begin, begin + byteLength] };
    members.push(`${jsonString(name)}:${JSON.stringify(info)}`);
    begin += byteLength;
  }
  return withLength(`{${members.join(',')}}`);
}

function withLength(json: string): Uint8Array {
  const text = Buffer.from(json);
  const length = Math.ceil(text.length / 8) * 8; // so that the first tensor is aligned
  if (length > longestHeader) {
    const got = `expected a header of at most ${longestHeader} bytes; names and metadata take ${length}`;
    throw mishError('ERR_MISH_ARGUMENT', `tensors: ${got}. Use shorter ones.`);
  }
  const bytes = Buffer.alloc(8 + length, ' ');
  bytes.writeBigUInt64LE(BigInt(length));
  text.copy(bytes, 8);
  return bytes;
}

/** @throws ERR_MISH_ARGUMENT for half of a surrogate pair, which UTF-8 cannot have */
function jsonString(text: string): string {
  if (!/\p{Surrogate}/u.test(text)) return JSON.stringify(text);
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `tensors: expected names and metadata in well-formed Unicode; got ${JSON.stringify(text)}.`,
  );
}
