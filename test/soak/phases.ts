// One phase of a measurement of the event loop: how long fs.stat takes and how late timers are, in this
// process, and what else went on meanwhile.
import { stat } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { type CpuShares, watchCpus } from './measure/machine.ts';
import { percentile } from './measure/statistics.ts';

export interface Phase {
  readonly statP99Ms: number;
  /** Between two timers that are 1 ms apart. */
  readonly delayP99Ms: number;
  readonly cpus: CpuShares;
  /** Major collections of garbage, and the time that the event loop waited for them. */
  readonly collections: number;
  readonly collectionMs: number;
}

const collected: number[] = [];

/** Scavenges are not counted: they take some 0.5 ms, and idle phases have them too. */
const minorCollection = 1;

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
    if (kind !== minorCollection) collected.push(entry.duration);
  }
}).observe({ entryTypes: ['gc'] });

function statMs(): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    stat('/', (error) => (error ? reject(error) : resolve(performance.now() - start)));
  });
}

/** Samples for so long. One stat a millisecond, so that samples are spread over the time evenly. */
export async function measurePhase(ms: number): Promise<Phase> {
  collected.length = 0;
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const cpusSince = watchCpus();
  const end = performance.now() + ms;
  const stats: number[] = [];
  delays.enable();
  while (performance.now() < end) {
    stats.push(await statMs());
    await setTimeout(1);
  }
  delays.disable();
  return {
    statP99Ms: percentile(stats, 0.99),
    delayP99Ms: delays.percentile(99) / 1e6,
    cpus: cpusSince(),
    collections: collected.length,
    collectionMs: collected.reduce((sum, each) => sum + each, 0),
  };
}
