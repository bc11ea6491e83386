// Every asynchronous operation of the package by its name, and the memory that operands may be in.
import type { Elements } from '../values/vectors.ts';
import { type OpCase, type OpName, opCases } from './calls.ts';

/** Results, in new memory where there is no `out`, which has to be shared. */
export type AsyncCall = OpCase['callAsync'];

/** By the names that opCases have. */
export const asyncCalls = Object.fromEntries(
  opCases.map(({ name, callAsync }) => [name, callAsync]),
) as Readonly<Record<OpName, AsyncCall>>;

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
