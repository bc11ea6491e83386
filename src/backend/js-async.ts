// Asynchronous jobs of the JS backend: computed by a worker thread of its own, which is there from the first
// job on and keeps no process alive without one. Where it cannot be had, in turns with the event loop.
import { Worker } from 'node:worker_threads';
import { isShared } from '../array-buffer.ts';
import type { AsyncJob, Backend } from '../backend.ts';
import type { HostArray } from '../dtype.ts';
import { mishError } from '../errors.ts';
import { typedArrayBuffer } from '../typed-array.ts';
import { type Computation, computeInTurns } from './slices.ts';

type Job = AsyncJob<HostArray>;

/** What the worker is sent: memory that is not shared is given to it, and given back. */
export interface Task extends Computation {
  readonly id: number;
}

/** What it answers, first of all that it is there; without outputs when the job was ended early. */
export interface Answer {
  readonly id: number | 'ready';
  readonly outputs?: readonly HostArray[];
}

/** Each buffer once, but for shared ones. */
export function buffersOf(arrays: readonly HostArray[]): ArrayBuffer[] {
  const own = arrays.filter((array) => !isShared(array));
  return [...new Set(own.map((array) => typedArrayBuffer(array) as ArrayBuffer))];
}

let starting: Promise<Worker | undefined> | undefined;
const jobs = new Map<number, Job>();
let nextId = 0;

/** Begins the job; `run` computes it where there can be no worker. */
export function computeInWorker(run: Backend<HostArray>['run'], job: Job): void {
  starting ??= startWorker();
  starting.then((worker) => {
    if (worker) post(worker, job);
    else computeInTurns(run, job);
  });
}

function post(worker: Worker, job: Job): void {
  const id = nextId++;
  const { op, dtype, inputs, outputs, precision, aborted } = job;
  const task: Task = { id, op, dtype, inputs, outputs, precision, aborted };
  try {
    worker.postMessage(task, buffersOf([...inputs, ...outputs]));
  } catch (error) {
    job.fail(error as Error);
    return;
  }
  jobs.set(id, job);
  worker.ref();
}

/** Resolves to undefined when there can be none, as under a permission model, or where a bundler lost its file. */
function startWorker(): Promise<Worker | undefined> {
  return new Promise((resolve) => {
    let worker: Worker;
    try {
      worker = new Worker(new URL('./js-worker.js', import.meta.url), {
        name: 'node-mish',
        execArgv: [],
      });
    } catch {
      resolve(undefined);
      return;
    }
    let reason: unknown;
    worker.on('message', (answer: Answer) => {
      if (answer.id === 'ready') resolve(worker);
      else settle(answer.id, answer.outputs);
      if (jobs.size === 0) worker.unref();
    });
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', () => {
      resolve(undefined);
      workerEnded(reason);
    });
  });
}

function settle(id: number, outputs: readonly HostArray[] | undefined): void {
  const job = jobs.get(id)!;
  jobs.delete(id);
  job.end(outputs);
}

/** What it had is lost with it; if it had anything, the next job gets another worker. */
function workerEnded(cause: unknown): void {
  const lost = [...jobs.values()];
  jobs.clear();
  if (lost.length > 0) starting = undefined;
  const message = 'the worker thread that computed on js ended before the job did. Try again';
  for (const job of lost) job.fail(mishError('ERR_MISH_UNSUPPORTED', message, { cause }));
}
