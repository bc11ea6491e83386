// Random cases of property tests: calls of every operation in every format, on elements of any bits, short mostly,
// long now and then. MISH_PROPERTY_RUNS says how many of each, MISH_PROPERTY_SEED repeats a run.
import fc from 'fast-check';
import { bitsOf, type DTypeName, dtypeNames, type Elements, random } from '../values/vectors.ts';
import {
  type DeviceName,
  newElements,
  type OpCase,
  type OpName,
  opCases,
  optionsOf,
} from './calls.ts';

/** Cases of each property. */
export const runs = Number(process.env['MISH_PROPERTY_RUNS'] || 10_000);

const seed = process.env['MISH_PROPERTY_SEED'];

/** JavaScript takes longer: it has a fourth of the cases. */
export const runsOn = (device: DeviceName): number => Math.ceil(runs / (device === 'js' ? 4 : 1));

/** So many runs; what fails is told with what it takes to repeat it. */
export const parameters = (numRuns: number): { numRuns: number; seed?: number } => ({
  numRuns: Math.max(1, numRuns),
  ...(seed ? { seed: Number(seed) } : {}),
});

export const timeoutMs: number = Math.max(60_000, 5 * runs);

// ---------------------------------------------------------------- elements

/** Bits of zeros, ones, infinities, NaNs of several payloads, subnormals, and where formulas change. */
const special: Readonly<Record<DTypeName, readonly string[]>> = {
  float32: [
    ...['0', '80000000', '3f800000', 'bf800000', '7f800000', 'ff800000', '7f7fffff', '1'],
    ...['80000001', '7fffff', '800000', '7fc00000', 'ffc00000', '7f800001', 'ffbfffff'],
    ...['7fffffff', 'bf98a10b', '3fbecbc7', 'c2c80000', 'c2d00000', 'c3160000', '42b17218'],
  ],
  float64: [
    ...['0', '8000000000000000', '3ff0000000000000', 'bff0000000000000', '7ff0000000000000'],
    ...['fff0000000000000', '7fefffffffffffff', '1', '800fffffffffffff', '10000000000000'],
    ...['7ff8000000000000', 'fff7ffffffffffff', '7ff0000000000001', 'bff31421617c5c8f'],
    ...['c087480000000000', 'c090000000000000', '4086280000000000', '3c90000000000000'],
  ],
  float16: [
    ...['0', '8000', '3c00', 'bc00', '7c00', 'fc00', '7bff', '1', '83ff', '400', '7e00', 'fe00'],
    ...['7c01', 'fdff', 'bcc5', '3df6', 'cb00', 'cc40', 'd640', '4d00'],
  ],
  bfloat16: [
    ...['0', '8000', '3f80', 'bf80', '7f80', 'ff80', '7f7f', '1', '807f', '80', '7fc0', 'ffc0'],
    ...['7f81', 'ffbf', 'bf98', '3fbf', 'c2b8', 'c2c8', 'c316', '42b1'],
  ],
};

type Bits = Uint16Array | Uint32Array | BigUint64Array;

const specialBits = Object.fromEntries(
  dtypeNames.map((dtype) => {
    const bits = bitsOf(newElements(dtype, special[dtype].length));
    for (const [i, hex] of special[dtype].entries()) setBits(bits, i, BigInt(`0x${hex}`));
    return [dtype, bits];
  }),
) as Readonly<Record<DTypeName, Bits>>;

function setBits(bits: Bits, i: number, value: number | bigint): void {
  if (bits instanceof BigUint64Array) bits[i] = BigInt(value);
  else bits[i] = Number(value);
}

/** What an operand's elements are made from: the first ones each by a number, the rest by a seed. */
export interface Draw {
  readonly head: readonly number[];
  readonly seed: number;
}

const all = 2 ** 32;

/** Below 2^32 the first bits of an element; from there on which special value it is. */
const element = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: all, max: all + 21 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: all - 1 }) },
);

export const draw: fc.Arbitrary<Draw> = fc.record({
  head: fc.array(element, { maxLength: 10, size: 'max' }),
  seed: fc.nat(),
});

/** A third each are special values, of any bits, and of a size that matters to the operations. */
export function elementsOf(dtype: DTypeName, length: number, { head, seed }: Draw): Elements {
  const elements = newElements(dtype, length);
  const [bits, specials] = [bitsOf(elements), specialBits[dtype]];
  const next = random(seed);
  for (let i = 0; i < length; i++) {
    const code = head[i] ?? Math.floor(next() * 1.5 * all);
    if (code >= all) bits[i] = specials[code % specials.length]!;
    else if (bits instanceof BigUint64Array)
      bits[i] = (BigInt(code) << 32n) | BigInt(Math.floor(next() * all));
    else bits[i] = code;
    // Random bits of wide formats are seldom within what formulas tell apart.
    if (i >= head.length && next() < 1 / 3 && !(elements instanceof Uint16Array)) {
      elements[i] = (next() - 0.6) * 2 ** Math.floor(next() * 10 - 3);
    }
  }
  return elements;
}

// ---------------------------------------------------------------- calls

/** An operation in a format, on so many elements. */
export interface Call {
  readonly name: OpName;
  readonly dtype: DTypeName;
  readonly fast: boolean;
  readonly length: number;
  /** Of each input, then what the outputs hold before. */
  readonly draws: readonly Draw[];
}

const length = fc.oneof(
  { weight: 800, arbitrary: fc.integer({ min: 0, max: 20 }) },
  { weight: 180, arbitrary: fc.integer({ min: 60, max: 300 }) },
  { weight: 18, arbitrary: fc.integer({ min: 1000, max: 5000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 16_380, max: 33_000 }) },
);

export const call: fc.Arbitrary<Call> = fc.record({
  name: fc.constantFrom(...opCases.map(({ name }) => name)),
  dtype: fc.constantFrom(...dtypeNames),
  fast: fc.boolean(),
  length,
  draws: fc.tuple(draw, draw, draw, draw),
});

/** A call's operation, options and operands. */
export interface Drawn {
  /** For messages. */
  readonly title: string;
  readonly op: OpCase;
  readonly dtype: DTypeName;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Elements[];
  /** What outputs hold before: it counts where the operation adds to it. */
  readonly start: Elements;
  /** The results, in new arrays. */
  readonly expected: readonly Elements[];
}

export const opOf = (name: OpName): OpCase => opCases.find((op) => op.name === name)!;

export function drawn({ name, dtype, fast, length, draws }: Call, device: DeviceName): Drawn {
  const op = opOf(name);
  const precision = fast && dtype === 'float32' ? { precision: 'fast' } : {};
  const options = { ...optionsOf(dtype, device), ...precision };
  const made = draws.map((each) => elementsOf(dtype, length, each));
  const [inputs, start] = [made.slice(0, op.inputs), made[3]!];
  const outs = op.accumulates ? [start.slice()] : undefined;
  const expected = op.call(inputs, options, outs) as readonly Elements[];
  const title = `${name} of ${length} ${dtype}${'precision' in options ? ', fast' : ''}`;
  return { title, op, dtype, options, inputs, start, expected };
}
