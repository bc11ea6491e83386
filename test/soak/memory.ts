// Millions of calls leave nothing behind: after a warm-up the resident memory grows by at most 1 MB per million
// calls; in the end no Tensor is alive, no byte counted and no call in flight. The argument is 'sync' or 'async'.
//
// That is 1 byte a call: what malloc and V8 keep of freed memory for later, some MB more or less, must not
// move either. So main.ts sets both to keep little, garbage is collected often, and the calls repeat. Still
// malloc's heap grows by 0.2 MB or so until it has had the worst order of them: the warm-up ends by itself.
import { setImmediate } from 'node:timers/promises';
import { memory } from 'node-mish';
import { type DeviceName, unusable } from '../support/calls/calls.ts';
import { count, grouped, inMB, judge, note } from './measure/figure.ts';
import { collectGarbage, rssBytes } from './measure/machine.ts';
import { slope } from './measure/statistics.ts';
import { asyncCaller, syncCaller } from './memory-calls.ts';

const isAsync = process.argv[2] === 'async';
const calls = isAsync ? count(120_000, 600_000) : count(240_000, 3_000_000);
const mostBytesPerMillion = 1e6;
/** That are judged, the last ones; before them the warm-up, which takes longer where they grow too much. */
const samples = 30;
const [leastWarmUp, mostWarmUp] = [15, 75];
/** Calls between two turns of the event loop, in which finalizers run; or in flight at once. */
const batch = isAsync ? 250 : 1000;
const device: DeviceName = unusable('cpu') ? 'js' : 'cpu';

/** The same calls each time, so that each sample has the same memory in use before it. */
async function callMany(times: number): Promise<void> {
  const [sync, async] = [syncCaller(device, 1), asyncCaller(device, 2)];
  for (let done = 0; done < times; done += batch) {
    if (isAsync) await Promise.all(Array.from({ length: batch }, async));
    else for (let i = 0; i < batch; i++) sync();
    gc!();
    await setImmediate();
  }
}

/** One reading in a hundred is 1 MB too high; not the next one. */
async function settledRssBytes(): Promise<number> {
  await collectGarbage();
  const bytes = rssBytes();
  await collectGarbage();
  return Math.min(bytes, rssBytes());
}

/** [calls so far, bytes], after as many calls each. */
const points: (readonly [number, number])[] = [];
const judged = () => points.slice(-samples);
const bytesPerMillion = () => slope(judged()) * 1e6;

async function measure(): Promise<void> {
  const each = calls / samples;
  const isOver = () =>
    points.length >= leastWarmUp + samples &&
    (bytesPerMillion() <= mostBytesPerMillion || points.length >= mostWarmUp + samples);
  for (let i = 1; !isOver(); i++) {
    await callMany(each);
    points.push([i * each, await settledRssBytes()]);
  }
}

await measure();
const perMillion = bytesPerMillion();
const bytes = judged().map(([, each]) => each);
const name = `memory: ${grouped(calls)} ${isAsync ? 'asynchronous' : 'synchronous'} calls`;
judge(
  `${name}, RSS`,
  `${inMB(perMillion)} per million, of ${inMB(Math.min(...bytes))} to ${inMB(Math.max(...bytes))}`,
  `${inMB(mostBytesPerMillion)} per million`,
  perMillion <= mostBytesPerMillion,
);
const left = memory();
const bytesLeft = Object.values(left.bytes).reduce((sum, each) => sum + each, 0);
judge(
  `${name}, left`,
  `${left.tensors} Tensors, ${bytesLeft} bytes, ${left.inFlight} in flight`,
  'none',
  left.tensors === 0 && left.inFlight === 0 && bytesLeft === 0,
);
if (process.argv.includes('--samples')) {
  note('MB in the samples', points.map(([, rss]) => (rss / 1e6).toFixed(2)).join(' '));
}
