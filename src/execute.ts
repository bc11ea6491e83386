// One operation on what callers pass: looks at typed arrays or tensors, makes memory for results that have
// none, and runs a backend. Memory is looked at last, and nothing is written before every check has passed.
import { backendOf, type Device, hostDevice } from './device.ts';
import { allocateHost, checkDType, type DType, type HostArray, isHalf } from './dtype.ts';
import { mishError } from './errors.ts';
import { type HostOperand, hostOperand } from './host-array.ts';
import { type Op, type OperandNames, ops } from './ops.ts';
import { checkPrecision } from './options.ts';
import { isTensor, makeTensor, useTensor } from './tensor.ts';
import { checkAlike, checkDevice, runOnCores } from './tensor-core.ts';

/** What every operation's options may say, read but not yet checked, except that the device is there. */
interface Call {
  readonly dtype: unknown;
  readonly device: Device | undefined;
  readonly precision: unknown;
}

type Values = readonly unknown[];

/** @internal Runs an operation on typed arrays or tensors; the results, in the order of its outputs. */
export function execute(op: Op, inputs: Values, outs: Values, call: Call): Values {
  if (isTensor(inputs[0])) return executeOnTensors(op, inputs, outs, call);
  return ranUnseen(op, inputs, outs, call) ? outs : executeOnArrays(op, inputs, outs, call);
}

/**
 * Whether a backend that looks at arrays itself has run the call, which takes half as long as looking at
 * them here and again there. What it does not take is looked at here, which says what is wrong with it.
 */
function ranUnseen(op: Op, inputs: Values, outs: Values, call: Call): boolean {
  const { precision, dtype, device } = call;
  if (dtype !== undefined || outs[0] === undefined) return false;
  if (precision !== undefined && precision !== 'exact' && precision !== 'fast') return false;
  const backend = backendOf(device ?? hostDevice());
  return backend.tryRun?.(op, inputs, outs, precision ?? 'exact') ?? false;
}

/** @internal The same on tensors only; errors call the operands by those names. */
export function executeOnTensors(
  op: Op,
  inputs: Values,
  outs: Values,
  call: Call,
  names: OperandNames = ops[op],
): Values {
  const cores = inputs.map((input, i) => useTensor(names.inputs[i]!, input));
  const x = cores[0]!;
  if (call.dtype !== undefined && checkDType(call.dtype) !== x.dtype) {
    throw dtypeError(x.dtype, call.dtype);
  }
  const precision = checkPrecision(call.precision, x.dtype);
  if (call.device) checkDevice('device', call.device, x);
  const targets = outs.map((out, i) =>
    out === undefined ? undefined : useTensor(names.outputs[i]!, out),
  );
  for (const [i, core] of cores.entries()) checkAlike(names.inputs[i]!, core, x);
  for (const [i, core] of targets.entries()) if (core) checkAlike(names.outputs[i]!, core, x);
  return runOnCores(op, cores, targets, precision).map((parts, i) =>
    parts ? makeTensor(parts) : outs[i],
  );
}

/** Without views or growing arrays: each takes a good part of what a call of one element may. */
function executeOnArrays(op: Op, inputs: Values, outs: Values, call: Call): Values {
  const names = ops[op];
  const dtype = call.dtype === undefined ? undefined : checkDType(call.dtype);
  const bits = dtype && isHalf(dtype) ? dtype : undefined;
  const backend = backendOf(call.device ?? hostDevice());
  const x = hostOperand(names.inputs[0]!, inputs[0], bits);
  const operands = [x];
  for (let i = 1; i < inputs.length; i++) {
    operands.push(hostOperand(names.inputs[i]!, inputs[i], bits));
  }
  if (dtype !== undefined && dtype !== x.dtype) throw dtypeError(x.dtype, dtype);
  const precision = checkPrecision(call.precision, x.dtype);
  const target = (i: number) =>
    outs[i] === undefined ? undefined : hostOperand(names.outputs[i]!, outs[i], bits);
  const targets = outs.length === 1 ? [target(0)] : [target(0), target(1)];
  const sources = [x.array];
  for (let i = 1; i < operands.length; i++) {
    sources.push(checkSame(names.inputs[i]!, operands[i]!, x));
  }
  for (let i = 0; i < targets.length; i++) {
    if (targets[i]) checkSame(names.outputs[i]!, targets[i]!, x);
  }
  const result = (i: number) => targets[i]?.array ?? allocateHost(x.dtype, x.length);
  const results = targets.length === 1 ? [result(0)] : [result(0), result(1)];
  backend.run(op, x.dtype, sources, results, precision);
  const returned = (i: number) => outs[i] ?? resultOf(x, results[i]!);
  return results.length === 1 ? [returned(0)] : [returned(0), returned(1)];
}

function dtypeError(expected: DType, got: unknown) {
  const message = `dtype: expected '${expected}', which x holds; got '${got}'. Leave it out.`;
  return mishError('ERR_MISH_DTYPE', message);
}

/** The operand's array. @throws ERR_MISH_DTYPE or ERR_MISH_LENGTH unless it has x's kind and length */
function checkSame(name: string, operand: HostOperand, x: HostOperand): HostArray {
  if (operand.kind !== x.kind) {
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected a ${x.kind}, as x is; got a ${operand.kind}. Convert one with ${x.kind}.from().`,
    );
  }
  if (operand.length !== x.length) {
    throw mishError(
      'ERR_MISH_LENGTH',
      `${name}: expected ${x.length} elements, as x has; got ${operand.length}. Pass arrays of one length, or subarrays.`,
    );
  }
  return operand.array;
}

/** The new array in the kind that x has: a Float16Array's elements are computed as bits. */
function resultOf(x: HostOperand, view: HostArray): unknown {
  if (x.kind !== 'Float16Array') return view;
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (buffer: ArrayBufferLike) => unknown;
  };
  return new Float16Array(view.buffer);
}
