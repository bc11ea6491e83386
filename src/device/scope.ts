// Scopes: the tensors made during a function, disposed when it returns.
/// <reference lib="esnext.disposable" preserve="true" />
import { checkFunction, checkSynchronous, isPlainObject } from '../base/options.ts';

const scopes: Set<Disposable>[] = [];

/** Enters a new tensor in the current scope, which disposes it. */
export function enterScope(tensor: Disposable): void {
  if (scopes.length > 0) scopes.at(-1)!.add(tensor);
}

/** Takes a disposed tensor out of the scopes that would dispose it. */
export function leaveScopes(tensor: Disposable): void {
  for (const made of scopes) made.delete(tensor);
}

/**
 * Disposes every tensor made during the synchronous extent of `fn` except those it returns (alone, or
 * anywhere in returned arrays, Maps, Sets and plain objects; those belong to the enclosing scope). When `fn` throws,
 * all of them are disposed.
 * @param fn - what is called at once; it must not return a promise
 * @returns what `fn` returns
 * @throws ERR_MISH_ARGUMENT when `fn` is no function or returns a promise
 */
export function scope<R>(fn: () => R): R {
  checkFunction('fn', fn);
  const made = new Set<Disposable>();
  scopes.push(made);
  let kept = new Set<unknown>();
  try {
    const result = checkSynchronous('scope', fn());
    kept = reachable(result);
    return result;
  } finally {
    scopes.pop();
    for (const tensor of made) {
      if (kept.has(tensor)) scopes.at(-1)?.add(tensor);
      else tensor[Symbol.dispose]();
    }
  }
}

/** Everything that a result holds, itself included. */
function reachable(result: unknown): Set<unknown> {
  const seen = new Set<unknown>();
  const pending: unknown[] = [result];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    for (const part of partsOf(value)) pending.push(part);
  }
  return seen;
}

function partsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value.keys(), ...value.values()];
  return isPlainObject(value) ? Object.values(value) : [];
}
