// What a call off the event loop costs over the call itself: 64 Mi float32 with transfer take at most 5 % more
// time than in place with as many threads. Both in turn, medians of pairs.
import { devices, mish, mishAsync, setThreads } from 'node-mish';
import { unusable } from '../support/calls/calls.ts';
import { count, inMs, note, skip, tell, type Verdict } from './measure/figure.ts';
import { disturbance, quietShare, watchCpus } from './measure/machine.ts';
import { median } from './measure/statistics.ts';

const length = 2 ** 26;
const mostTimes = 1.05;
/** Past it the garbage that V8 collects for a transfer (3 ms of 63) cannot be why. */
const mostTimesWithCollections = 1.2;
/** Pairs that are judged, the quietest ones of at most so many. */
const judgedPairs = count(9, 31);
const mostPairs = count(30, 300);

/** 30 stays 30, however often; prefaulted. */
const sync = new Float32Array(length).fill(30);
let given = new Float32Array(length).fill(30);

/** How many a large call has: the caller's and helpers. An asynchronous one has the helpers. */
const allThreads = devices().find(({ kind }) => kind === 'cpu')?.threads ?? 1;

interface Pair {
  readonly syncMs: number;
  readonly asyncMs: number;
  /** The call itself, of the latter: until it returns the promise. */
  readonly setupMs: number;
  readonly noise: number;
}

function syncMs(threads: number | 'auto'): number {
  setThreads(threads);
  const start = performance.now();
  mish(sync, { out: sync });
  return performance.now() - start;
}

async function asyncMs(): Promise<Pick<Pair, 'asyncMs' | 'setupMs'>> {
  setThreads('auto');
  const start = performance.now();
  const call = mishAsync(given, { transfer: true });
  const setupMs = performance.now() - start;
  given = await call;
  return { asyncMs: performance.now() - start, setupMs };
}

/** Either comes first in every other pair. */
async function pair(index: number, threads: number | 'auto'): Promise<Pair> {
  const cpusSince = watchCpus();
  const before = index % 2 === 0 ? syncMs(threads) : undefined;
  const async = await asyncMs();
  const ms = before ?? syncMs(threads);
  return { syncMs: ms, ...async, noise: disturbance(cpusSince()) };
}

/** Until enough were quiet; the quietest ones. */
async function quietPairs(threads: number | 'auto'): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  const isEnough = () => pairs.filter(({ noise }) => noise <= quietShare).length >= judgedPairs;
  while (!isEnough() && pairs.length < mostPairs) pairs.push(await pair(pairs.length, threads));
  return pairs.sort((a, b) => a.noise - b.noise).slice(0, judgedPairs);
}

const medianOf = (pairs: readonly Pair[], key: keyof Pair) => median(pairs.map((p) => p[key]));

function compared(pairs: readonly Pair[]): { readonly times: number; readonly measured: string } {
  const [async, sync] = [medianOf(pairs, 'asyncMs'), medianOf(pairs, 'syncMs')];
  const times = async / sync;
  return { times, measured: `${inMs(async)}, sync ${inMs(sync)}: ${times.toFixed(3)} times` };
}

function verdictOf(times: number): Verdict {
  if (times <= mostTimes) return 'ok';
  return times <= mostTimesWithCollections ? 'MISSED' : 'FAILED';
}

async function run(): Promise<void> {
  const threads = Math.max(1, allThreads - 1);
  for (let i = 0; i < 2; i++) await pair(i, threads); // starts threads, compiles
  const pairs = await quietPairs(threads);
  const { times, measured } = compared(pairs);
  const noise = Math.max(...pairs.map((each) => each.noise));
  const isBusy = noise > quietShare;
  tell({
    what: `overhead: 64 Mi float32, ${threads} of ${allThreads} threads`,
    measured: `${measured}${isBusy ? `, others ${noise.toFixed(2)} CPUs` : ''}`,
    bound: `${mostTimes} times`,
    verdict: isBusy ? 'busy' : verdictOf(times),
  });
  note('overhead: until the call returns', inMs(medianOf(pairs, 'setupMs')));
  note('overhead: by default, sync with all threads', compared(await quietPairs('auto')).measured);
}

const reason = unusable('cpu');
if (reason) skip('overhead', reason);
else await run();
