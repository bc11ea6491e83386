// The operands of one call that passed every check, as the checks of arrays and of bytes return them.
import type { HostOperand } from '../base/array-operand.ts';
import type { HostArray } from '../base/dtype.ts';
import { type MishError, mishError } from '../base/errors.ts';
import type { Precision } from '../base/options.ts';

/** What a caller passed as the inputs, or as the outputs, of an operation, in its order. */
export type Values = readonly unknown[];

/** Arrays that may be the operands of one operation. */
export interface CheckedArrays {
  readonly x: HostOperand;
  readonly sources: readonly HostArray[];
  /** Undefined where there is no array to write to. */
  readonly targets: readonly (HostArray | undefined)[];
  readonly precision: Precision;
  /** The inputs that are a part of a caller's memory, whatever their array here spans; none but of bytes. */
  readonly parts: readonly string[];
  /** Brings the results to where the caller wants them; undefined when they are computed there. */
  readonly finish: ((outputs: readonly HostArray[]) => void) | undefined;
}

/** The error of an output on an ArrayBuffer that is never to be written. */
export function immutableError(name: string): MishError {
  const got = 'got one on an immutable ArrayBuffer';
  const message = `${name}: expected memory that can be written; ${got}. Pass another array, or leave it out.`;
  return mishError('ERR_MISH_ARGUMENT', message);
}
