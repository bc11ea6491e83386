// 100,000 small jobs in flight at once, on the device that the argument names: all settle, with the right
// values, and each takes at most 1.5 kB.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { memory, mish, mishAsync, mishDerivativeAsync, setThreads } from 'node-mish';
import { type DeviceName, unusable } from '../support/calls/calls.ts';
import { sameBits } from '../support/values/vectors.ts';
import { grouped, judge, note, skip } from './measure/figure.ts';
import { collectGarbage, rssBytes } from './measure/machine.ts';

const device = process.argv[2] as DeviceName;
const jobs = 100_000;
const mostBytes = 1500;
const turns = 3;

/** What V8 still keeps inside the array itself, 64 bytes. */
const small = Float32Array.from({ length: 16 }, (_, i) => i - 8);

/** Takes seconds, on one thread: all jobs wait behind it. JavaScript is some twenty times slower. */
const blocker = () => new Float64Array(device === 'js' ? 2 ** 25 : 2 ** 27).fill(-1);

async function wrongResults(results: readonly PromiseSettledResult<Float32Array>[]) {
  const expected = mish(small, { device });
  return results.filter((each) => each.status === 'rejected' || !sameBits(each.value, expected));
}

async function run(): Promise<void> {
  setThreads(1); // one helper, or many CPUs would be done with the blocker too soon
  const large = blocker();
  await mishAsync(small, { device }); // starts the thread, or the worker
  await collectGarbage();
  let isBlocked = true;
  const block = mishDerivativeAsync(large, { device, order: 2, transfer: true }).then(() => {
    isBlocked = false;
  });
  await setImmediate();
  gc!();
  const baseBytes = rssBytes();
  const start = performance.now();
  const calls: Promise<Float32Array>[] = [];
  for (let i = 0; i < jobs; i++) calls.push(mishAsync(small, { device }));
  const perCallUs = ((performance.now() - start) * 1000) / jobs;
  const { inFlight } = memory();
  // On js a job is sent to the worker in a microtask, so it is not all there is before a turn is over.
  for (let i = 0; i < turns; i++) await setImmediate();
  gc!();
  const bytes = (rssBytes() - baseBytes) / jobs;
  assert.ok(isBlocked, 'the pool was free before memory was measured: take a larger blocker');
  const results = await Promise.allSettled(calls);
  await block;
  const wrong = (await wrongResults(results)).length;
  const what = `load ${device}: ${grouped(jobs)} jobs in flight`;
  judge(
    `${what}, RSS of each`,
    `${bytes.toFixed(0)} bytes`,
    `${mostBytes} bytes`,
    bytes <= mostBytes,
  );
  const settled = `${grouped(results.length - wrong)} right of ${grouped(inFlight - 1)} in flight`;
  const all = wrong === 0 && inFlight === jobs + 1 && memory().inFlight === 0;
  judge(`${what}, settle`, `${settled}, ${memory().inFlight} left`, 'all, 0 left', all);
  note(`load ${device}: the call itself`, `${perCallUs.toFixed(1)} us`);
}

const reason = unusable(device);
if (reason) skip(`load ${device}`, reason);
else await run();
