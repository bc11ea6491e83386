// Every asynchronous operation of the package behind one signature, and the memory that operands may be in.
import {
  mishAsync,
  mishBackwardAsync,
  mishDerivativeAsync,
  mishDoubleBackwardAsync,
} from 'node-mish';
import type { Elements } from '../values/vectors.ts';
import type { Operand, OpName, Outs } from './calls.ts';

type Options = Readonly<Record<string, unknown>>;
type Loose = (...operands: readonly unknown[]) => Promise<never>;

/** Results, in new memory where there is no `out`, which has to be shared. */
export type AsyncCall = (
  inputs: readonly Operand[],
  options: Options,
  out?: Outs,
) => Promise<readonly Operand[]>;

const optional = (key: string, value: unknown) => (value === undefined ? {} : { [key]: value });

const one =
  (f: unknown, extra: Options = {}): AsyncCall =>
  async (inputs, options, out) => [
    await (f as Loose)(...inputs, { ...options, ...extra, ...optional('out', out?.[0]) }),
  ];

/** By the names that opCases have. */
export const asyncCalls: Readonly<Record<OpName, AsyncCall>> = {
  forward: one(mishAsync),
  derivative: one(mishDerivativeAsync),
  secondDerivative: one(mishDerivativeAsync, { order: 2 }),
  backward: one(mishBackwardAsync),
  backwardAccumulate: one(mishBackwardAsync, { accumulate: true }),
  async doubleBackward(inputs, options, out) {
    const outs = out && { ...optional('x', out[0]), ...optional('dy', out[1]) };
    const f = mishDoubleBackwardAsync as unknown as Loose;
    const { x, dy } = await f(...inputs, { ...options, ...optional('out', outs) });
    return [x, dy];
  },
};

/** The same elements in memory that threads share. */
export function shared<A extends Elements>(elements: A): A {
  const copy = new (elements.constructor as Float32ArrayConstructor)(
    new SharedArrayBuffer(elements.byteLength) as never,
  );
  copy.set(elements);
  return copy as unknown as A;
}

/** At hand in a child process that has such calls: an array long enough to be under way, its results, and `same`. */
export const jobPrelude = (device: string): string => `
  const device = '${device}';
  const n = 2 ** ${device === 'js' ? 15 : 20};
  const ramp = () => Float32Array.from({ length: n }, (_, i) => i / n * 60 - 40);
  const expected = Buffer.from(mish.mish(ramp(), { device }).buffer);
  const same = (y) => Buffer.compare(Buffer.from(y.slice().buffer), expected) === 0;
  const codeOf = (promise) => promise.then(() => 'fine', (error) => error.code ?? String(error));
`;
