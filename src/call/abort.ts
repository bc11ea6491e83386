// Aborts calls when their signal is aborted: one listener for all calls that have it, however many they are.
// Node finds a listener to remove by looking at all of them.
import { addAbortListener } from 'node:events';

interface Listener {
  readonly acts: Set<() => void>;
  /** Also one that stays keeps a signal of `AbortSignal.any` or `timeout` alive: 1.5 kB a call were seen. */
  readonly remove: () => void;
}

const listeners = new WeakMap<AbortSignal, Listener>();

/** Calls `act` when the signal is aborted; the function returned takes that back. */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const { acts, remove } = listeners.get(signal) ?? listen(signal);
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size === 0) remove();
  };
}

/** Until the signal is aborted, or no call has it. No other listener can keep the abort from it. */
function listen(signal: AbortSignal): Listener {
  const acts = new Set<() => void>();
  const subscription = addAbortListener(signal, () => {
    for (const act of acts) act();
  });
  const remove = (): void => {
    listeners.delete(signal);
    subscription[Symbol.dispose]();
  };
  const listener = { acts, remove };
  listeners.set(signal, listener);
  return listener;
}
