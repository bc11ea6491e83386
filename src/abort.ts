// What happens when a signal is aborted: one listener for all calls that have it, however many they are.
// Node finds a listener to remove by looking at all of them.

const actsOf = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `act` when the signal is aborted; the function returned takes that back. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const acts = actsOf.get(signal) ?? listen(signal);
  acts.add(act);
  return () => acts.delete(act);
}

/** Stays until the signal is aborted or gone. */
function listen(signal: AbortSignal): Set<() => void> {
  const acts = new Set<() => void>();
  actsOf.set(signal, acts);
  const abort = (): void => {
    for (const act of acts) act();
  };
  signal.addEventListener('abort', abort, { once: true });
  return acts;
}
