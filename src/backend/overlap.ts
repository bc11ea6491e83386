// What host backends say about operands that share memory: one wording, whichever backend found it.
import { type MishError, mishError } from '../errors.ts';

const messages = {
  overlap:
    'out: expected memory that is exactly an input (in place), or apart from every input and other output; it partly overlaps one. Pass the whole input, or another array.',
  inputIsOutput:
    'out: with accumulate its old contents are read too, so it may not share memory with an input. Pass another array.',
};

export function overlapError(kind: keyof typeof messages): MishError {
  return mishError('ERR_MISH_OVERLAP', messages[kind]);
}
