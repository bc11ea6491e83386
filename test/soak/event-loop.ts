// The event loop beside a pool that always has jobs of 64 Mi float32: the 99th percentiles of fs.stat and of
// timers stay within 5 times those of an idle run beside it. One CPU is left to it.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { mish, mishAsync } from 'node-mish';
import { unusable } from '../support/calls/calls.ts';
import { count, type Figure, inMs, isLong, note, skip, tell } from './measure/figure.ts';
import { disturbance, quietShare } from './measure/machine.ts';
import { median } from './measure/statistics.ts';
import { measurePhase, type Phase } from './phases.ts';

const length = 2 ** 26;
const jobsInFlight = 3;
const timesIdle = 5;
const phaseMs = 1000;
/** Rounds that are judged, the quietest ones of at most so many. */
const judgedRounds = count(3, 15);
const mostRounds = count(6, 60);
/** Long enough for the first pages of a phase's jobs, and for a timer that is late from before it. */
const settleMs = 100;

/** 30 stays 30, so that jobs are alike however often an array goes through them; prefaulted. */
const filled = (buffer: ArrayBufferLike) => new Float32Array(buffer as ArrayBuffer).fill(30);
const arrays = <B extends ArrayBufferLike>(Buffer: new (bytes: number) => B) =>
  Array.from({ length: jobsInFlight }, () => filled(new Buffer(4 * length)));

/** What keeps something busy, until it is stopped; says how often it ended a job. */
interface Load {
  readonly name: string;
  readonly isJudged: boolean;
  /** Runs until `stopped`, and resolves to how many jobs were done. */
  run(stopped: () => boolean): Promise<number>;
}

/** Each array is again given to a job as soon as it comes back from one. */
function inTurns(name: string, given: Float32Array[], job: (x: Float32Array) => Promise<unknown>) {
  const run: Load['run'] = async (stopped) => {
    let done = 0;
    const lanes = given.map(async (_, lane) => {
      for (; !stopped(); done++) given[lane] = (await job(given[lane]!)) as Float32Array;
    });
    await Promise.all(lanes);
    return done;
  };
  return { name, isJudged: true, run };
}

const blocking: Float32Array = filled(new ArrayBuffer(4 * length));
const loads: readonly Load[] = [
  inTurns('transfer', arrays(ArrayBuffer), (x) => mishAsync(x, { transfer: true })),
  inTurns('shared', arrays(SharedArrayBuffer), (x) => mishAsync(x, { out: x })),
  {
    name: 'blocking mish()',
    isJudged: false,
    async run(stopped) {
      let done = 0;
      for (; !stopped(); done++) {
        mish(blocking, { out: blocking });
        await setImmediate();
      }
      return done;
    },
  },
];

/** A job on the event loop itself would hold it up for twice as long; collections of garbage, for a fifth. */
const blockedMs = 30;

interface Loaded extends Phase {
  readonly jobs: number;
}

async function loadedPhase(load: Load): Promise<Loaded> {
  let isStopped = false;
  const running = load.run(() => isStopped);
  await setTimeout(settleMs);
  const phase = await measurePhase(phaseMs);
  isStopped = true;
  return { ...phase, jobs: await running };
}

interface Round {
  readonly idle: Phase;
  readonly loaded: Loaded;
}

async function round(load: Load): Promise<Round> {
  await setTimeout(settleMs);
  return { idle: await measurePhase(phaseMs), loaded: await loadedPhase(load) };
}

const noise = ({ idle, loaded }: Round) =>
  Math.max(disturbance(idle.cpus), disturbance(loaded.cpus));

/** Until enough rounds were quiet; the quietest ones. */
async function quietRounds(load: Load): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  const isEnough = () => rounds.filter((each) => noise(each) <= quietShare).length >= judgedRounds;
  while (!isEnough() && rounds.length < mostRounds) rounds.push(await round(load));
  return rounds.sort((a, b) => noise(a) - noise(b)).slice(0, judgedRounds);
}

function figureOf(
  load: Load,
  what: string,
  rounds: readonly Round[],
  of: (p: Phase) => number,
): Figure {
  const idle = median(rounds.map((each) => of(each.idle)));
  const loaded = median(rounds.map((each) => of(each.loaded)));
  const [times, others] = [loaded / idle, Math.max(...rounds.map(noise))];
  const disturbed = others > quietShare ? `, others ${others.toFixed(2)} CPUs` : '';
  const collects = rounds.some((each) => each.loaded.collections > 0);
  const late = collects && loaded < blockedMs ? 'MISSED' : 'FAILED';
  const verdict = disturbed ? 'busy' : times <= timesIdle ? 'ok' : late;
  return {
    what: `event loop, ${load.name}: ${what}`,
    measured: `${inMs(loaded)}, idle ${inMs(idle)}: ${times.toFixed(1)} times${disturbed}`,
    bound: load.isJudged ? `${timesIdle} times idle` : '',
    verdict: load.isJudged ? verdict : 'note',
  };
}

function noteJobs(load: Load, rounds: readonly Round[]): void {
  const mean = (of: (loaded: Loaded) => number) =>
    rounds.reduce((sum, { loaded }) => sum + of(loaded), 0) / rounds.length;
  const collections = `${mean((p) => p.collections).toFixed(0)} major GCs`;
  const waited = `that took ${inMs(mean((p) => p.collectionMs))}`;
  const jobs = `${mean((p) => p.jobs).toFixed(0)} jobs, ${collections} ${waited}`;
  note(`event loop, ${load.name}: in ${phaseMs} ms`, jobs);
}

const reason = unusable('cpu');
if (reason) skip('event loop', reason);
else {
  await measurePhase(phaseMs / 2); // compiles what is measured
  for (const load of loads) {
    if (load.isJudged) await loadedPhase(load);
    const rounds = load.isJudged || isLong ? await quietRounds(load) : [await round(load)];
    tell(figureOf(load, 'p99 of fs.stat', rounds, (phase) => phase.statP99Ms));
    tell(figureOf(load, 'p99 of timers of 1 ms', rounds, (phase) => phase.delayP99Ms));
    noteJobs(load, rounds);
  }
}
