// assertCode and assertRejects: that a call throws this library's error of a code, in the class that the code
// has.
import assert from 'node:assert/strict';
import { isMishError, type MishErrorCode } from 'node-mish';

const typeErrors = ['ERR_MISH_ARGUMENT', 'ERR_MISH_DTYPE', 'ERR_MISH_DETACHED'];
const rangeErrors = ['ERR_MISH_SHAPE', 'ERR_MISH_LENGTH', 'ERR_MISH_OVERLAP'];

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
