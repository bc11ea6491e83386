// How many threads a benchmark may use, and a scope in which that many are used.
import { availability } from '../../backend.ts';
import { hostDevice } from '../../device.ts';

/** Of a backend that computes on more than the thread that calls. */
interface ThreadControl {
  get(): { readonly count: number };
  /** Undefined leaves it to the environment and the system. */
  set(count: number | undefined): void;
}

function control(): ThreadControl | undefined {
  const cpu = availability('cpu');
  if (hostDevice().kind === 'js' || !cpu.backend) return undefined;
  return 'threads' in cpu ? (cpu.threads as ThreadControl) : undefined;
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
