// The pool's threads in this process, as Linux lists them.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

/** The name of a thread; undefined when it has ended, as those of Node do. */
function nameIn(directory: string): string | undefined {
  try {
    return readFileSync(`${directory}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The directories in /proc of threads that are the pool's. */
function helperDirectories(): string[] {
  return readdirSync('/proc/self/task')
    .map((id) => `/proc/self/task/${id}`)
    .filter((directory) => nameIn(directory) === 'node-mish');
}

function helperCount(): number {
  return helperDirectories().length;
}

/** The count, after some time for as many to name themselves, which they do when they first run. */
export async function settledCount(expected: number): Promise<number> {
  for (let i = 0; i < 200 && helperCount() < expected; i++) await setTimeout(20);
  await setTimeout(50);
  return helperCount();
}

/** The signals that each of them blocks; bit n - 1 is signal n. */
export function blockedSignals(): bigint[] {
  return helperDirectories().map((directory) => {
    const [, mask] = /^SigBlk:\s*([0-9a-f]+)$/m.exec(readFileSync(`${directory}/status`, 'utf8'))!;
    return BigInt(`0x${mask}`);
  });
}

/** How long the main thread has computed, as Linux counted when it last slept. */
export function mainThreadMs(): number {
  const [ns] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ');
  return Number(ns) / 1e6;
}
