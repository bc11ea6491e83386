// Every operation in every dtype, on every device and in every form of a call, against the reference
// vectors: with dy and ddx 1 each result is f, f' or f'' itself.
import assert from 'node:assert/strict';
import type { Tensor } from 'node-mish';
import {
  derivativeExact,
  roundToFloat32,
  secondDerivativeExact,
} from '../../../bench/reference.ts';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  type OpCase,
  opCases,
  optionsOf,
  tensorOf,
} from '../../support/calls/calls.ts';
import { bounds, checkError } from '../../support/values/bounds.ts';
import { halfToNumber, numberToHalf } from '../../support/values/half.ts';
import {
  assertSameBits,
  type Column,
  type DTypeName,
  dtypeNames,
  type Elements,
  everyHalf,
  type HalfName,
  halfNames,
  loadFloat32,
  loadFloat64,
  loadHalf,
  type Vectors,
} from '../../support/values/vectors.ts';

// ---------------------------------------------------------------- the forms of a call
interface Setting {
  readonly op: OpCase;
  readonly dtype: DTypeName;
  readonly device: DeviceName;
  /** New arrays at each call: a form may write into them. */
  readonly inputs: () => Elements[];
}

/** The results of each form, by its name. */
function* formsOf({
  op,
  dtype,
  device,
  inputs,
}: Setting): Generator<[string, readonly Elements[]]> {
  const options = optionsOf(dtype, device);
  const tensor = (elements: Elements) => tensorOf(dtype, device, elements);
  const read = (results: readonly unknown[]) => results.map((it) => (it as Tensor).readSync());
  const length = inputs()[0]!.length;
  const outs = () => Array.from({ length: op.outputs }, () => newElements(dtype, length));

  yield ['functional out', op.call(inputs(), options, outs()) as Elements[]];
  yield ['Tensor out', read(op.call(inputs().map(tensor), {}, outs().map(tensor)))];
  if (op.accumulates) return; // it needs an out, which may not be an input
  yield ['functional', op.call(inputs(), options) as Elements[]];
  yield ['Tensor', read(op.call(inputs().map(tensor), {}))];
  for (let output = 0; output < op.outputs; output++) {
    const only = <T>(value: T) => outs().map((_, i) => (i === output ? value : undefined));
    const arrays = inputs();
    yield ['functional in place', op.call(arrays, options, only(arrays[0])) as Elements[]];
    const tensors = inputs().map(tensor);
    yield ['Tensor in place', read(op.call(tensors, {}, only(tensors[0])))];
  }
}

// ---------------------------------------------------------------- the judges
type Judge = (column: Column, actual: Elements, form: string) => void;

/** Accumulating into 0, -0 gives 0 unless it was rounded from something: zeros are compared without sign. */
function withoutNegativeZeros<A extends Elements>(elements: A): A {
  const wide = !(elements instanceof Uint16Array);
  return elements.map((e) => (wide ? e + 0 : e === 0x8000 ? 0 : e)) as A;
}

function judgeWide(
  dtype: 'float32' | 'float64',
  device: DeviceName,
  { x, nearest, exact }: Vectors<Elements>,
  op: OpCase,
): Judge {
  return (column, actual, form) => {
    const row = bounds.find(
      (it) => it.device === device && it.dtype === dtype && it.column === column,
    )!;
    const prepared = op.accumulates ? withoutNegativeZeros : <A extends Elements>(same: A) => same;
    const expected = prepared(nearest[column]);
    if (row.misrounded === 0) assertSameBits(prepared(actual), expected, form);
    prepared(actual).forEach((value, i) => {
      if (Object.is(value, expected[i])) return;
      // So near 0 the vectors' low half has lost bits: half a step of 2^-1074 is all that is known.
      const tiny = dtype === 'float64' && Math.abs(expected[i]!) < 2 ** -960;
      if (tiny) assert.ok(Math.abs(value - expected[i]!) <= tinySlack(expected[i]!), form);
      else checkError(row, x[i]!, value, exact(column, i));
    });
  };
}

/** One unit in the last place of a tiny float64. */
function tinySlack(value: number): number {
  return Math.max(2 ** -1074, Math.abs(value) * 2 ** -52);
}

/** f, f' and f'' are in the vectors; as factors they are rounded to float32 before. */
function halfFactors(dtype: HalfName): Readonly<Record<'f1' | 'f2', Uint16Array>> {
  const of = (exact: typeof derivativeExact) =>
    everyHalf().map((bits) =>
      numberToHalf(dtype, roundToFloat32(exact(halfToNumber(dtype, bits)))),
    );
  return { f1: of(derivativeExact), f2: of(secondDerivativeExact) };
}
const factors = { float16: halfFactors('float16'), bfloat16: halfFactors('bfloat16') };

function judgeHalf(dtype: HalfName, { nearest }: ReturnType<typeof loadHalf>, op: OpCase): Judge {
  return (column, actual, form) => {
    const expected = op.inputs === 1 || column === 'f' ? nearest[column] : factors[dtype][column];
    if (!op.accumulates) assertSameBits(actual, expected, form);
    else assertSameBits(withoutNegativeZeros(actual), withoutNegativeZeros(expected), form);
  };
}

// ---------------------------------------------------------------- the table
const one = { float32: 1, float64: 1, float16: 0x3c00, bfloat16: 0x3f80 } as const;
const wide = { float32: loadFloat32(), float64: loadFloat64() };
const half = Object.fromEntries(halfNames.map((name) => [name, loadHalf(name)]));

function test(op: OpCase, dtype: DTypeName, device: DeviceName): void {
  const isHalf = dtype === 'float16' || dtype === 'bfloat16';
  const { x } = isHalf ? half[dtype]! : wide[dtype];
  const ones = newElements(dtype, x.length).fill(one[dtype]);
  const inputs = () => [x, ones, ones].slice(0, op.inputs).map((array) => array.slice());
  const judge = isHalf
    ? judgeHalf(dtype, half[dtype]!, op)
    : judgeWide(dtype, device, wide[dtype], op);
  for (const [form, results] of formsOf({ op, dtype, device, inputs })) {
    assert.equal(results.length, op.outputs);
    results.forEach((actual, i) => {
      judge(op.columns[i]!, actual, `${form}, output ${i}`);
    });
  }
}

describeOnEachDevice('every form against the vectors', (device) => {
  for (const op of opCases) {
    for (const dtype of dtypeNames) it(`${op.name} ${dtype}`, () => test(op, dtype, device));
  }
});
