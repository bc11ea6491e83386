// Every error the library throws: its code, its class, and how to recognise it.

/** Stable codes; the message of an error says what is wrong and the remedy. */
export type MishErrorCode =
  | 'ERR_MISH_ARGUMENT' // TypeError: unknown option, wrong kind of value, bad environment variable
  | 'ERR_MISH_DTYPE' // TypeError: dtype missing, unknown, or not the same everywhere
  | 'ERR_MISH_SHAPE' // RangeError: shapes differ, or do not fit the elements
  | 'ERR_MISH_LENGTH' // RangeError: lengths differ, or a size is not a safe non-negative integer
  | 'ERR_MISH_OVERLAP' // RangeError: out partly overlaps an input
  | 'ERR_MISH_DETACHED' // TypeError: the array's memory is gone (detached, or shrunk away)
  | 'ERR_MISH_DISPOSED' // Error: tensor used after dispose
  | 'ERR_MISH_IN_USE' // Error: an async job holds this tensor's storage
  | 'ERR_MISH_NOT_ON_HOST'
  | 'ERR_MISH_DEVICE_MISMATCH'
  | 'ERR_MISH_NO_DEVICE'
  | 'ERR_MISH_NO_DRIVER'
  | 'ERR_MISH_DRIVER_TOO_OLD'
  | 'ERR_MISH_UNSUPPORTED_ARCH'
  | 'ERR_MISH_CUDA_INIT'
  | 'ERR_MISH_CUDA'
  | 'ERR_MISH_DEVICE_LOST'
  | 'ERR_MISH_OOM'
  | 'ERR_MISH_NATIVE' // Error: 'cpu' or 'cuda' named, but the addon is not loaded; says what was tried
  | 'ERR_MISH_QUEUE_FULL'
  | 'ERR_MISH_FORMAT' // Error: malformed npy, safetensors or JSON
  | 'ERR_MISH_OPERATOR'
  | 'ERR_MISH_UNSUPPORTED';

const classes: Readonly<Record<string, new (message: string, options?: ErrorOptions) => Error>> = {
  ERR_MISH_ARGUMENT: TypeError,
  ERR_MISH_DTYPE: TypeError,
  ERR_MISH_SHAPE: RangeError,
  ERR_MISH_LENGTH: RangeError,
  ERR_MISH_OVERLAP: RangeError,
  ERR_MISH_DETACHED: TypeError,
}; // Error for all others

/** What an error of this library looks like: a TypeError, RangeError or Error with a code. */
export type MishError = Error & {
  /** What went wrong. */
  readonly code: MishErrorCode;
  /** The number of the CUDA driver's error (CUresult), where one is behind it. */
  readonly cudaCode?: number;
};

/**
 * Makes the error of `code`; the message names the argument, what was expected, what came.
 * @param cudaCode - the number of the CUDA driver's error behind it; 0 is none
 */
export function mishError(
  code: MishErrorCode,
  message: string,
  options?: ErrorOptions,
  cudaCode = 0,
): MishError {
  const error = new (classes[code] ?? Error)(message, options);
  Object.defineProperty(error, 'code', { value: code, enumerable: true });
  if (cudaCode !== 0) {
    Object.defineProperty(error, 'cudaCode', { value: cudaCode, enumerable: true });
  }
  return error as MishError;
}

/**
 * Whether an error is one of this library. Those of the file system are not, nor is the `signal.reason` with which an
 * aborted call rejects.
 * @param error - anything that was caught
 * @returns true for an Error whose `code` begins with `ERR_MISH_`; never throws
 */
export function isMishError(error: unknown): error is MishError {
  try {
    return (
      error instanceof Error &&
      'code' in error &&
      typeof error.code === 'string' &&
      error.code.startsWith('ERR_MISH_')
    );
  } catch {
    return false; // a revoked Proxy, or a getter that throws
  }
}

/** A short description of a value for messages: its kind, and its value where that is short. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') {
    return `string '${shortened(value)}'`;
  }
  if (typeof value === 'object') return describeObject(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return 'a bigint'; // whose digits may be millions
  return `${typeof value} ${shortened(String(value))}`;
}

const shortened = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}...` : text);

function describeObject(value: object): string {
  try {
    const tag = shortened(Object.prototype.toString.call(value).slice('[object '.length, -1));
    return `${/^(?:[AEIO]|U(?!int))/.test(tag) ? 'an' : 'a'} ${tag}`;
  } catch {
    return 'an object that cannot be inspected'; // a revoked Proxy, or a throwing toStringTag
  }
}

/** A name from outside for messages: in quotes, its control characters escaped, not too long. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}...` : name);
}
