// Arrays whose own iterator gives more than they have, or never ends.

/** The array, iterated as `count` times its first element. */
export function iteratedAs<T>(array: T[], count: number): T[] {
  const value = function* () {
    for (let i = 0; i < count; i++) yield array[0]!;
  };
  return Object.defineProperty(array, Symbol.iterator, { value });
}
