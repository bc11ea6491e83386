// Run as a child process, on the kernel level that its environment says: a line for each of so many random
// calls, the hash of its results. Arguments: how many, and the seed.
import { createHash } from 'node:crypto';
import { argv, stdout } from 'node:process';
import fc from 'fast-check';
import { type Call, call, drawn } from '../calls/properties.ts';
import { bytesOf } from '../values/vectors.ts';

const atOnce = 1000;

/** The same cases for the same seed, in every process. */
export function* casesOf(count: number, seed: number): Generator<Call> {
  for (let done = 0; done < count; done += atOnce) {
    const numRuns = Math.min(atOnce, count - done);
    yield* fc.sample(call, { numRuns, seed: seed + done });
  }
}

function hashOf(one: Call): string {
  const sum = createHash('sha1');
  for (const result of drawn(one, 'cpu').expected) sum.update(bytesOf(result));
  return sum.digest('base64').slice(0, 12);
}

if (import.meta.filename === argv[1]) {
  const [count, seed] = argv.slice(2).map(Number);
  const lines = Array.from(casesOf(count!, seed!), hashOf);
  stdout.write(lines.join('\n'));
}
