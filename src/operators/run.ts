// Runs an operator on tensors: reads the call, matches operands with the schema, and leaves the checks and
// the computation to the functional API. What is never read is checked as strictly as the rest.

import { dtypes } from '../base/dtype.ts';
import { isMishError, mishError } from '../base/errors.ts';
import { byteRange, rangesOverlap } from '../base/intrinsics.ts';
import type { Op } from '../base/ops.ts';
import { readOptions } from '../base/options.ts';
import { type OpOptions, resolveDevice } from '../device/device.ts';
import { checkAlike, runOnTensors } from '../tensor/run.ts';
import { isTensor, type TensorState, useTensor } from '../tensor/state.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Operand, type OperatorSchema, type OperatorType, readOperands } from './schema.ts';

/** What an operator runs on, and how. */
export interface OperatorCall<
  I extends readonly Tensor[] = readonly Tensor[],
  O extends readonly (Tensor | undefined)[] = readonly (Tensor | undefined)[],
> extends OpOptions {
  /** In the schema's order, all on one device. */
  readonly inputs: I;
  /** Where results go, in the schema's order, each as {@link Out.out}; what is undefined, or all, is made. */
  readonly outputs?: O;
}

/** Results in the schema's order: the tensors of `outputs`, and new ones where there was none. */
export function runOperator(
  type: OperatorType,
  op: Op,
  schema: OperatorSchema,
  call: unknown,
): readonly Tensor[] {
  const read = readOptions(call, ['inputs', 'outputs', 'device', 'precision'], 'call');
  // All that may run the caller's code comes first; the tensors are looked at after it.
  const device = read.device === undefined ? undefined : resolveDevice('device', read.device);
  const inputs = readOperands(type, 'inputs', schema.inputs, read.inputs);
  const given = read.outputs === undefined ? schema.outputs.map(() => undefined) : read.outputs;
  const outputs = readOperands(type, 'outputs', schema.outputs, given);

  const used = inputs.filter((input) => !input.schema.optional);
  for (const input of inputs) {
    if (input.schema.optional) checkUnread(input, used[0]!, outputs);
  }
  const names = { inputs: used.map(labelOf), outputs: outputs.map(labelOf) };
  const options = { dtype: undefined, device, precision: read.precision };
  try {
    const targets = outputs.map(tensorOf);
    return runOnTensors(op, used.map(tensorOf), targets, options, names) as Tensor[];
  } catch (error) {
    if (!isMishError(error) || error.code !== 'ERR_MISH_OVERLAP') throw error;
    const what = error.message.replace(/^out: /, ''); // what backends call all outputs
    throw mishError(error.code, `outputs: ${what}`, { cause: error });
  }
}

const labelOf = ({ label }: Operand) => label;
const tensorOf = ({ value }: Operand) => value;

/** Checks an input that no kernel gets to see: like x, and apart from all outputs. */
function checkUnread(input: Operand, x: Operand, outputs: readonly Operand[]): void {
  const first = useTensor(x.label, x.value);
  const unread = useTensor(input.label, input.value);
  checkAlike(input.label, unread, first);
  for (const { label, value } of outputs) {
    if (!isTensor(value) || !shareMemory(useTensor(label, value), unread)) continue;
    throw mishError(
      'ERR_MISH_OVERLAP',
      `${label}: expected memory apart from ${input.label}; got some that both use. Leave ${input.schema.name} out of the inputs: it is never read.`,
    );
  }
}

/** Tensors of one dtype. Two allocations share memory where they wrap arrays, which are on the host. */
function shareMemory(a: TensorState, b: TensorState): boolean {
  if (a.hold.allocation === b.hold.allocation) {
    return a.begin < b.begin + b.size && b.begin < a.begin + a.size;
  }
  const [ofA, ofB] = [a, b].map(({ backend, storage, dtype }) => {
    const view = backend.hostView(storage);
    return view && byteRange(view, dtypes[dtype].bytes);
  });
  return ofA !== undefined && ofB !== undefined && rangesOverlap(ofA, ofB);
}
