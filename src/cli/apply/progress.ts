// A progress bar on stderr, where that is a terminal, for work that takes longer than a second.
import { seconds } from '../output.ts';

const shownAfterMs = 1000;
const everyMs = 100;
const barWidth = 30;

export interface Progress {
  /** So much of the whole is done. */
  update(done: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** @param whole - in bytes, of what is read */
export function startProgress(
  whole: number,
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  const begin = performance.now();
  let drawnAt = begin + shownAfterMs - everyMs;
  let drawn = false;
  if (!stream.isTTY) return { update() {}, end() {} };
  return {
    update(done) {
      const now = performance.now();
      if (now < drawnAt + everyMs) return;
      drawnAt = now;
      drawn = true;
      stream.write(`\r${line(done, whole, (now - begin) / 1000)}\x1b[K`);
    },
    end() {
      if (drawn) stream.write('\r\x1b[K');
    },
  };
}

/** `[#########.....]  64 %  2.1 GB/s  1.2 s left`, below 80 columns. */
export function line(done: number, whole: number, elapsedSeconds: number): string {
  const part = whole > 0 ? done / whole : 1;
  const filled = Math.floor(part * barWidth);
  const bar = '#'.repeat(filled).padEnd(barWidth, '.');
  const speed = `${(done / elapsedSeconds / 1e9).toFixed(2)} GB/s`;
  const left = part > 0 ? `${seconds((elapsedSeconds / part) * (1 - part))} left` : '';
  return `[${bar}] ${String(Math.floor(100 * part)).padStart(3)} %  ${speed}  ${left}`;
}
