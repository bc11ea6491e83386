// Times as medians, and memcpy of as many bytes as the yardstick of the same run.

/** The median of some runs; one more run before them is not counted when there are several. */
export function medianSeconds(run: () => void, repeats: number): number {
  if (repeats > 1) run();
  const times = Array.from({ length: repeats }, () => {
    const begin = process.hrtime.bigint();
    run();
    return Number(process.hrtime.bigint() - begin) / 1e9;
  });
  times.sort((a, b) => a - b);
  return times[times.length >> 1]!;
}

const measured = new Map<number, number>();

/** Copying half of `bytes` to another place, so that as many are read and written in all. */
export function memcpySeconds(bytes: number): number {
  let seconds = measured.get(bytes);
  if (seconds === undefined) {
    const source = new Uint8Array(bytes / 2).fill(1);
    const target = new Uint8Array(bytes / 2);
    seconds = medianSeconds(() => target.set(source), 7);
    measured.set(bytes, seconds);
  }
  return seconds;
}
