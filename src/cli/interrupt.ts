// Ctrl-C and its like: the first one asks the work to stop and clean up, the second one ends the process.
import { constants } from 'node:os';
import { removeTemporaries } from '../files/output-file.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work`, whose signal is aborted by the first of those; it then rejects with what says which. */
export async function interruptible<R>(work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  const controller = new AbortController();
  const onSignal = (name: (typeof signals)[number]): void => {
    const exitCode = 128 + constants.signals[name];
    if (controller.signal.aborted) {
      removeTemporaries();
      process.exit(exitCode);
    }
    const message = `ended by ${name}; nothing was written. Run it again to begin anew.`;
    controller.abort(Object.assign(new Error(message), { code: 'ABORT_ERR', exitCode }));
  };
  for (const name of signals) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
