// What the addon computes while its caller waits, as a backend has it.

import type { Addon } from './addon.ts';
import type { Backend } from '../interface.ts';
import type { HostArray } from '../../base/dtype.ts';
import { type Indices, statusError } from './codes.ts';

type Calls = Pick<Required<Backend<HostArray>>, 'run' | 'tryRun' | 'copy'>;

export function callsOf(addon: Addon, { op: opIndex, formatOf, ok, empty }: Indices): Calls {
  const dtypeOfFirst = -1;
  const fast = formatOf('float32', 'fast');

  // By number of operands: spreading two arrays into a call takes as long as a call of one element.
  const call = (
    op: number,
    dtype: number,
    i: readonly unknown[],
    o: readonly unknown[],
  ): number => {
    if (i.length === 1) return addon.run(op, dtype, i[0], o[0]);
    if (i.length === 2) return addon.run(op, dtype, i[0], i[1], o[0]);
    return addon.run(op, dtype, i[0], i[1], i[2], o[0], o[1]);
  };

  return {
    run(op, dtype, inputs, outputs, precision) {
      const status = call(opIndex[op], formatOf(dtype, precision), inputs, outputs);
      if (status !== ok && status !== empty) throw statusError(addon.statuses[status], op, dtype);
    },
    tryRun(op, inputs, outputs, precision) {
      const format = precision === 'fast' ? fast : dtypeOfFirst;
      return call(opIndex[op], format, inputs, outputs) === ok;
    },
    copy(stores, dtype, source, target) {
      const format = formatOf(dtype, 'exact');
      const status = addon.copy(stores === 'streaming', format, source, target);
      if (status !== ok && status !== empty) {
        throw statusError(addon.statuses[status], 'copy', dtype);
      }
    },
  };
}
