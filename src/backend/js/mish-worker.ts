// The worker thread of the JS backend: computes what js-async.ts sends it, one job after the other.
import { parentPort } from 'node:worker_threads';
import { inSlices } from '../event-loop.ts';
import { jsBackend } from './js.ts';
import { type Answer, buffersOf, type Task } from './js-async.ts';

const answer = (message: Answer, outputs: Task['outputs'] = []): void =>
  parentPort?.postMessage(message, buffersOf(outputs));

parentPort?.on('message', (task: Task) => {
  const { id, outputs } = task;
  const slices = inSlices(jsBackend.run, task);
  let slice = slices.next();
  while (!slice.done) slice = slices.next();
  if (slice.value) answer({ id, outputs }, outputs);
  else answer({ id, outputs: undefined });
});

answer({ id: 'ready', outputs: undefined });
