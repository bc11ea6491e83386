// Asynchronous jobs of the JS backend: computed by a worker thread of its own, which is there from the first
// job on and keeps no process alive without one. Where it cannot be had, in turns with the event loop.
import { Worker } from 'node:worker_threads';
import type { HostArray } from '../../base/dtype.ts';
import { mishError } from '../../base/errors.ts';
import { isShared, typedArrayBuffer } from '../../base/intrinsics.ts';
import { type Computation, computeInTurns } from '../event-loop.ts';
import type { ArrayBackend, AsyncJob } from '../interface.ts';

type Job = AsyncJob<HostArray>;

/** What the worker is sent: memory that is not shared is given to it, and given back. */
export interface Task extends Computation {
  readonly id: number;
}

/** What it answers, first of all that it is there; without outputs when the job was ended early. */
export interface Answer {
  readonly id: number | 'ready';
  readonly outputs: readonly HostArray[] | undefined;
}

/** Each buffer once, but for shared ones. */
export function buffersOf(arrays: readonly HostArray[]): ArrayBuffer[] {
  const own = arrays.filter((array) => !isShared(array));
  return [...new Set(own.map((array) => typedArrayBuffer(array) as ArrayBuffer))];
}

/** Enough that the worker never waits for the next; those behind take no more than their operands here. */
const mostPosted = 16;

let starting: Promise<Worker | undefined> | undefined;
let waiting: Job[] = [];
const posted = new Map<number, Job>();
let nextId = 0;

/** Begins the job; `run` computes it where there can be no worker. */
export function computeInWorker(run: ArrayBackend['run'], job: Job): void {
  starting ??= startWorker();
  starting.then((worker) => {
    if (!worker) return computeInTurns(run, job);
    waiting.push(job);
    worker.ref();
    postMore(worker);
  });
}

/** Ends those aborted jobs that the worker has not got yet. */
export function sweepWaiting(): void {
  const isAborted = ({ aborted }: Job): boolean => aborted?.[0] === 1;
  const ended = waiting.filter(isAborted);
  waiting = waiting.filter((job) => !isAborted(job));
  for (const job of ended) job.end(false);
}

function postMore(worker: Worker): void {
  const count = Math.min(mostPosted - posted.size, waiting.length);
  if (count > 0) for (const job of waiting.splice(0, count)) post(worker, job);
  if (posted.size + waiting.length === 0) worker.unref();
}

function post(worker: Worker, job: Job): void {
  const id = nextId++;
  const { op, dtype, inputs, outputs, precision, aborted } = job;
  const task: Task = { id, op, dtype, inputs, outputs, precision, aborted };
  try {
    worker.postMessage(task, buffersOf([...inputs, ...outputs]));
    posted.set(id, job);
  } catch (error) {
    job.fail(error as Error);
  }
}

/** Resolves to undefined when there can be none, as under a permission model, or where a bundler lost its file. */
function startWorker(): Promise<Worker | undefined> {
  return new Promise((resolve) => {
    let worker: Worker;
    try {
      worker = new Worker(new URL('./mish-worker.js', import.meta.url), {
        name: 'node-mish',
        execArgv: [],
      });
    } catch {
      resolve(undefined);
      return;
    }
    let reason: unknown;
    let isReady = false;
    worker.on('message', (answer: Answer) => {
      if (answer.id === 'ready') {
        isReady = true;
        resolve(worker);
      } else settle(answer.id, answer.outputs);
      postMore(worker);
    });
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', () => {
      resolve(undefined);
      if (isReady) workerEnded(reason);
    });
  });
}

function settle(id: number, outputs: readonly HostArray[] | undefined): void {
  const job = posted.get(id)!;
  posted.delete(id);
  job.end(outputs !== undefined, outputs);
}

/** What it had is lost with it, if anything; the next job gets another worker. */
function workerEnded(cause: unknown): void {
  const lost = [...posted.values(), ...waiting];
  posted.clear();
  waiting = [];
  starting = undefined;
  const message = 'the worker thread that computed on js ended before the job did. Try again.';
  for (const job of lost) job.fail(mishError('ERR_MISH_UNSUPPORTED', message, { cause }));
}
