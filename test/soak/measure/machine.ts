// What the system says of this process and of all others: memory that is resident, CPU time that was had.
import { readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';

/**
 * Resident memory in bytes. Linux adds it up when smaps_rollup is read; the counter behind
 * process.memoryUsage.rss() may be off by 64 pages a CPU, 0.5 MB here.
 */
export function rssBytes(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  const text = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return 1024 * Number(/^Rss:\s+(\d+) kB$/m.exec(text)![1]);
}

/** The most that was ever resident, in bytes. */
export const peakRssBytes = (): number => 1024 * process.resourceUsage().maxRSS;

/** What nothing refers to is gone afterwards, also what is only freed by a finalizer or another thread. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    gc!();
    await setImmediate();
    await setTimeout(5); // V8 frees the memory of arrays on a thread of its own
  }
}

/** CPU time since the machine started, of all CPUs, in ms: had by processes, and by other machines. */
function machineMs(): { readonly busy: number; readonly steal: number } {
  if (process.platform !== 'linux') return { busy: 0, steal: 0 };
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n');
  const fields = line!.trim().split(/\s+/).slice(1);
  const [user, nice, system, , , irq, softirq, steal] = fields.map((ticks) => Number(ticks) * 10);
  return { busy: user! + nice! + system! + irq! + softirq!, steal: steal! };
}

/** In CPUs: 1 is one CPU all the time. */
export interface CpuShares {
  readonly own: number;
  readonly others: number;
  readonly steal: number;
}

/** Begins to count; the function returned ends it. */
export function watchCpus(): () => CpuShares {
  const [begun, machine, usage] = [performance.now(), machineMs(), process.cpuUsage()];
  return () => {
    const ms = performance.now() - begun;
    const { user, system } = process.cpuUsage(usage);
    const { busy, steal } = machineMs();
    const own = (user + system) / 1000 / ms;
    // /proc/stat counts in ticks of 10 ms.
    const others = Math.max(0, (busy - machine.busy) / ms - own);
    return { own, others, steal: (steal - machine.steal) / ms };
  };
}

/**
 * Others' CPUs, up to which a measurement of time counts as undisturbed. With one CPU of two taken, a
 * thread that wants to run waits 3 to 5 ms for a turn, whatever this library does.
 */
export const quietShare = 0.1;

export const disturbance = ({ others, steal }: CpuShares): number => others + steal;
