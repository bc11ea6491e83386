// The rule for operands that share memory, and the error for those that must not: one rule and one wording,
// whichever backend finds it.
import type { HostArray } from '../base/dtype.ts';
import { type MishError, mishError } from '../base/errors.ts';
import { byteRange, rangesOverlap, typedArrayBuffer } from '../base/intrinsics.ts';
import { type Op, ops } from '../base/ops.ts';

const messages = {
  overlap:
    'out: expected memory that is exactly an input (in place), or apart from every input and other output; it shares memory otherwise. Pass the whole input, or another array.',
  inputIsOutput:
    'out: with accumulate its old contents are read too, so it may not share memory with an input. Pass another array.',
};

export function overlapError(kind: keyof typeof messages): MishError {
  return mishError('ERR_MISH_OVERLAP', messages[kind]);
}

/** What two operands of one length share of their memory. */
export type Sharing = 'none' | 'part' | 'all';

/**
 * @throws ERR_MISH_OVERLAP unless each output is apart from all operands, or an input itself. By index: no
 *   iterator of arrays that a program has replaced gets to see the operands
 */
export function checkOverlap<S>(
  op: Op,
  inputs: readonly S[],
  outputs: readonly S[],
  sharing: (a: S, b: S) => Sharing,
): void {
  const { readsOutput } = ops[op];
  if (outputs.length > 1 && sharing(outputs[0]!, outputs[1]!) !== 'none') {
    throw overlapError('overlap');
  }
  for (let o = 0; o < outputs.length; o++) {
    for (let i = 0; i < inputs.length; i++) {
      const shared = sharing(outputs[o]!, inputs[i]!);
      if (shared === 'none') continue;
      if (readsOutput) throw overlapError('inputIsOutput');
      if (shared === 'part') throw overlapError('overlap');
    }
  }
}

/** What two arrays of one length, and elements of so many bytes, share of their memory. */
export function hostSharing(a: HostArray, b: HostArray, bytes: number): Sharing {
  if (typedArrayBuffer(a) !== typedArrayBuffer(b)) return 'none'; // mostly, and 20 ns sooner
  const ofA = byteRange(a, bytes);
  const ofB = byteRange(b, bytes);
  if (!rangesOverlap(ofA, ofB)) return 'none';
  return ofA.begin === ofB.begin ? 'all' : 'part';
}

/** {@link checkOverlap} of arrays with elements of so many bytes. @throws as that */
export function checkHostOverlap(
  op: Op,
  bytes: number,
  inputs: readonly HostArray[],
  outputs: readonly HostArray[],
): void {
  checkOverlap(op, inputs, outputs, (a, b) => hostSharing(a, b, bytes));
}
