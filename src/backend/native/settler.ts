// Settles what the addon has done off the event loop: jobs of its pool, and what was asked of its devices.
import { nextTurn } from '../event-loop.ts';
import type { Addon } from './addon.ts';
import type { Codes } from './codes.ts';

/**
 * A record that the addon keeps until its work ends. The addon reports the end once, on the thread that submitted the
 * work. A CPU job is its own record: 100,000 may be in flight, and another object for each would take 40 bytes more.
 */
export interface InFlight {
  /** Done; or false when it was aborted. */
  end(done: boolean): void;
  /** Called instead of `end` when a device fails, with the status and the CUDA driver's code. CPU jobs never fail. */
  failed?(status: number, cudaCode: number): void;
}

/** Gives `settle` to the addon, and returns a status. Called late: it opens a handle in the event loop. */
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
