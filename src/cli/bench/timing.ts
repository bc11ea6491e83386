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

const now = (): number => Number(process.hrtime.bigint());

function nanoseconds(call: Call, times: number): number {
  const begin = now();
  for (let i = 0; i < times; i++) call();
  return now() - begin;
}

/** How many calls make a batch, after so many that V8 has compiled them: cold, a call takes 40 times as long. */
function batchOf(call: Call): number {
  const end = now() + warmUpNanoseconds;
  let times = 1;
  for (let took = 0; took < batchNanoseconds || now() < end; ) {
    took = nanoseconds(call, times);
    if (took < batchNanoseconds) times *= 2;
  }
  return times;
}

export interface Timed {
  readonly rounds: number;
  /** Nanoseconds of each call, in the order of the calls. */
  readonly calls: readonly Spread[];
}

/** Rounds of a batch of each call until the time is up. */
export function timeByTurns(calls: readonly Call[], effort: Effort): Timed {
  const batches = calls.map((call) => ({ call, times: batchOf(call), samples: [] as number[] }));
  const end = now() + 1e6 * effort.milliseconds;
  let rounds = 0;
  while (rounds < effort.leastRounds || (now() < end && rounds < mostRounds)) {
    for (const { call, times, samples } of batches) {
      samples.push(nanoseconds(call, times) / times);
    }
    rounds++;
  }
  return { rounds, calls: batches.map(({ samples }) => spreadOf(samples)) };
}
