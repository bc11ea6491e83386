// Run as a child process, with numbers of workers and of jobs for each: starts and terminates the workers, some
// at a time, while it computes itself. Prints, as JSON, what is left of them.
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { backend, memory, mish, mishAsync, Tensor } from 'node-mish';
import { sameBits } from '../support/values/vectors.ts';
import { beginJobs } from './jobs.ts';
import { collectGarbage } from './measure/machine.ts';
import { integers } from './measure/statistics.ts';

export interface Terminated {
  readonly isRight: boolean;
  /** Jobs of a worker that had not settled when it was terminated: the mean. */
  readonly inFlight: number;
  /** Of the addon, not released. */
  readonly allocations: { readonly before: number; readonly after: number };
  readonly tensors: number;
  readonly bytes: number;
}

const atOnce = 4;
const longestWaitMs = 20;
const random = integers(1);
const x = Float32Array.of(1, -2, 3);

/** What a worker gets: how many jobs, and where it counts those that have settled. */
interface Task {
  readonly jobs: number;
  readonly settled: Int32Array;
}

function work({ jobs, settled }: Task): void {
  for (const job of beginJobs('cpu', jobs)) job.then(() => Atomics.add(settled, 0, 1));
  parentPort!.postMessage('begun');
}

/** Starts one and terminates it; how many of its jobs were in flight. */
async function terminateOne(jobs: number): Promise<number> {
  const task: Task = { jobs, settled: new Int32Array(new SharedArrayBuffer(4)) };
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  await setTimeout(random(longestWaitMs + 1));
  const settled = Atomics.load(task.settled, 0);
  await worker.terminate();
  return jobs - settled;
}

/** The parent's own, among those of the workers. */
async function isRight(): Promise<boolean> {
  const tensor = Tensor.from(x);
  const result = await mishAsync(tensor);
  const right = sameBits(result.readSync(), mish(x)) && sameBits(await mishAsync(x), mish(x));
  tensor.dispose();
  result.dispose();
  return right;
}

async function main(workers: number, jobs: number): Promise<Terminated> {
  const addon = createRequire(import.meta.url)(backend.file!) as { liveAllocations(): number };
  let right = await isRight();
  const before = addon.liveAllocations();
  const inFlight: number[] = [];
  let left = workers;
  const lane = async () => {
    while (left-- > 0) {
      inFlight.push(await terminateOne(jobs));
      right &&= await isRight();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  await collectGarbage();
  const { tensors, bytes } = memory();
  return {
    isRight: right,
    inFlight: inFlight.reduce((sum, each) => sum + each, 0) / workers,
    allocations: { before, after: addon.liveAllocations() },
    tensors,
    bytes: Object.values(bytes).reduce((sum, each) => sum + each, 0),
  };
}

if (isMainThread) {
  const [workers, jobs] = process.argv.slice(2).map(Number);
  process.stdout.write(JSON.stringify(await main(workers!, jobs!)));
} else {
  work(workerData as Task);
}
