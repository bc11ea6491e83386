// The options of one call of an operation, read at once and before anything else happens, and which
// operation they make of it.

import { describe, mishError } from '../base/errors.ts';
import type { Op } from '../base/ops.ts';
import { checkFlag, readOptionsInto } from '../base/options.ts';
import { type Device, resolveDevice } from '../device/device.ts';

export type OptionName =
  | 'device'
  | 'precision'
  | 'dtype'
  | 'out'
  | 'order'
  | 'accumulate'
  | 'signal'
  | 'transfer';

/** What every operation on arrays takes. */
export const common: readonly OptionName[] = ['device', 'precision', 'dtype', 'out'];

/** What a call's options say, not yet checked, except that the device is there. */
export type CallOptions = Record<OptionName, unknown> & { readonly device: Device | undefined };

/** Reads a call's options; any name that is not in `allowed` is an error. */
export function readCall(options: unknown, allowed: readonly OptionName[]): CallOptions {
  // One shape for all calls: an object without a prototype, filled as it comes, takes 0.2 us more.
  const read: Record<OptionName, unknown> = {
    device: undefined,
    precision: undefined,
    dtype: undefined,
    out: undefined,
    order: undefined,
    accumulate: undefined,
    signal: undefined,
    transfer: undefined,
  };
  readOptionsInto(read, options, allowed);
  // Now: a Device's getters are the caller's, and may do anything to operands not yet looked at.
  if (read.device !== undefined) read.device = resolveDevice('device', read.device);
  return read as CallOptions;
}

/** @throws ERR_MISH_ARGUMENT unless it is 1, 2 or absent */
export function derivativeOf(order: unknown): Op {
  if (order === 2) return 'secondDerivative';
  if (order === undefined || order === 1) return 'derivative';
  throw mishError('ERR_MISH_ARGUMENT', `order: expected 1 or 2; got ${describe(order)}.`);
}

/** @throws ERR_MISH_ARGUMENT when there is nothing to add to */
export function backwardOf({ accumulate, out }: CallOptions): Op {
  if (!checkFlag('accumulate', accumulate)) return 'backward';
  if (out !== undefined) return 'backwardAccumulate';
  throw mishError(
    'ERR_MISH_ARGUMENT',
    'accumulate: expected `out`, to add to; got none. Pass an array of zeros to begin with.',
  );
}
