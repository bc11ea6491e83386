// Run as a child process: prints, as JSON, the kernel level that runs, and how many results of f, f' and f''
// at the vectors are not the nearest value.
import { backend } from 'node-mish';
import { opCases, plain } from '../calls/calls.ts';
import {
  type Column,
  columns,
  type DTypeName,
  differences,
  dtypeNames,
  type Elements,
  loadFloat32,
  loadFloat64,
  loadHalf,
} from '../values/vectors.ts';

export interface Rounding {
  readonly isa: string | undefined;
  /** In float32 and the half types. */
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

const rounding: Rounding = { isa: backend.isa, misrounded: misrounded() };
process.stdout.write(JSON.stringify(rounding));
