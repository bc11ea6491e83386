// The correctly rounded values in test/vectors as typed arrays, and what comparing bits takes.
//
// The vectors come from 220-bit arithmetic. Arrays are compared through integer views: NaN payloads
// and the sign of zero, which === does not see, count.
import { readFileSync } from 'node:fs';
import type { Exact } from '../../../bench/double-double.ts';
import { root } from '../repository.ts';

export type Elements = Float32Array | Float64Array | Uint16Array;
export type DTypeName = 'float32' | 'float64' | 'float16' | 'bfloat16';
export type HalfName = 'float16' | 'bfloat16';
/** f, f' and f''. */
export type Column = 'f' | 'f1' | 'f2';

export const dtypeNames: readonly DTypeName[] = ['float32', 'float64', 'float16', 'bfloat16'];
export const halfNames: readonly HalfName[] = ['float16', 'bfloat16'];
export const columns: readonly Column[] = ['f', 'f1', 'f2'];

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function readTable(name: string): Table {
  return JSON.parse(readFileSync(`${root}test/vectors/${name}.json`, 'utf8'));
}

function hexColumn(table: Table, name: string): readonly string[] {
  const index = table.columns.indexOf(name);
  if (index < 0) throw new Error(`the vectors have no column ${name}`);
  return table.rows.map((row) => row[index]!);
}

function float32Column(table: Table, name: string): Float32Array {
  const bits = Uint32Array.from(hexColumn(table, name), (hex) => Number.parseInt(hex, 16));
  return new Float32Array(bits.buffer);
}

function float64Column(table: Table, name: string): Float64Array {
  const bits = BigUint64Array.from(hexColumn(table, name), (hex) => BigInt(`0x${hex}`));
  return new Float64Array(bits.buffer);
}

/** Inputs, the nearest values of the dtype, and the exact values to twice its precision or so. */
export interface Vectors<A extends Elements> {
  readonly x: A;
  readonly nearest: Readonly<Record<Column, A>>;
  readonly exact: (column: Column, index: number) => Exact;
}

export function loadFloat32(): Vectors<Float32Array> {
  const table = readTable('float32');
  const nearest = byColumn((column) => float32Column(table, column));
  const wide = byColumn((column) => float64Column(table, `${column}_f64`));
  const exact = (column: Column, i: number) => ({ hi: wide[column][i]!, lo: 0 });
  return { x: float32Column(table, 'x'), nearest, exact };
}

export function loadFloat64(): Vectors<Float64Array> {
  const table = readTable('float64');
  const nearest = byColumn((column) => float64Column(table, column));
  const low = byColumn((column) => float64Column(table, `${column}_lo`));
  const exact = (column: Column, i: number) => ({ hi: nearest[column][i]!, lo: low[column][i]! });
  return { x: float64Column(table, 'x'), nearest, exact };
}

/** The float32 inputs whose results lie nearest to a rounding boundary: 3,000 of each of the functions. */
export function hardestFloat32(): Float32Array {
  const pairs = columns.flatMap((column) => {
    const bytes = readFileSync(`${root}test/vectors/float32-hard.${column}.u32.bin`);
    return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readUInt32LE(8 * i));
  });
  return new Float32Array(Uint32Array.from(pairs).buffer);
}

/** All 65,536 inputs of a half type, index = bits. */
export function loadHalf(dtype: HalfName): Pick<Vectors<Uint16Array>, 'x' | 'nearest'> {
  return { x: everyHalf(), nearest: byColumn((column) => readHalf(dtype, column)) };
}

export function everyHalf(): Uint16Array {
  return Uint16Array.from({ length: 65_536 }, (_, i) => i);
}

function readHalf(dtype: HalfName, column: Column): Uint16Array {
  const bytes = readFileSync(`${root}test/vectors/${dtype}.${column}.u16.bin`);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
}

function byColumn<T>(of: (column: Column) => T): Record<Column, T> {
  return { f: of('f'), f1: of('f1'), f2: of('f2') };
}

// ---------------------------------------------------------------- bits

export function bytesOf(array: Elements): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** The elements as unsigned integers of their own width. */
export function bitsOf(array: Elements): Uint16Array | Uint32Array | BigUint64Array {
  const { buffer, byteOffset, length } = array;
  if (array instanceof Float32Array) return new Uint32Array(buffer, byteOffset, length);
  if (array instanceof Float64Array) return new BigUint64Array(buffer, byteOffset, length);
  return array;
}

export function sameBits(a: Elements, b: Elements): boolean {
  return a.constructor === b.constructor && bytesOf(a).equals(bytesOf(b));
}

/** Indices where the bits differ. */
export function differences(a: Elements, b: Elements): number[] {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  const [left, right] = [bitsOf(a), bitsOf(b)];
  const found: number[] = [];
  for (let i = 0; i < a.length; i++) if (left[i] !== right[i]) found.push(i);
  return found;
}

/** @throws with the first difference, in hex, unless the bits are equal */
export function assertSameBits(actual: Elements, expected: Elements, message: string): void {
  if (sameBits(actual, expected)) return;
  const wrong = differences(actual, expected);
  const hex = (array: Elements) => bitsOf(array)[wrong[0]!]?.toString(16);
  const where = `first at ${wrong[0]}: ${hex(actual)}, expected ${hex(expected)}`;
  throw new Error(`${message}: ${wrong.length} of ${actual.length} differ, ${where}`);
}

// ---------------------------------------------------------------- samples

/** Uniform numbers in [0, 1) that are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
