// Arrays of more than 2^32 elements, where memory and Node have room for them: bfloat16 in place and transferred,
// every element of the results compared.
import { freemem } from 'node:os';
import { mish, mishAsync } from 'node-mish';
import { type DeviceName, unusable } from '../support/calls/calls.ts';
import { bytesOf } from '../support/values/vectors.ts';
import { grouped, judge, skip } from './measure/figure.ts';

const length = 2 ** 32 + 7;
const chunkLength = 2 ** 22;
/** Besides the array, which is 8.6 GB. */
const spareBytes = 2e9;
const device: DeviceName = unusable('cpu') ? 'js' : 'cpu';
const options = { device, dtype: 'bfloat16' } as const;
const name = `huge: ${grouped(length)} bfloat16`;

/** All but these are 1; each of them is another value. */
const marked = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, length - 2, length - 1];
const one = 0x3f80;
const markOf = (i: number) => one + 1 + i;

function allocate(): Uint16Array<ArrayBuffer> | undefined {
  try {
    return new Uint16Array(length);
  } catch {
    return undefined; // a RangeError: Node 20 has arrays of up to 2^32 - 1 elements
  }
}

function fill(x: Uint16Array): void {
  x.fill(one);
  for (const [i, at] of marked.entries()) x[at] = markOf(i);
}

/** How many of the marked elements are not as they are computed alone; leaves 1's result there. */
function wrongMarks(y: Uint16Array, ofOne: number): number {
  const expected = mish(
    Uint16Array.from(marked, (_, i) => markOf(i)),
    options,
  );
  const wrong = marked.filter((at, i) => y[at] !== expected[i]);
  for (const at of marked) y[at] = ofOne;
  return wrong.length;
}

/** How many chunks have something else than 1's result. */
function wrongChunks(y: Uint16Array, ofOne: number): number {
  const like = new Uint16Array(chunkLength).fill(ofOne);
  let wrong = 0;
  for (let begin = 0; begin < length; begin += chunkLength) {
    const chunk = y.subarray(begin, begin + chunkLength);
    if (!bytesOf(chunk).equals(bytesOf(like.subarray(0, chunk.length)))) wrong++;
  }
  return wrong;
}

function judgeResults(how: string, y: Uint16Array): void {
  const [ofOne] = mish(Uint16Array.of(one), options);
  const marks = wrongMarks(y, ofOne!);
  const chunks = wrongChunks(y, ofOne!);
  const isRight = y.length === length && marks === 0 && chunks === 0;
  judge(
    `${name}, ${how}`,
    `${marks} of ${marked.length} marks, ${chunks} chunks wrong`,
    '0',
    isRight,
  );
}

async function run(x: Uint16Array<ArrayBuffer>): Promise<void> {
  fill(x);
  judgeResults('sync in place', mish(x, { ...options, out: x }));
  fill(x);
  const y = await mishAsync(x, { ...options, transfer: true });
  judgeResults('async with transfer', y);
  judge(`${name}, given away`, `${x.length} elements left`, '0', x.length === 0);
}

const needed = 2 * length + spareBytes;
const x = freemem() < needed ? undefined : allocate();
if (freemem() < needed) skip(name, `less than ${(needed / 1e9).toFixed(1)} GB are free`);
else if (!x) skip(name, `Node ${process.versions.node} has no such arrays`);
else await run(x);
