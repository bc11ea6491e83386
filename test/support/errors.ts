// assertCode and assertRejects: that a call throws this library's error of a code, in the class that the code
// has.
import assert from 'node:assert/strict';
import { device, isMishError, type MishErrorCode } from 'node-mish';

const typeErrors = ['ERR_MISH_ARGUMENT', 'ERR_MISH_DTYPE', 'ERR_MISH_DETACHED'];
const rangeErrors = ['ERR_MISH_SHAPE', 'ERR_MISH_LENGTH', 'ERR_MISH_OVERLAP'];

/** A CUDA device that no machine has. */
export const nowhere = 'cuda:9999';

/** What it gets who names that: there is no addon, no driver, or no such device. */
export function nowhereCode(): MishErrorCode {
  try {
    device(nowhere);
  } catch (error) {
    if (isMishError(error)) return error.code;
  }
  throw new Error(`${nowhere}: expected an error of this library`);
}

export function assertCode(code: MishErrorCode, call: () => unknown, name?: string): Error {
  let error: unknown;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(isMishError(error), `${name ?? call}: expected ${code}; got ${String(error)}`);
  assert.equal(error.code, code, `${name ?? call}: ${error.message}`);
  const expected = typeErrors.includes(code)
    ? TypeError
    : rangeErrors.includes(code)
      ? RangeError
      : Error;
  assert.equal(Object.getPrototypeOf(error), expected.prototype, code);
  assert.match(error.message, /\w/);
  return error;
}

/** The same of a promise, whose message also says what `message` matches. */
export async function assertRejects(
  code: MishErrorCode,
  call: () => Promise<unknown>,
  message = /\w/,
): Promise<void> {
  const outcome: { error?: unknown } = await call().then(
    () => ({}),
    (error: unknown) => ({ error }),
  );
  const error = assertCode(code, () => {
    if ('error' in outcome) throw outcome.error;
  });
  assert.match(error.message, message);
}
