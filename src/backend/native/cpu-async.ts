// Submits asynchronous jobs to the threads of the addon's pool.

import type { HostArray } from '../../base/dtype.ts';
import { computeInTurns, onceATurn } from '../event-loop.ts';
import type { ArrayBackend, AsyncJob } from '../interface.ts';
import type { Addon } from './addon.ts';
import { type Codes, statusError } from './codes.ts';
import type { Connect } from './settler.ts';

type Job = AsyncJob<HostArray>;
type Calls = Pick<ArrayBackend, 'runAsync' | 'sweep'>;

/** As it was when this was loaded. */
const soon = queueMicrotask;

/** `run` computes where the system gives no thread. */
export function asyncCallsOf(
  addon: Addon,
  { op: opCode, formatOf, ok, empty }: Codes,
  connect: Connect,
  run: ArrayBackend['run'],
): Calls {
  // Passes operands as plain arguments: a replaced array iterator must not see them.
  const submit = (job: Job): number => {
    const { inputs: i, outputs: o, aborted } = job;
    const op = opCode[job.op];
    const dtype = formatOf(job.dtype, job.precision);
    if (i.length === 1) return addon.submit(job, aborted, op, dtype, i[0], o[0]);
    if (i.length === 2) return addon.submit(job, aborted, op, dtype, i[0], i[1], o[0]);
    return addon.submit(job, aborted, op, dtype, i[0], i[1], i[2], o[0], o[1]);
  };

  return {
    runAsync(job) {
      const found = connect();
      const status = found === ok ? submit(job) : found;
      if (status === ok) return;
      if (status === empty)
        soon(() => job.end(true)); // not inside a scope() of the caller
      else if (addon.statuses[status] === 'noThread') computeInTurns(run, job);
      else throw statusError(addon.statuses[status], job.op, job.dtype);
    },
    sweep: onceATurn(() => addon.sweep()),
  };
}
