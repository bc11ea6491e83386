// Run as a child process: several workers call at once, every operation in every format, and compare their
// results with those of the main thread alone. Prints, as JSON, how many differed, and how many
// helper threads there are in the end; they stay.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { setThreads } from 'node-mish';
import { settledCount } from '../addon/pool-threads.ts';
import { largeCalls, resultsOf } from '../calls/large.ts';
import { type Elements, sameBits } from '../values/vectors.ts';

export interface Callers {
  readonly calls: number;
  readonly wrong: number;
  readonly helpers: number;
}

type Results = readonly (readonly Elements[])[];

const same = (a: readonly Elements[], b: readonly Elements[]) =>
  a.every((elements, i) => sameBits(elements, b[i]!));

/** How many of a worker's results are not the expected ones. */
function compare(expected: Results, first: number): number {
  const all = [...largeCalls()];
  const wrong = all.filter((_, i) => {
    const at = (i + first) % all.length; // no two workers in step
    return !same(resultsOf(all[at]!), expected[at]!);
  });
  return wrong.length;
}

async function main(): Promise<Callers> {
  setThreads(1);
  const expected = [...largeCalls()].map(resultsOf);
  setThreads(5); // more than there are callers: with as many, helpers have no place
  const workers = [0, 5, 10, 15].map((first) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { expected, first } });
    return new Promise<number>((resolve, reject) => {
      worker.on('message', resolve).on('error', reject);
    });
  });
  const wrong = (await Promise.all(workers)).reduce((sum, each) => sum + each, 0);
  return { calls: workers.length * expected.length, wrong, helpers: await settledCount(1) };
}

if (isMainThread) process.stdout.write(JSON.stringify(await main()));
else parentPort!.postMessage(compare(workerData.expected, workerData.first));
