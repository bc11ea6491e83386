// Run as a child process: MS WORKERS DEVICE. Begins jobs, there and in as many workers, and exits with 3 after
// that time, having printed how many of its own are in flight.
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { backend, memory } from 'node-mish';
import type { DeviceName } from '../support/calls/calls.ts';
import { beginJobs } from './jobs.ts';

const jobs = 8;

/** Resolves once its jobs are in flight. */
const begunWorker = (device: DeviceName) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: device });
    worker.once('message', resolve).once('error', reject);
  });

if (isMainThread) {
  const [waitMs, workers, name] = process.argv.slice(2);
  const device = backend.name === 'native' ? (name as DeviceName) : 'js';
  await Promise.all(Array.from({ length: Number(workers) }, () => begunWorker(device)));
  beginJobs(device, jobs);
  await setTimeout(Number(waitMs));
  process.stdout.write(`${memory().inFlight}`);
  process.exit(3);
} else {
  beginJobs(workerData as DeviceName, jobs);
  parentPort!.postMessage('begun');
}
