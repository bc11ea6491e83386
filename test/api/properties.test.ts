// Properties of every call, at random: one result in every kind of memory, synchronous and not, in place, in
// parts, and on every kernel level; nothing written beside it. 10,000 cases of each natively, other ones in
// every run.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Tensor } from 'node-mish';
import { lacking, levelNames, named } from '../support/addon/levels.ts';
import { asyncCalls, shared } from '../support/calls/async-calls.ts';
import {
  type DeviceName,
  describeOnEachDevice,
  type Operand,
  tensorOf,
  titleOf,
  unusable,
} from '../support/calls/calls.ts';
import { apart, Placed, type Places } from '../support/calls/placed.ts';
import {
  type Call,
  call,
  type Drawn,
  drawn,
  parameters,
  runs,
  timeoutMs,
} from '../support/calls/properties.ts';
import { checkMany, every, same } from '../support/calls/property-checks.ts';
import { casesOf } from '../support/children/level-cases.ts';
import { node, root } from '../support/repository.ts';
import { bitsOf, type Elements } from '../support/values/vectors.ts';

// ---------------------------------------------------------------- every kind of memory

/** Begins the call in every asynchronous way. */
function everyAsyncWay(each: Drawn, mask: number): Promise<void>[] {
  const { title, op, options, inputs, start, expected } = each;
  const run = asyncCalls[op.name];
  const outs = () => expected.map(() => shared(start));
  const some = inputs.map((input, i) => (mask & (1 << i) ? shared(input) : input));
  const check = async (what: string, results: Promise<readonly Operand[]>) =>
    same(await results, expected, `${title}, ${what}`);
  const ways = [
    check('copied to shared', run(inputs, options, outs())),
    check('shared to shared', run(inputs.map(shared), options, outs())),
    check('some shared to shared', run(some, options, outs())),
  ];
  if (op.accumulates) return ways;
  const given = inputs.map((input) => input.slice());
  const transferred = run(given, { ...options, transfer: true });
  assert.ok(given.every((array) => array.length === 0));
  return [
    ...ways,
    check('copied', run(inputs, options)),
    check('shared', run(inputs.map(shared), options)),
    check('some shared', run(some, options)),
    check('transferred', transferred),
  ];
}

async function onTensors(each: Drawn, device: DeviceName): Promise<void> {
  const { title, op, dtype, options, inputs, start, expected } = each;
  const precision = 'precision' in options ? { precision: options['precision'] } : {};
  const tensors = inputs.map((input) => tensorOf(dtype, device, input));
  const outs = op.accumulates ? [tensorOf(dtype, device, start)] : undefined;
  const results = op.call(tensors, precision, outs);
  same(results, expected, `${title}, Tensors`);
  const later = op.accumulates ? [] : await asyncCalls[op.name](tensors, precision);
  if (!op.accumulates) same(later, expected, `${title}, Tensors, asynchronous`);
  same(tensors, inputs, `${title}, Tensors as inputs`);
  for (const tensor of [...tensors, ...results, ...later]) (tensor as Tensor).dispose();
}

async function everyKindOfMemory(one: Call, mask: number, device: DeviceName): Promise<void> {
  const each = drawn(one, device);
  const { title, op, options, inputs, start, expected } = each;
  const before = inputs.map((input) => input.slice());
  const outs = (copy: (elements: Elements) => Elements) => expected.map(() => copy(start));
  same(
    op.call(
      inputs,
      options,
      outs((out) => out.slice()),
    ),
    expected,
    `${title}, to out`,
  );
  same(op.call(inputs.map(shared), options, outs(shared)), expected, `${title}, shared`);
  await every([...everyAsyncWay(each, mask), onTensors(each, device)]);
  same(inputs, before, `${title}, inputs`);
}

// ---------------------------------------------------------------- places

/** Where operands are: a gap before each; for each output the input that it replaces, if there is such. */
interface Form {
  readonly gaps: readonly number[];
  readonly replaces: readonly number[];
  readonly cut: number;
}

const form: fc.Arbitrary<Form> = fc.record({
  gaps: fc.array(fc.nat(20), { minLength: 5, maxLength: 5 }),
  replaces: fc.tuple(fc.nat(3), fc.nat(3)),
  cut: fc.nat(1000),
});

/** The operands of a call in one buffer, outputs where they are to go. */
function place({ op, inputs, start }: Drawn, { gaps }: Form, isShared: boolean, over: Places) {
  const places = apart(gaps.slice(0, op.inputs + op.outputs), start.length);
  const placed = new Placed(start, places, isShared);
  for (const [i, input] of inputs.entries()) placed.put(places[i]!, input);
  const targets = Array.from({ length: op.outputs }, (_, o) => {
    const input = over[o] ?? op.inputs;
    if (input < op.inputs) return places[input]!;
    placed.put(places[op.inputs + o]!, start);
    return places[op.inputs + o]!;
  });
  return { placed, sources: places.slice(0, op.inputs), targets };
}

async function nothingElseWritten(one: Call, way: Form, device: DeviceName): Promise<void> {
  const each = drawn(one, device);
  const { title, op, options, expected } = each;
  for (const isShared of [false, true]) {
    const { placed, sources, targets } = place(each, way, isShared, []);
    const run = isShared ? asyncCalls[op.name] : op.call;
    const views = sources.map((at) => placed.at(at));
    if (!op.accumulates) {
      same(await run(views, options), expected, `${title}, without out`);
      if (!isShared) same(await asyncCalls[op.name](views, options), expected, `${title}, copied`);
      placed.check(`${title}, without out`);
    }
    for (const [o, at] of targets.entries()) placed.expect(at, expected[o]!);
    await run(
      views,
      options,
      targets.map((at) => placed.at(at)),
    );
    placed.check(`${title}, with out${isShared ? ', asynchronous' : ''}`);
  }
}

/** In two parts, the second first, each output in place of an input or not. */
async function inPlaceInParts(one: Call, way: Form, device: DeviceName): Promise<void> {
  const each = drawn(one, device);
  const { title, op, options, start, expected } = each;
  const [x, dy] = way.replaces;
  const over = op.accumulates ? [] : [x!, dy === x ? op.inputs : dy!];
  const cut = way.cut % (start.length + 1);
  const ranges = [[cut, start.length] as const, [0, cut] as const];
  for (const isShared of [false, true]) {
    const { placed, sources, targets } = place(each, way, isShared, over);
    const run = isShared ? asyncCalls[op.name] : op.call;
    const parts = ranges.map(([begin, end]) => {
      const view = (at: number) => placed.at(at, begin, end);
      return run(sources.map(view), options, targets.map(view));
    });
    await Promise.all(parts);
    for (const [o, at] of targets.entries()) placed.expect(at, expected[o]!);
    placed.check(`${title}, cut at ${cut}, in place of ${over}`);
  }
}

// ---------------------------------------------------------------- tests

describeOnEachDevice('any call', (device) => {
  it('has the same bits in every kind of memory, synchronous and not', async function () {
    this.timeout(timeoutMs);
    const cases = fc.tuple(call, fc.nat(7));
    await checkMany(cases, device, ([one, mask]) => everyKindOfMemory(one, mask, device));
  });

  it('writes to its outputs alone', async function () {
    this.timeout(timeoutMs);
    const cases = fc.tuple(call, form);
    await checkMany(cases, device, ([one, way]) => nothingElseWritten(one, way, device));
  });

  it('has the same bits in place and in parts', async function () {
    this.timeout(timeoutMs);
    const cases = fc.tuple(call, form);
    await checkMany(cases, device, ([one, way]) => inPlaceInParts(one, way, device));
  });
});

// ---------------------------------------------------------------- levels and devices

/** What is as near as can be, on every device. */
const isNearest = ({ name, dtype, fast }: Call): boolean =>
  dtype.endsWith('16') || (dtype === 'float32' && !fast && /^(forward|derivative)/.test(name));

/** Every NaN that is stored, as a number without sign. */
const theNaN = {
  float32: 0x7fc00000,
  float64: 0x7ff8000000000000n,
  float16: 0x7e00,
  bfloat16: 0x7fc0,
};
const infinity = {
  float32: 0x7f800000,
  float64: 0x7ff0000000000000n,
  float16: 0x7c00,
  bfloat16: 0x7f80,
};

function checkNaNs({ title, dtype, expected }: Drawn): void {
  for (const result of expected) {
    for (const bits of bitsOf(result)) {
      const magnitude =
        typeof bits === 'bigint'
          ? BigInt.asUintN(63, bits)
          : bits & (dtype === 'float32' ? 0x7fffffff : 0x7fff);
      if (magnitude > infinity[dtype]) assert.equal(bits, theNaN[dtype], `${title}, a NaN`);
    }
  }
}

describe('any call on every kernel level', () => {
  const usable = levelNames.filter((level) => !lacking(level));
  const reason = usable.length > 1 ? undefined : (lacking('x86-64-v3') ?? 'there is but one here');
  it(named('has the same bits', reason), function () {
    if (reason) this.skip();
    this.timeout(timeoutMs);
    const seed = parameters(1).seed ?? Date.now() % 2 ** 31;
    const script = `${root}build/test/support/children/level-cases.js`;
    const [first, ...others] = usable.map((level) =>
      node([script, `${runs}`, `${seed}`], { NODE_MISH_ISA: level }).split('\n'),
    );
    assert.equal(first!.length, runs);
    for (const hashes of others) {
      const at = hashes.findIndex((hash, i) => hash !== first![i]);
      const differs = at < 0 ? undefined : [...casesOf(at + 1, seed)][at];
      assert.equal(at, -1, `${usable}: case ${at} of seed ${seed}, ${JSON.stringify(differs)}`);
    }
  });
});

describe(titleOf('any call on js and', 'cpu'), () => {
  it('stores one NaN, and has the same bits where they are the nearest', async function () {
    if (unusable('cpu')) this.skip();
    this.timeout(timeoutMs);
    await checkMany(call, 'cpu', async (one) => {
      const [native, js] = [drawn(one, 'cpu'), drawn(one, 'js')];
      for (const each of [native, js]) checkNaNs(each);
      if (isNearest(one)) same(native.expected, js.expected, `${native.title}, and on js`);
    });
  });
});
