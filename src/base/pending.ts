// Asynchronous calls of this thread that are not settled yet: how many there are, and may be.
import { mishError } from './errors.ts';

/** Each takes 1 to 1.5 kB besides its operands. */
export const mostInFlight: number = 2 ** 17;

let inFlight = 0;

export function jobsInFlight(): number {
  return inFlight;
}

/** @throws ERR_MISH_QUEUE_FULL when there are as many as may be */
export function checkRoom(): void {
  if (inFlight < mostInFlight) return;
  throw mishError(
    'ERR_MISH_QUEUE_FULL',
    `expected at most ${mostInFlight} asynchronous calls that are not settled; this would be one more. Await some before the next.`,
  );
}

export function jobBegins(): void {
  inFlight++;
}

export function jobEnds(): void {
  inFlight--;
}
