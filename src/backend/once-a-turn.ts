// What has to be done later, once however often it is asked for.

/** As it was when this was loaded: fake timers of tests, put in its place, would keep jobs from ending. */
export const nextTurn: typeof globalThis.setImmediate = globalThis.setImmediate;

/** A function that has `act` called in the next turn of the event loop, for all calls in this one. */
export function onceATurn(act: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    nextTurn(() => {
      isDue = false;
      act();
    });
  };
}
