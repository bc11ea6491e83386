// The error for a value that is no operand, with a remedy that is right for that value: a conversion that reads bytes
// as numbers would give wrong results without an error.
import { types } from 'node:util';
import { describe, type MishError, type MishErrorCode, mishError } from './errors.ts';
import { isAnyArrayBuffer, isDataView, typedArrayKind } from './intrinsics.ts';
import { isTensorLike, isWholeTensor, tensorLikeError } from './tensor-like.ts';

const expected = 'expected a Float32Array, Float64Array, Float16Array, Uint16Array or Tensor';

/** By kind of typed array: what turns one into an operand. `x` stands for the argument's name. */
const conversions: Readonly<Record<string, string>> = {
  Uint8Array:
    'Pass { dtype } if it holds the raw bytes of elements, or Float32Array.from(x) if each byte is a number',
  Int8Array: 'Convert the numbers with Float32Array.from(x)',
  Uint8ClampedArray: 'Convert the numbers with Float32Array.from(x)',
  Int16Array: 'Convert the numbers with Float32Array.from(x)',
  Int32Array: 'Convert the numbers with Float64Array.from(x), which is exact',
  Uint32Array: 'Convert the numbers with Float64Array.from(x), which is exact',
  BigInt64Array: 'Convert the numbers with Float64Array.from(x, Number)',
  BigUint64Array: 'Convert the numbers with Float64Array.from(x, Number)',
};

/** @returns the code, what came, and the remedy */
function explain(value: unknown): readonly [MishErrorCode, string, string] {
  const kind = typedArrayKind(value);
  if (kind !== undefined) {
    const remedy = conversions[kind] ?? 'Convert the numbers with Float32Array.from(x)';
    return ['ERR_MISH_DTYPE', describe(value), remedy];
  }
  return ['ERR_MISH_ARGUMENT', describe(value), remedyFor(value)];
}

function remedyFor(value: unknown): string {
  if (isPromise(value)) return 'Await it: pass await x';
  if (types.isSharedArrayBuffer(value)) {
    return 'Pass a view of it, such as new Float32Array(x)';
  }
  if (isAnyArrayBuffer(value) || isDataView(value)) {
    return 'Pass { dtype } with it, which says what its bytes hold';
  }
  if (Array.isArray(value)) {
    return value.some(Array.isArray)
      ? 'Make a Tensor with Tensor.from(x)'
      : 'Convert the numbers with Float32Array.from(x) or Tensor.from(x)';
  }
  if (isFloat16Polyfill(value)) {
    return "Pass its bits with { dtype: 'float16' }: new Uint16Array(x.buffer, x.byteOffset, x.length)";
  }
  if (typeof value === 'number') return 'Pass arrays or Tensors for all operands';
  return 'Make one with Float32Array.from() or Tensor.from()';
}

/** A Promise, or an object with a `then` as that of a Promise. Never throws. */
export function isPromise(value: unknown): boolean {
  if (types.isPromise(value)) return true;
  try {
    return (
      typeof value === 'object' &&
      value !== null &&
      'then' in value &&
      typeof value.then === 'function'
    );
  } catch {
    return false;
  }
}

/** A Float16Array in JavaScript, for engines without one: a Proxy that the engine takes for no typed array. */
function isFloat16Polyfill(value: unknown): boolean {
  return describe(value).endsWith(' Float16Array');
}

/** The error for a value that is none of the arrays that calls take, nor a Tensor. */
export function refusedOperand(name: string, value: unknown): MishError {
  if (isWholeTensor(value)) {
    const remedy = 'Pass arrays for all operands, or Tensors of one copy of node-mish';
    const message = `${name}: expected an array; got a Tensor. ${remedy}.`;
    return mishError('ERR_MISH_ARGUMENT', message);
  }
  if (isTensorLike(value)) return tensorLikeError(name);
  const [code, got, remedy] = explain(value);
  const withName = remedy.replace(/\bx\b/g, name);
  return mishError(code, `${name}: ${expected}; got ${got}. ${withName}.`);
}

/** The error for a value that is not a Tensor, where only Tensors can be. */
export function notATensor(name: string, value: unknown): MishError {
  if (isTensorLike(value)) return tensorLikeError(name);
  const remedy = isPromise(value)
    ? `Await it: pass await ${name}`
    : typedArrayKind(value) === undefined
      ? 'Make one with Tensor.from()'
      : 'Make one with Tensor.from() or Tensor.wrap()';
  return mishError(
    'ERR_MISH_ARGUMENT',
    `${name}: expected a Tensor; got ${describe(value)}. ${remedy}.`,
  );
}
