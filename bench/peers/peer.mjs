// What a peer is: { name, version, dtypes, time(op, dtype, size, effort), values(op, x) }, and a way to make
// one of functions that run in this process.

import { availability } from '../../build/src/backend/registry.js';
import { fillMemory, halvesOf } from '../../build/src/cli/bench/operations.js';
import { spreadOf } from '../../build/src/cli/bench/statistics.js';

/** Thrown by a peer that is not here; the message says why. */
export class Absent extends Error {}

const now = () => Number(process.hrtime.bigint());

/** Promises are awaited, what is done at once is not: a turn of the queue costs 50 ns. */
async function nanoseconds({ call, later }, times) {
  const begin = now();
  if (later) for (let i = 0; i < times; i++) await call();
  else for (let i = 0; i < times; i++) call();
  return now() - begin;
}

/** As src/cli/bench/timing.ts does it. */
async function batchOf(call) {
  const first = call();
  const later = first instanceof Promise;
  await first;
  const end = now() + 1e7;
  let times = 1;
  for (let took = 0; took < 1e5 || now() < end; ) {
    took = await nanoseconds({ call, later }, times);
    if (took < 1e5) times *= 2;
  }
  return { call, later, times };
}

async function timeByTurns(calls, { milliseconds, leastRounds }) {
  const batches = [];
  for (const call of calls) batches.push({ ...(await batchOf(call)), samples: [] });
  const end = now() + 1e6 * milliseconds;
  for (let round = 0; round < leastRounds || (now() < end && round < 301); round++) {
    for (const batch of batches) {
      batch.samples.push((await nanoseconds(batch, batch.times)) / batch.times);
    }
  }
  return batches.map(({ samples }) => spreadOf(samples));
}

function memcpyOf(work, memory) {
  const [source, target] = halvesOf(work, memory);
  const { backend } = availability('cpu');
  return backend?.copy
    ? () => backend.copy('plain', work.dtype, source, target)
    : () => target.set(source);
}

/**
 * `prepare(op, x, dy, out, dtype)` gives { call, result, end }: what to time, its result as an array after a
 * call, and what frees it; `call` and `result` may be asynchronous.
 */
export function inProcess({ name, version, dtypes = ['float32'] }, prepare) {
  return {
    ...{ name, version, dtypes },
    async time(op, dtype, size, effort) {
      const work = { op, dtype, size, precision: 'exact' };
      const memory = fillMemory([op], dtype, size);
      const operand = (i) => memory.subarray(i * size, (i + 1) * size);
      const last = op === 'forward' ? 1 : 2;
      const { call, end } = await prepare(op, operand(0), operand(1), operand(last), dtype);
      const [ns, memcpy] = await timeByTurns([call, memcpyOf(work, memory)], effort);
      end?.();
      return { ns, memcpy };
    },
    async values(op, x) {
      const dy = new Float32Array(x.length).fill(1);
      const { call, result, end } = await prepare(op, x, dy, x.slice(), 'float32');
      await call();
      const values = Float32Array.from(await result());
      end?.();
      return values;
    },
  };
}
