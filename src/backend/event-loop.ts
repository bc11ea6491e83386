// Work on the event loop: a callback at most once per turn, and jobs in slices where no thread computes them. A worker
// thread computes in slices too: between two of them it looks whether the job was aborted.

import { dtypes, type HostArray } from '../base/dtype.ts';
import { typedArrayBuffer, typedArrayByteOffset, typedArrayLength } from '../base/intrinsics.ts';
import type { ArrayBackend, AsyncJob } from './interface.ts';

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

/** At most two milliseconds or so of JavaScript. */
const sliceLength = 2 ** 14;

/** What a job computes; how it ends is another's. */
export type Computation = Pick<
  AsyncJob<HostArray>,
  'op' | 'dtype' | 'inputs' | 'outputs' | 'precision' | 'aborted'
>;

/** Pauses after each slice; returns whether all were done. */
export function* inSlices(
  run: ArrayBackend['run'],
  { op, dtype, inputs, outputs, precision, aborted }: Computation,
): Generator<void, boolean> {
  const { array: View, bytes } = dtypes[dtype];
  const length = typedArrayLength(inputs[0]);
  for (let begin = 0; begin < length; begin += sliceLength) {
    if (aborted && Atomics.load(aborted, 0) !== 0) return false;
    const size = Math.min(sliceLength, length - begin);
    const slice = (array: HostArray): HostArray =>
      new View(typedArrayBuffer(array), typedArrayByteOffset(array) + begin * bytes, size);
    run(op, dtype, inputs.map(slice), outputs.map(slice), precision);
    yield;
  }
  return true;
}

const now = performance.now.bind(performance); // not that of fake timers

/** After which no further slice is begun in a turn of the event loop. */
const turnMs = 1;

/** Computes in turns with the event loop, and ends the job. */
export function computeInTurns(run: ArrayBackend['run'], job: AsyncJob<HostArray>): void {
  const slices = inSlices(run, job);
  const turn = (): void => {
    const until = now() + turnMs;
    try {
      do {
        const { done, value } = slices.next();
        if (done) {
          job.end(value);
          return;
        }
      } while (now() < until);
      nextTurn(turn);
    } catch (error) {
      job.fail(error as Error);
    }
  };
  nextTurn(turn);
}
