// The mark of a Tensor, by which an object that is like one and has no elements is recognised in errors.
import { type MishError, mishError } from './errors.ts';

/** A property that every Tensor inherits, of any copy of this package in the process. */
export const tensorMark: unique symbol = Symbol.for('node-mish.Tensor');

/**
 * The first value in what an own property of every Tensor shows. Structured cloning refuses symbols and puts their
 * description into its error: this is how the error names a remedy.
 */
export const notCloneable: symbol = Symbol.for('Tensor: move it with release(), or send toJSON()');

/** Whether it is a Tensor, a Proxy of one, a copy of its properties, or inherits from one. Never throws. */
export function isTensorLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (tensorMark in value) return true;
    const { contents } = value as { readonly contents?: { readonly copy?: unknown } };
    return contents?.copy === notCloneable;
  } catch {
    return false; // a getter or a trap of the caller's threw
  }
}

/** Whether a Tensor, and no Proxy or copy of one: its properties can be read. Never throws. */
export function isWholeTensor(value: unknown): boolean {
  try {
    return isTensorLike(value) && typeof (value as { dtype?: unknown }).dtype === 'string';
  } catch {
    return false;
  }
}

/** The error for an object that is like a Tensor where a Tensor was expected. */
export function tensorLikeError(name: string): MishError {
  const got = 'a Proxy or a copy of one, or a Tensor of another copy of node-mish';
  const remedy =
    'Pass the Tensor itself (Vue: markRaw() or toRaw(); MobX: observable.ref), and send it to a worker with release()';
  return mishError('ERR_MISH_ARGUMENT', `${name}: expected a Tensor; got ${got}. ${remedy}.`);
}
