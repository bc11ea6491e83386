// All forms of a call (new array, out, in place, Tensor), every length and every alignment give the
// bits of the plain functional call, and nothing outside the output is written.
import assert from 'node:assert/strict';
import { mish, mishDerivative, type Tensor } from 'node-mish';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  type OpCase,
  opCases,
  optionsOf,
  plain,
  sample,
  tensorOf,
} from '../../support/calls/calls.ts';
import {
  assertSameBits,
  bytesOf,
  type DTypeName,
  dtypeNames,
  type Elements,
  sameBits,
} from '../../support/values/vectors.ts';

interface Setup {
  readonly op: OpCase;
  readonly dtype: DTypeName;
  readonly device: DeviceName;
}

const seeds = [1, 5, 7];

const inputsOf = ({ op, dtype }: Setup, length: number): Elements[] =>
  seeds.slice(0, op.inputs).map((seed) => sample(dtype, length, seed));
const startOf = ({ dtype }: Setup, length: number): Elements => sample(dtype, length, 11);

function eachSetup(device: DeviceName, body: (setup: Setup) => void): void {
  for (const op of opCases) for (const dtype of dtypeNames) body({ op, dtype, device });
}

// ---------------------------------------------------------------- forms

const formLength = 1027; // past one block of the JS kernels, with a tail for every vector width

function checkAll(actual: readonly Elements[], expected: readonly Elements[], form: string): void {
  assert.equal(actual.length, expected.length, form);
  actual.forEach((array, i) => {
    assertSameBits(array, expected[i]!, `${form}, output ${i}`);
  });
}

function functionalForms(setup: Setup): void {
  const { op, dtype, device } = setup;
  const [inputs, start] = [inputsOf(setup, formLength), startOf(setup, formLength)];
  const untouched = inputs.map((input) => input.slice());
  const expected = plain(op, dtype, device, inputs, start);
  const options = optionsOf(dtype, device);
  const outs = expected.map(() =>
    op.accumulates ? start.slice() : newElements(dtype, formLength),
  );

  const returned = op.call(inputs, options, outs) as Elements[];
  returned.forEach((result, i) => {
    assert.equal(result, outs[i], 'out itself is returned');
  });
  checkAll(outs, expected, 'functional out');
  checkAll(inputs, untouched, 'inputs');
}

/** Every output over every input that it may replace. */
function inPlaceForms(setup: Setup): void {
  const { op, dtype, device } = setup;
  const expected = plain(op, dtype, device, inputsOf(setup, formLength));
  for (let output = 0; output < op.outputs; output++) {
    for (let at = 0; at < op.inputs; at++) {
      const inputs = inputsOf(setup, formLength);
      const outs = expected.map((_, i) => (i === output ? inputs[at] : undefined));
      const results = op.call(inputs, optionsOf(dtype, device), outs) as Elements[];
      assert.equal(results[output], inputs[at]);
      checkAll(results, expected, `output ${output} in place of input ${at}`);
    }
  }
}

function bothInPlace(setup: Setup): void {
  const inputs = inputsOf(setup, formLength);
  const expected = plain(setup.op, setup.dtype, setup.device, inputs);
  const options = optionsOf(setup.dtype, setup.device);
  setup.op.call(inputs, options, [inputs[1], inputs[0]]);
  checkAll([inputs[1]!, inputs[0]!], expected, 'both outputs in place, crossed');
}

function tensorForms(setup: Setup): void {
  const { op, dtype, device } = setup;
  const [inputs, start] = [inputsOf(setup, formLength), startOf(setup, formLength)];
  const expected = plain(op, dtype, device, inputs, start);
  const make = (elements: Elements) => tensorOf(dtype, device, elements);
  const data = (results: readonly unknown[]) => results.map((it) => (it as Tensor).readSync());

  if (!op.accumulates) checkAll(data(op.call(inputs.map(make), {})), expected, 'Tensor');
  const outs = expected.map(() => make(start));
  assert.deepEqual(op.call(inputs.map(make), {}, outs), outs);
  checkAll(data(outs), expected, 'Tensor out');
  for (let at = 0; at < op.inputs && !op.accumulates; at++) {
    const operands = inputs.map(make);
    const results = op.call(operands, {}, [operands[at]]);
    assert.equal(results[0], operands[at]);
    checkAll(data(results), expected, `Tensor in place of input ${at}`);
  }
}

function formTests(device: DeviceName): void {
  eachSetup(device, (setup) => {
    const { op, dtype } = setup;
    it(`${op.name} ${dtype}: functional out`, () => functionalForms(setup));
    it(`${op.name} ${dtype}: Tensor, Tensor out and in place`, () => tensorForms(setup));
    if (op.accumulates) return; // its output may not be an input
    it(`${op.name} ${dtype}: functional in place`, () => inPlaceForms(setup));
    if (op.outputs === 2) it(`${op.name} ${dtype}: both in place`, () => bothInPlace(setup));
  });
  it('the methods mish and mish_ of Tensor give the same bits', () => {
    for (const dtype of dtypeNames) {
      const x = sample(dtype, formLength, 1);
      const expected = plain(opCases[0]!, dtype, device, [x]);
      const tensor = tensorOf(dtype, device, x);
      checkAll([tensor.mish().readSync()], expected, 'mish');
      assert.equal(tensor.mish_(), tensor);
      checkAll([tensor.readSync()], expected, 'mish_');
    }
  });
}

// ---------------------------------------------------------------- lengths and alignments

const maxLength = 67;
const offsets = 16;
const guard = 0x5a;

/** A view of `elements` at that element offset in a bigger buffer whose other bytes are the guard. */
function placed(elements: Elements, offset: number): Elements {
  const whole = emptyLike(elements, offset + elements.length + offsets);
  bytesOf(whole).fill(guard);
  whole.set(elements, offset);
  return whole.subarray(offset, offset + elements.length) as Elements;
}

function emptyLike(like: Elements, length: number): Elements {
  return new (like.constructor as new (n: number) => Elements)(length);
}

function checkGuards(view: Elements, message: string): void {
  const all = Buffer.from(view.buffer);
  const end = view.byteOffset + view.byteLength;
  const outside = Buffer.concat([all.subarray(0, view.byteOffset), all.subarray(end)]);
  if (!outside.every((byte) => byte === guard)) throw new Error(`${message}: a guard was written`);
}

function alignmentTest({ op, dtype, device }: Setup): void {
  const setup = { op, dtype, device };
  const [inputs, start] = [inputsOf(setup, maxLength), startOf(setup, maxLength)];
  const expected = plain(op, dtype, device, inputs, start);
  const options = optionsOf(dtype, device);
  for (let length = 0; length <= maxLength; length++) {
    const head = (array: Elements) => array.subarray(0, length) as Elements;
    for (let offset = 0; offset < offsets; offset++) {
      const at = (i: number) => (offset + 5 * i) % offsets; // operands apart, each at every offset
      const views = inputs.map((input, i) => placed(head(input), at(i)));
      const outs = expected.map((_, i) => placed(head(start), at(3 + i)));
      op.call(views, options, outs);
      const message = `length ${length}, offset ${offset}`;
      outs.forEach((out, i) => {
        assertSameBits(out, head(expected[i]!), message);
      });
      views.forEach((view, i) => {
        assertSameBits(view, head(inputs[i]!), `${message}: input ${i}`);
      });
      for (const view of [...views, ...outs]) checkGuards(view, message);
    }
  }
}

function emptyTest(setup: Setup): void {
  const inputs = inputsOf(setup, 0);
  const results = plain(setup.op, setup.dtype, setup.device, inputs, startOf(setup, 0));
  for (const result of results) {
    assert.equal(result.length, 0);
    assert.equal(result.constructor, inputs[0]!.constructor);
  }
}

// ---------------------------------------------------------------- large arrays

const period = 4099; // prime, so that it falls in with no block or vector

/**
 * Past where float32 counts no more by ones. On js, which takes 60 ns an element and the same loop for all
 * operations, for the first of them.
 */
const largeExponentOf = ({ op, device }: Setup): number =>
  device === 'js' && op !== opCases[0] ? 18 : 24;

/** The pattern over and over, by doubling. */
function repeated(pattern: Elements, length: number): Elements {
  const all = emptyLike(pattern, length);
  all.set(pattern);
  for (let done = pattern.length; done < length; done *= 2) {
    all.copyWithin(done, 0, Math.min(done, length - done));
  }
  return all;
}

function checkPeriodic(large: Elements, pattern: Elements, length: number): void {
  assert.equal(large.length, length);
  assertSameBits(large.slice(0, period), pattern, 'first period');
  const [early, late] = [large.subarray(0, -period), large.subarray(period)] as Elements[];
  assert.ok(sameBits(early!, late!), 'every period is like the one before');
}

/** One call of the period over and over. */
function largeTest(setup: Setup): void {
  const { op, dtype, device } = setup;
  const length = 2 ** largeExponentOf(setup) + 5;
  const [inputs, start] = [inputsOf(setup, period), startOf(setup, period)];
  const expected = plain(op, dtype, device, inputs, start);
  const outs = expected.map(() => (op.accumulates ? repeated(start, length) : undefined));
  const large = inputs.map((input) => repeated(input, length));
  const results = op.call(large, optionsOf(dtype, device), outs) as Elements[];
  results.forEach((result, i) => {
    checkPeriodic(result, expected[i]!, length);
  });
}

/** A tensor of no extents. */
function scalarTest(setup: Setup): void {
  const { op, dtype, device } = setup;
  const [inputs, start] = [inputsOf(setup, 1), startOf(setup, 1)];
  const expected = plain(op, dtype, device, inputs, start);
  const make = (elements: Elements) => tensorOf(dtype, device, elements).reshape([]) as Tensor;
  const outs = op.accumulates ? [make(start)] : undefined;
  const results = op.call(inputs.map(make), {}, outs) as readonly Tensor[];
  results.forEach((result, i) => {
    assert.deepEqual(result.shape, []);
    assertSameBits(result.readSync(), expected[i]!, 'scalar');
  });
}

describeOnEachDevice('operations', (device) => {
  formTests(device);
  eachSetup(device, (setup) => {
    const { op, dtype } = setup;
    it(`${op.name} ${dtype}: every length and alignment`, () => alignmentTest(setup));
    it(`${op.name} ${dtype}: empty arrays`, () => emptyTest(setup));
    it(`${op.name} ${dtype}: a scalar Tensor`, () => scalarTest(setup));
    const exponent = largeExponentOf(setup);
    it(`${op.name} ${dtype}: 2^${exponent} + 5 elements`, () => largeTest(setup));
  });
});

describe('operations on numbers', () => {
  it('are the float64 kernel of the host', () => {
    const xs = sample('float64', 500, 1) as Float64Array;
    const each = (f: (x: number) => number) => Float64Array.from(xs, (x) => f(x));
    assertSameBits(
      each((x) => mish(x)),
      mish(xs),
      'mish',
    );
    assertSameBits(
      each((x) => mishDerivative(x)),
      mishDerivative(xs),
      "f'",
    );
    const order = { order: 2 } as const;
    assertSameBits(
      each((x) => mishDerivative(x, order)),
      mishDerivative(xs, order),
      "f''",
    );
  });
});
