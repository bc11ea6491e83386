// The pool's threads in this process, as Linux lists them.
import { readdirSync, readFileSync } from 'node:fs';

/** The directories in /proc of threads that are the pool's. */
function helperDirectories(): string[] {
  return readdirSync('/proc/self/task')
    .map((id) => `/proc/self/task/${id}`)
    .filter((directory) => readFileSync(`${directory}/comm`, 'utf8') === 'node-mish\n');
}

/** Threads name themselves a moment after they begin. */
export function helperCount(): number {
  return helperDirectories().length;
}

/** The signals that each of them blocks; bit n - 1 is signal n. */
export function blockedSignals(): bigint[] {
  return helperDirectories().map((directory) => {
    const [, mask] = /^SigBlk:\s*([0-9a-f]+)$/m.exec(readFileSync(`${directory}/status`, 'utf8'))!;
    return BigInt(`0x${mask}`);
  });
}
