// The addon's numbers for operations, dtypes and statuses, by name; and the errors of its statuses.

import { type DType, dtypeNames } from '../../base/dtype.ts';
import { type MishError, mishError } from '../../base/errors.ts';
import { type Op, opNames } from '../../base/ops.ts';
import type { Precision } from '../../base/options.ts';
import { overlapError } from '../overlap.ts';
import type { Addon } from './addon.ts';

/** float32 in precision 'fast', which is a dtype of its own to the addon. */
const fastName = 'float32Fast';

/** What the addon must know, and does not. */
export function missingNames(addon: Addon): string[] {
  const missing = (names: readonly string[], has: readonly string[]) =>
    names.filter((name) => !has.includes(name));
  return [...missing(opNames, addon.ops), ...missing([...dtypeNames, fastName], addon.dtypes)];
}

/** The addon's numbers, by name. */
export interface Codes {
  readonly op: Readonly<Record<Op, number>>;
  readonly formatOf: (dtype: DType, precision: Precision) => number;
  /** Of a call that did what it was to do, if that was anything. */
  readonly ok: number;
  readonly empty: number;
  /** Of what was ended early. */
  readonly aborted: number;
}

export function codesOf(addon: Addon): Codes {
  const codes = <Name extends string>(names: readonly Name[], order: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, order.indexOf(name)])) as Record<Name, number>;
  const dtypeIndex = codes(dtypeNames, addon.dtypes);
  const fastIndex = addon.dtypes.indexOf(fastName);
  return {
    op: codes(opNames, addon.ops),
    formatOf: (dtype, precision) => (precision === 'fast' ? fastIndex : dtypeIndex[dtype]),
    ok: addon.statuses.indexOf('ok'),
    empty: addon.statuses.indexOf('empty'),
    aborted: addon.statuses.indexOf('aborted'),
  };
}

export function statusError(status: string | undefined, op: Op | 'copy', dtype: DType): MishError {
  switch (status) {
    case 'overlap':
    case 'inputIsOutput':
      return overlapError(status);
    case 'length':
      return mishError('ERR_MISH_LENGTH', `${op}: expected operands of one length; got several.`);
    case 'memory':
      return mishError('ERR_MISH_OOM', `no memory to submit ${op}. Await calls before the next.`);
    default: {
      const got = 'got other operands. This is a bug in node-mish: please report it';
      return mishError('ERR_MISH_ARGUMENT', `${op}: expected operands of ${dtype}; ${got}.`);
    }
  }
}
