// Every operation of the package behind one signature, for tests that go through them all: operands in,
// results out, whichever function, overload and option that takes.
import {
  backend,
  device,
  mish,
  mishAsync,
  mishBackward,
  mishBackwardAsync,
  mishDerivative,
  mishDerivativeAsync,
  mishDoubleBackward,
  mishDoubleBackwardAsync,
  Tensor,
} from 'node-mish';
import { numberToHalf } from '../values/half.ts';
import { type Column, type DTypeName, type Elements, random } from '../values/vectors.ts';

export type DeviceName = 'js' | 'cpu' | 'cuda:0';
const allDevices: readonly DeviceName[] = ['js', 'cpu', 'cuda:0'];
const asked = process.env['MISH_TEST_DEVICES']?.split(',') ?? ['js', 'cpu'];
/** Those that are tested: the host's, unless the environment asks for others. */
export const deviceNames = allDevices.filter((name) => asked.includes(name));

/** Why a test of that device cannot run here, or undefined when it can. */
export function unusable(name: DeviceName): string | undefined {
  if (name === 'cuda:0') return cudaProblem();
  const missing = name === 'cpu' && backend.name !== 'native';
  return missing ? 'native-only: the addon is not loaded' : undefined;
}

function cudaProblem(): string | undefined {
  try {
    device('cuda:0');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export const usableDevices = deviceNames.filter((name) => !unusable(name));

/** The title of a suite for that device, which says why it is skipped where it is. */
export function titleOf(suite: string, device: DeviceName): string {
  const reason = unusable(device);
  return `${suite} on ${device}${reason ? ` (${reason})` : ''}`;
}

/** A suite for each device, skipped as a whole, with the reason in its title, where that cannot be used. */
export function describeOnEachDevice(suite: string, body: (device: DeviceName) => void): void {
  for (const device of deviceNames) {
    describe(titleOf(suite, device), () => {
      before(function () {
        if (unusable(device)) this.skip();
      });
      body(device);
    });
  }
}

export type OpName =
  | 'forward'
  | 'derivative'
  | 'secondDerivative'
  | 'backward'
  | 'backwardAccumulate'
  | 'doubleBackward';
export type Operand = Elements | Tensor;
export type Outs = readonly (Operand | undefined)[];
type Options = Readonly<Record<string, unknown>>;
type Loose = (...operands: readonly unknown[]) => Operand;
interface Pair {
  readonly x: Operand;
  readonly dy: Operand;
}
type LoosePair = (...operands: readonly unknown[]) => Pair;
type LoosePairLater = (...operands: readonly unknown[]) => Promise<Pair>;

export interface OpCase {
  readonly name: OpName;
  readonly inputs: number;
  readonly outputs: number;
  /** Adds to its output, so it needs one, which may be none of the inputs. */
  readonly accumulates?: true;
  /** Results, in new memory where `out` is missing. */
  readonly call: (inputs: readonly Operand[], options: Options, out?: Outs) => readonly Operand[];
  /** The same off the event loop; `out` has to be shared memory. */
  readonly callAsync: (...of: Parameters<OpCase['call']>) => Promise<readonly Operand[]>;
  /** Of the vectors, by output: what it gives where dy and ddx are 1 and what is added to is 0. */
  readonly columns: readonly Column[];
}

const optional = (key: string, value: unknown) => (value === undefined ? {} : { [key]: value });

/** An operation with one result, of a function and what that is called off the event loop. */
function one(
  name: OpName,
  inputs: number,
  column: Column,
  [f, later]: readonly [unknown, unknown],
  extra: Options = {},
): OpCase {
  const optionsWith = (options: Options, out?: Outs) => ({
    ...{ ...options, ...extra },
    ...optional('out', out?.[0]),
  });
  return {
    ...{ name, inputs, outputs: 1, columns: [column] },
    call: (operands, options, out) => [(f as Loose)(...operands, optionsWith(options, out))],
    callAsync: async (operands, options, out) => [
      await (later as Loose)(...operands, optionsWith(options, out)),
    ],
  };
}

const pairOptions = (options: Options, out?: Outs) => ({
  ...options,
  ...optional('out', out && { ...optional('x', out[0]), ...optional('dy', out[1]) }),
});

const doubleBackward: OpCase = {
  ...{ name: 'doubleBackward', inputs: 3, outputs: 2, columns: ['f2', 'f1'] },
  call(operands, options, out) {
    const run = mishDoubleBackward as unknown as LoosePair;
    const { x, dy } = run(...operands, pairOptions(options, out));
    return [x, dy];
  },
  async callAsync(operands, options, out) {
    const run = mishDoubleBackwardAsync as unknown as LoosePairLater;
    const { x, dy } = await run(...operands, pairOptions(options, out));
    return [x, dy];
  },
};

const [f, derivative, backward] = [
  [mish, mishAsync],
  [mishDerivative, mishDerivativeAsync],
  [mishBackward, mishBackwardAsync],
] as const;

/** A new operation is a row here: tests take it through every form, dtype, device, length and kernel level. */
export const opCases: readonly OpCase[] = [
  one('forward', 1, 'f', f),
  one('derivative', 1, 'f1', derivative),
  one('secondDerivative', 1, 'f2', derivative, { order: 2 }),
  one('backward', 2, 'f1', backward),
  { ...one('backwardAccumulate', 2, 'f1', backward, { accumulate: true }), accumulates: true },
  doubleBackward,
];

const isHalf = (dtype: DTypeName) => dtype === 'float16' || dtype === 'bfloat16';

/** What every functional call of that dtype on that device needs. */
export function optionsOf(dtype: DTypeName, device: DeviceName): Options {
  return isHalf(dtype) ? { device, dtype } : { device };
}

/** The operation in its plain form: typed arrays in, new typed arrays out (`start` if it adds). */
export function plain(
  op: OpCase,
  dtype: DTypeName,
  device: DeviceName,
  inputs: readonly Elements[],
  start?: Elements,
): readonly Elements[] {
  const out = op.accumulates
    ? [(start ?? newElements(dtype, inputs[0]!.length)).slice()]
    : undefined;
  return op.call(inputs, optionsOf(dtype, device), out) as readonly Elements[];
}

export function newElements(dtype: DTypeName, length: number): Elements {
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'float64' ? new Float64Array(length) : new Uint16Array(length);
}

export function tensorOf(dtype: DTypeName, device: DeviceName, elements: Elements): Tensor {
  if (elements instanceof Uint16Array) {
    return Tensor.fromBits(elements, { dtype: dtype as 'float16', device });
  }
  return Tensor.from(elements, { dtype, device });
}

const special = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  1e-45,
  -1e-310,
  -1.1924312,
  1.4905712,
  -100,
];

/** Inputs of every kind: special values first, then those that matter, then the same in every run. */
export function sample(dtype: DTypeName, length: number, seed: number): Elements {
  const next = random(seed);
  const value = (i: number) => {
    const turned = i < 2 * special.length ? special[(i * seed) % special.length] : undefined;
    return turned ?? (next() - 0.6) * 2 ** Math.floor(next() * 8 - 2);
  };
  const elements = newElements(dtype, length);
  for (let i = 0; i < length; i++) {
    elements[i] =
      elements instanceof Uint16Array ? numberToHalf(dtype as 'float16', value(i)) : value(i);
  }
  return elements;
}
