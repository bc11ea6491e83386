// Outputs that are dropped in a synchronous loop, where no turn of the event loop comes between: their memory
// is V8's, which collects when much of it is waiting, so it peaks at most 150 MB above the base.
import { mish, Tensor } from 'node-mish';
import { grouped, inMB, judge, note } from './figure.ts';
import { collectGarbage, peakRssBytes, rssBytes } from './machine.ts';

/** The same in the short form: all of it takes 2 s, and fewer might not come to the peak. */
const outputs = 1000;
const tensors = 100;
const length = 2 ** 20;
const mostBytes = 150e6;

/** What drop() leaves in memory at most, over the base. */
async function peakOf(times: number, drop: () => void) {
  drop(); // starts the threads
  await collectGarbage();
  const baseBytes = rssBytes();
  for (let i = 0; i < times; i++) drop();
  return { baseBytes, bytes: peakRssBytes() - baseBytes };
}

const x = new Float32Array(length).fill(1);
const { baseBytes, bytes } = await peakOf(outputs, () => mish(x));
judge(
  `drop: ${grouped(outputs)} outputs of 4 MB, peak RSS`,
  `${inMB(bytes)} over the base of ${inMB(baseBytes)}`,
  `${inMB(mostBytes)} over it`,
  bytes <= mostBytes,
);

// A Tensor that is dropped is freed by a finalizer, which waits for a turn: that is what dispose and scope are for.
const t = Tensor.wrap(x);
const dropped = await peakOf(tensors, () => t.mish());
note(
  `drop: ${grouped(tensors)} Tensors of 4 MB, peak RSS`,
  `${inMB(dropped.bytes)} over the base of ${inMB(dropped.baseBytes)}`,
);
