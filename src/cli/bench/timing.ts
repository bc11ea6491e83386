// Calls timed by turns, so that whatever disturbs the machine disturbs all of them alike and ratios hold.
import { type Spread, spreadOf } from './statistics.ts';

/** How long to go on. */
export interface Effort {
  readonly milliseconds: number;
  readonly leastRounds: number;
}

export type Call = () => void;

/** Short calls are timed many at once: the clock costs 30 ns, and ticks in as many on some systems. */
const batchNanoseconds = 100_000;
const warmUpNanoseconds = 10_000_000;
const mostRounds = 301;
/** A call that takes longer goes through more memory than caches keep. */
const longestInCacheNanoseconds = 10_000_000;

const now = (): number => Number(process.hrtime.bigint());

function nanoseconds(call: Call, times: number): number {
  const begin = now();
  for (let i = 0; i < times; i++) call();
  return now() - begin;
}

interface Batch {
  readonly call: Call;
  readonly times: number;
  readonly inCache: boolean;
  readonly samples: number[];
}

/** Of how many calls, after so many that V8 has compiled them: cold, a call takes 40 times as long. */
function batchOf(call: Call): Batch {
  const end = now() + warmUpNanoseconds;
  let [times, took] = [1, 0];
  while (took < batchNanoseconds || now() < end) {
    took = nanoseconds(call, times);
    if (took < batchNanoseconds) times *= 2;
  }
  return { call, times, inCache: took < longestInCacheNanoseconds, samples: [] };
}

export interface Timed {
  readonly rounds: number;
  /** Nanoseconds of each call, in the order of the calls. */
  readonly calls: readonly Spread[];
}

/**
 * Rounds of a batch of each call until the time is up. Before a batch in a cache comes one call that does not
 * count: it finds the caches as the other calls left them, and the streaming copy leaves them empty.
 */
export function timeByTurns(calls: readonly Call[], effort: Effort): Timed {
  const batches = calls.map(batchOf);
  const end = now() + 1e6 * effort.milliseconds;
  let rounds = 0;
  while (rounds < effort.leastRounds || (now() < end && rounds < mostRounds)) {
    for (const { call, times, inCache, samples } of batches) {
      if (inCache) call();
      samples.push(nanoseconds(call, times) / times);
    }
    rounds++;
  }
  return { rounds, calls: batches.map(({ samples }) => spreadOf(samples)) };
}
