// Run as a child process: prints, as JSON, a hash of the results of every operation in every dtype, and
// how many are not the nearest value. Two kernel levels agree when their hashes do.
import { createHash } from 'node:crypto';
import { backend } from 'node-mish';
import { newElements, opCases, plain, sample } from './calls.ts';
import {
  bytesOf,
  type Column,
  columns,
  type DTypeName,
  differences,
  dtypeNames,
  type Elements,
  loadFloat32,
  loadFloat64,
  loadHalf,
} from './vectors.ts';

export interface Digest {
  readonly isa: string | undefined;
  /** By operation and dtype, and by operation in precision 'fast'. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Of f, f' and f'' in float32 and the half types. */
  readonly misrounded: number;
}

const device = backend.name === 'native' ? 'cpu' : 'js';
const vectors: Readonly<
  Record<DTypeName, { readonly x: Elements; readonly nearest: Readonly<Record<Column, Elements>> }>
> = {
  float32: loadFloat32(),
  float64: loadFloat64(),
  float16: loadHalf('float16'),
  bfloat16: loadHalf('bfloat16'),
};

/** A second and third operand for those x: a sample, repeated. */
function operand(dtype: DTypeName, length: number, seed: number): Elements {
  const pattern = sample(dtype, 4093, seed);
  return newElements(dtype, length).map((_, i) => pattern[i % 4093]!) as Elements;
}

function hash(arrays: readonly Elements[]): string {
  const sum = createHash('sha256');
  for (const array of arrays) sum.update(bytesOf(array));
  return sum.digest('hex');
}

function hashes(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const dtype of dtypeNames) {
    const { x } = vectors[dtype];
    const others = [5, 7, 11].map((seed) => operand(dtype, x.length, seed));
    for (const op of opCases) {
      const inputs = [x, ...others].slice(0, op.inputs);
      found[`${op.name} ${dtype}`] = hash(plain(op, dtype, device, inputs, others[2]));
    }
  }
  for (const op of opCases) {
    const { x } = vectors.float32;
    const inputs = [x, ...[5, 7].map((seed) => operand('float32', x.length, seed))];
    const out = op.accumulates && [operand('float32', x.length, 11)];
    const options = { device, precision: 'fast' };
    const results = op.call(inputs.slice(0, op.inputs), options, out) as readonly Elements[];
    found[`${op.name} float32 fast`] = hash(results);
  }
  return found;
}

function misrounded(): number {
  let count = 0;
  for (const dtype of dtypeNames) {
    for (const [i, column] of columns.entries()) {
      if (dtype === 'float64') continue;
      const { x, nearest } = vectors[dtype];
      const [actual] = plain(opCases[i]!, dtype, device, [x]);
      count += differences(actual!, nearest[column]).length;
    }
  }
  return count;
}

const digest: Digest = { isa: backend.isa, hashes: hashes(), misrounded: misrounded() };
process.stdout.write(JSON.stringify(digest));
