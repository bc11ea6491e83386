// The number of threads that a benchmark may use, and a scope in which that many are used.
import type { ThreadControl } from '../../backend/interface.ts';
import { availability } from '../../backend/registry.ts';
import { hostDevice } from '../../device/default-device.ts';

/** Of the backend that computes on the host; JavaScript has the thread that calls and no other. */
function control(): ThreadControl | undefined {
  const cpu = availability('cpu');
  return hostDevice().kind === 'cpu' && cpu.backend ? cpu.threads : undefined;
}

/** As many as a large call uses by itself. */
export function allThreads(): number {
  return control()?.get().count ?? 1;
}

/** Whether another number can be asked for. */
export function canChooseThreads(): boolean {
  return control() !== undefined;
}

/** Runs `fn` with that many threads. */
export function withThreads<R>(count: number, fn: () => R): R {
  control()?.set(count);
  try {
    return fn();
  } finally {
    control()?.set(undefined);
  }
}
