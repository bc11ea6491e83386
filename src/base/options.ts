// Options objects, read safely: own properties only, each once and before anything else happens, so
// that a getter or a polluted prototype cannot act on a call that is under way.
import { suggestion } from './did-you-mean.ts';
import { describe, type MishErrorCode, mishError } from './errors.ts';

const hasOwn = Object.prototype.hasOwnProperty;

/** An object literal, of any realm; not an array, Map, Tensor or other instance of a class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null;
}

/**
 * The own enumerable properties of `options`.
 * @throws an error of `code` when it is not a plain object, or has a property not in `allowed`
 */
export function readOptions<K extends string>(
  options: unknown,
  allowed: readonly K[],
  name = 'options',
  code: MishErrorCode = 'ERR_MISH_ARGUMENT',
): { [P in K]?: unknown } {
  const read: { [P in K]?: unknown } = Object.create(null);
  readOptionsInto(read, options, allowed, name, code);
  return read;
}

/** The same into an object that has every option as undefined, or no prototype. */
export function readOptionsInto<K extends string>(
  read: { [P in K]?: unknown },
  options: unknown,
  allowed: readonly K[],
  name = 'options',
  code: MishErrorCode = 'ERR_MISH_ARGUMENT',
): void {
  if (options === undefined) return;
  if (!isPlainObject(options)) {
    const example = allowed.slice(0, 2).join(', ');
    const expected =
      example === '' ? 'expected none' : `expected a plain object, as { ${example} }`;
    throw mishError(code, `${name}: ${expected}; got ${describe(options)}.`);
  }
  // Of a call of one element, 240 ns, Object.keys would take 15 to 40, Object.hasOwn and includes 18.
  for (const key in options) {
    if (!hasOwn.call(options, key)) continue;
    if (!isOneOf(allowed, key)) {
      throw unknownOption(code, name, key, allowed);
    }
    read[key] = (options as Record<K, unknown>)[key];
  }
}

function unknownOption(code: MishErrorCode, name: string, key: string, allowed: readonly string[]) {
  const known = allowed.length > 0 ? `known here: ${allowed.join(', ')}` : 'none is known here';
  const shown = key.length > 60 ? `${key.slice(0, 60)}...` : key;
  const meant = suggestion(key, allowed);
  return mishError(code, `${name}: unknown option '${shown}'; ${known}.${meant}`);
}

function isOneOf<K extends string>(allowed: readonly K[], key: string): key is K {
  for (let i = 0; i < allowed.length; i++) if (allowed[i] === key) return true;
  return false;
}

/** @throws ERR_MISH_ARGUMENT unless `value` is a boolean or absent */
export function checkFlag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw mishError('ERR_MISH_ARGUMENT', `${name}: expected true or false; got ${describe(value)}.`);
}

/** @throws ERR_MISH_ARGUMENT unless `value` is a function */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw mishError('ERR_MISH_ARGUMENT', `${name}: expected a function; got ${describe(value)}.`);
}

/** `AbortSignal` where the consumer's types have it (those of Node or of the DOM), else `never`. */
export type MaybeAbortSignal = typeof globalThis extends {
  AbortSignal: { readonly prototype: infer S };
}
  ? S
  : never;

const abortedGetter = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

/** One by what it has inside; a prototype makes none. */
function isSignal(value: unknown): value is AbortSignal {
  try {
    return typeof abortedGetter.call(value) === 'boolean';
  } catch {
    return false;
  }
}

/** @internal @throws ERR_MISH_ARGUMENT unless `value` is an AbortSignal or absent */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || isSignal(value)) return value;
  throw mishError('ERR_MISH_ARGUMENT', `signal: expected an AbortSignal; got ${describe(value)}.`);
}

/** The result of a callback that must be synchronous. @throws ERR_MISH_ARGUMENT for a promise */
export function checkSynchronous<R>(caller: string, result: R): R {
  const thenable = (value: unknown): value is { then: unknown } =>
    typeof value === 'object' && value !== null && 'then' in value;
  if (thenable(result) && typeof result.then === 'function') {
    // The caller gets one error, this one: what the promise rejects with later is not unhandled.
    Promise.resolve(result).catch(() => {});
    throw mishError(
      'ERR_MISH_ARGUMENT',
      `${caller}: fn returned a promise, but ${caller} covers only what runs synchronously. Await outside it.`,
    );
  }
  return result;
}

const maxThreads = 1024;

/** A number of threads that can be asked for. */
export function isThreadCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maxThreads;
}

/** What is wrong with a value that is neither {@link isThreadCount} nor `other`. */
export function threadCountProblem(name: string, other: string, got: string): string {
  return `${name}: expected an integer from 1 to ${maxThreads}, or ${other}; got ${got}.`;
}

/**
 * How exactly to compute. 'exact' is what each function promises. 'fast', for float32 on `cpu` and `cuda`, gives f
 * within 4 ulp, f' within 8 ulp or, for x in [-2, -0.5], 2^-22 absolute, and f' times a gradient likewise; limits,
 * signs and small results stay right. f'' and the kernels of `js` are exact all the same.
 */
export type Precision = 'exact' | 'fast';

/** @throws ERR_MISH_ARGUMENT unless `value` is absent, 'exact', or for float32 'fast' */
export function checkPrecision(value: unknown, dtype: string): Precision {
  if (value === undefined || value === 'exact') return 'exact';
  if (value !== 'fast') {
    const got = describe(value);
    throw mishError('ERR_MISH_ARGUMENT', `precision: expected 'exact' or 'fast'; got ${got}.`);
  }
  if (dtype === 'float32') return value;
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `precision: 'fast' is for float32; got dtype ${dtype}. Leave the option out.`,
  );
}
