// What has to be done once however often it is asked for.

/** A function that has `act` called in the next turn of the event loop, for all calls in this one. */
export function onceATurn(act: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      act();
    });
  };
}
