// Checks many drawn cases, some of them at once, and compares results by bits.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Tensor } from 'node-mish';
import { assertSameBits, type Elements } from '../values/vectors.ts';
import type { DeviceName, Operand } from './calls.ts';
import { parameters, runsOn } from './properties.ts';

/** Cases that are under way at once: settling each by itself takes a turn of the event loop. */
const atOnce = 20;

/** Compares results by bits. */
export function same(
  actual: readonly Operand[],
  expected: readonly Elements[],
  what: string,
): void {
  assert.equal(actual.length, expected.length, what);
  for (const [i, result] of actual.entries()) {
    const elements = result instanceof Tensor ? result.readSync() : result;
    assertSameBits(elements, expected[i]!, `${what}, output ${i}`);
  }
}

/** All of them, also when one has failed, so that none goes on. */
export async function every(promises: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Checks so many drawn cases, some at once. */
export function checkMany<T>(
  one: fc.Arbitrary<T>,
  device: DeviceName,
  check: (each: T) => Promise<void>,
): Promise<void> {
  const some = fc.array(one, { minLength: atOnce, maxLength: atOnce });
  const property = fc.asyncProperty(some, (cases) => every(cases.map(check)));
  return fc.assert(property, parameters(Math.ceil(runsOn(device) / atOnce)));
}
