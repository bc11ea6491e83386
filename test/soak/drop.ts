// Outputs and Tensors that are dropped in a synchronous loop, where no turn of the event loop comes between:
// their memory is V8's, which collects when much of it is waiting, so it peaks at most 150 MB above the base.
import { mish, Tensor } from 'node-mish';
import { grouped, inMB, judge } from './measure/figure.ts';
import { collectGarbage, peakRssBytes, rssBytes } from './measure/machine.ts';

/** The same in the short form: all of it takes 2 s, and fewer might not come to the peak. */
const outputs = 1000;
const length = 2 ** 20;
const mostBytes = 150e6;

/** What drop() leaves in memory at most, over the base. */
async function judgePeak(what: string, drop: () => void): Promise<void> {
  drop(); // starts the threads
  await collectGarbage();
  const baseBytes = rssBytes();
  for (let i = 0; i < outputs; i++) drop();
  const bytes = peakRssBytes() - baseBytes;
  judge(
    `drop: ${grouped(outputs)} ${what} of 4 MB, peak RSS`,
    `${inMB(bytes)} over the base of ${inMB(baseBytes)}`,
    `${inMB(mostBytes)} over it`,
    bytes <= mostBytes,
  );
}

const x = new Float32Array(length).fill(1);
await judgePeak('outputs', () => mish(x));
const t = Tensor.wrap(x);
await judgePeak('Tensors', () => t.mish());
