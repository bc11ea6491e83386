// A user's program that has node-mish in a worker only.
import { Worker } from 'node:worker_threads';

new Worker(new URL('./imported.mjs', import.meta.url));
