// Operands of calls that have work for eight threads. First come the inputs of test/vectors, the hardest
// ones among them, then samples, whose periods differ so that special values meet every other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { root } from '../repository.ts';
import {
  type DTypeName,
  dtypeNames,
  type Elements,
  everyHalf,
  hardestFloat32,
  loadFloat32,
  loadFloat64,
} from '../values/vectors.ts';
import { newElements, type OpCase, opCases, optionsOf, sample } from './calls.ts';

/** What kernels exist for: each dtype, and float32 in precision 'fast'. */
export interface Format {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly options: Readonly<Record<string, unknown>>;
}

export const formats: readonly Format[] = [
  ...dtypeNames.map((dtype) => ({ name: dtype, dtype, options: optionsOf(dtype, 'cpu') })),
  { name: 'float32 fast', dtype: 'float32', options: { device: 'cpu', precision: 'fast' } },
];

export const mostThreads = 8;

/** Reads the pool's cost model: ns per element by operation and format, and the ns of work that a thread is worth. */
function costs(): { readonly elementNs: readonly number[][]; readonly threadNs: number } {
  const read = (name: string) => readFileSync(`${root}binding/cpu/${name}`, 'utf8');
  const rows = [...read('cost.h').matchAll(/^ +\{([\d., ]+)\}, +\/\/ (\w+)$/gm)];
  const nameOf = (id: string) => id.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const rowOf = new Map(rows.map(([, row, id]) => [nameOf(id!), row!.split(',').map(Number)]));
  const elementNs = opCases.map(({ name }) => rowOf.get(name) ?? []);
  const shape = elementNs.map((row) => row.length);
  assert.deepEqual(
    shape,
    opCases.map(() => formats.length),
    'the table in cost.h',
  );
  const threadNs = Number(/kThreadNs = (\d+);/.exec(read('pool/pool_state.h'))?.[1]);
  return { elementNs, threadNs };
}

const { elementNs, threadNs } = costs();
const hard: Readonly<Record<DTypeName, Elements>> = {
  float32: Float32Array.from([...loadFloat32().x, ...hardestFloat32()]),
  float64: loadFloat64().x,
  float16: everyHalf(),
  bfloat16: everyHalf(),
};

function repeated(pattern: Elements, length: number): Elements {
  const elements = new (pattern.constructor as Float32ArrayConstructor)(length) as Elements;
  for (let i = 0; i < length; i += pattern.length) {
    elements.set(pattern.subarray(0, Math.min(pattern.length, length - i)), i);
  }
  return elements;
}

export interface Large {
  readonly op: OpCase;
  readonly format: Format;
  readonly inputs: readonly Elements[];
  /** What outputs hold before. */
  readonly start: Elements;
}

function largeCall(op: OpCase, format: Format): Large {
  const { dtype } = format;
  const ns = elementNs[opCases.indexOf(op)]![formats.indexOf(format)]!;
  const enough = Math.ceil((mostThreads * threadNs) / ns);
  const length = Math.max(enough, hard[dtype].length) + 5;
  const make = (period: number, seed: number) => repeated(sample(dtype, period, seed), length);
  const x = make(65_521, 1);
  x.set(hard[dtype] as Float32Array);
  const inputs = [x, make(4091, 5), make(4079, 7)].slice(0, op.inputs);
  return { op, format, inputs, start: make(4073, 11) };
}

/** Of every operation in every format. */
export function* largeCalls(): Generator<Large> {
  for (const op of opCases) for (const format of formats) yield largeCall(op, format);
}

/** New results, or `start` with them added. */
export function resultsOf({ op, format, inputs, start }: Large): readonly Elements[] {
  const outs = op.accumulates
    ? [start.slice()]
    : Array.from({ length: op.outputs }, () => newElements(format.dtype, start.length));
  return op.call(inputs, format.options, outs) as readonly Elements[];
}
