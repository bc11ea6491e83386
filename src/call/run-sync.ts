// One operation on what callers pass: tensors where they live, arrays by a backend that looks at them itself. TypeScript
// looks at arrays only when that backend refuses, and says what is wrong. Nothing is written before every check has
// passed.
import { allocateHost } from '../base/dtype.ts';
import type { Op } from '../base/ops.ts';
import { hostDevice } from '../device/default-device.ts';
import { arrayBackendOf } from '../device/device.ts';
import { type RunOptions, runOnTensors } from '../tensor/run.ts';
import { isTensor } from '../tensor/state.ts';
import { checkArrays, resultOf } from './check-arrays.ts';
import type { Values } from './checked.ts';

/** @internal Runs an operation on typed arrays or tensors; the results, in the order of its outputs. */
export function runSync(op: Op, inputs: Values, outs: Values, options: RunOptions): Values {
  if (isTensor(inputs[0])) return runOnTensors(op, inputs, outs, options);
  return runUnchecked(op, inputs, outs, options) ?? runChecked(op, inputs, outs, options);
}

/** The results; undefined, with nothing written, unless the backend takes the operands as they are. */
function runUnchecked(
  op: Op,
  inputs: Values,
  outs: Values,
  { precision, dtype, device }: RunOptions,
): Values | undefined {
  if (dtype !== undefined) return undefined;
  if (precision !== undefined && precision !== 'exact' && precision !== 'fast') return undefined;
  const backend = arrayBackendOf(device ?? hostDevice());
  return backend.runUnchecked(op, inputs, outs, precision ?? 'exact');
}

function runChecked(op: Op, inputs: Values, outs: Values, options: RunOptions): Values {
  const backend = arrayBackendOf(options.device ?? hostDevice());
  const { x, sources, targets, precision, finish } = checkArrays(op, inputs, outs, options);
  const result = (i: number) => targets[i] ?? allocateHost(x.dtype, x.length);
  const results = targets.length === 1 ? [result(0)] : [result(0), result(1)];
  backend.run(op, x.dtype, sources, results, precision);
  finish?.(results);
  const returned = (i: number) => outs[i] ?? resultOf(x, results[i]!);
  return results.length === 1 ? [returned(0)] : [returned(0), returned(1)];
}
