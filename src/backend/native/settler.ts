// Settles what the addon has done off the event loop: jobs of its pool, and what was asked of its devices.
import { nextTurn } from '../event-loop.ts';
import type { Addon } from './addon.ts';
import type { Codes } from './codes.ts';

/**
 * What the addon keeps until it is done: told so once, on the thread that began it. A CPU job is its own record: 100,000
 * may be in flight, and another object for each would take 40 bytes more.
 */
export interface InFlight {
  /** Done; or false when it was aborted. */
  end(done: boolean): void;
  /** In place of `end`, with the status and the CUDA driver's code, where the device failed. Jobs of the pool do not. */
  failed?(status: number, cudaCode: number): void;
}

/** Connects the addon's settling to this thread, and returns a status. Once: the addon has a handle in the event loop then. */
export type Connect = () => number;

export function settlerOf(addon: Addon, { ok, aborted }: Pick<Codes, 'ok' | 'aborted'>): Connect {
  let isConnected = false;

  /** Without a record, more has ended than one turn of the event loop settles: the rest is for the next. */
  const settle = (record: InFlight | undefined, status: number, cudaCode: number): void => {
    if (record === undefined) nextTurn(addon.settleMore);
    else if (status === ok || status === aborted) record.end(status === ok);
    else record.failed!(status, cudaCode);
  };

  return () => {
    const status = isConnected ? ok : addon.connect(settle);
    isConnected = status === ok;
    return status;
  };
}
