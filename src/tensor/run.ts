// Runs one operation on tensors: checks the operands, allocates missing results, calls the backend.
import { checkDType, type DType } from '../base/dtype.ts';
import { type MishError, mishError } from '../base/errors.ts';
import { threeAtMost } from '../base/intrinsics.ts';
import { type Op, type OperandNames, ops } from '../base/ops.ts';
import { checkPrecision, type Precision, readOptions } from '../base/options.ts';
import { formatShape, type Shape, sameShape, sizeOf } from '../base/shape.ts';
import { storageOf } from '../device/allocation.ts';
import { type Device, resolveDevice } from '../device/device.ts';
import { freeParts, partsLike } from './create.ts';
import { checkUsable, newTensor, type TensorParts, type TensorState, useTensor } from './state.ts';

/** What a call's options say, read but not yet checked, except that the device is there. */
export interface RunOptions {
  readonly dtype: unknown;
  readonly device: Device | undefined;
  readonly precision: unknown;
}

type Values = readonly unknown[];

const noOptions: RunOptions = { dtype: undefined, device: undefined, precision: undefined };

/** The options of a tensor's own method, read before the tensor is looked at. */
export function readRunOptions(options: unknown): RunOptions {
  if (options === undefined) return noOptions;
  const { device, precision } = readOptions(options, ['device', 'precision']);
  const named = device === undefined ? undefined : resolveDevice('device', device);
  return { dtype: undefined, device: named, precision };
}

/** The dtype and shape of an operand, on any device. */
type ElementsType = Pick<TensorState, 'dtype' | 'shape'>;

/** @throws ERR_MISH_DTYPE, ERR_MISH_SHAPE or ERR_MISH_DEVICE_MISMATCH unless `state` is like `x` */
export function checkAlike(name: string, state: TensorState, x: TensorState): void {
  checkSameType(name, state, x);
  checkDevice(name, state.device, x);
}

/** @throws ERR_MISH_DTYPE or ERR_MISH_SHAPE unless both have one dtype and shape */
export function checkSameType(name: string, state: ElementsType, x: ElementsType): void {
  if (state.dtype !== x.dtype) {
    throw mishError(
      'ERR_MISH_DTYPE',
      `${name}: expected dtype ${x.dtype}, as x has; got ${state.dtype}. Use cast('${x.dtype}').`,
    );
  }
  if (!sameShape(state.shape, x.shape)) {
    throw mishError(
      'ERR_MISH_SHAPE',
      `${name}: expected shape ${formatShape(x.shape)}, as x has; got ${formatShape(state.shape)}. ${shapeRemedy(name, state.shape, x.shape)}.`,
    );
  }
}

/** reshape() is a remedy only where the elements are as many and in the same order. */
function shapeRemedy(name: string, got: Shape, expected: Shape): string {
  const [size, wanted] = [sizeOf(got), sizeOf(expected)];
  if (size !== wanted)
    return `It has ${size} elements, x has ${wanted}: pass the ${name} of this x`;
  const extents = (shape: Shape) => shape.filter((extent) => extent !== 1);
  if (sameShape(extents(got), extents(expected))) return `Use ${name}.reshape(x.shape)`;
  const isPermuted = sameShape([...got].sort(), [...expected].sort());
  return isPermuted
    ? 'Its axes are in another order: transpose its values, as reshape() would leave them where they are'
    : `If its elements are in the order of x's, use ${name}.reshape(x.shape)`;
}

/** @throws ERR_MISH_DEVICE_MISMATCH unless `device` is where `x` lives */
export function checkDevice(name: string, device: Device, x: TensorState): void {
  if (device.id === x.device.id) return;
  throw mishError(
    'ERR_MISH_DEVICE_MISMATCH',
    `${name}: expected device ${x.device.id}, where x lives; got ${device.id}. Move one with to().`,
  );
}

/** Tensors that may be the operands of one operation. */
export interface CheckedTensors {
  readonly states: readonly TensorState[];
  /** Undefined where there is no tensor to write to. */
  readonly targets: readonly (TensorState | undefined)[];
  readonly precision: Precision;
}

/** Looks at all operands of a call; `check` looks at each. */
export function checkTensors(
  inputs: Values,
  outs: Values,
  options: RunOptions,
  names: OperandNames,
  check: typeof checkUsable,
): CheckedTensors {
  const states = threeAtMost(inputs.length, (i) => useTensor(names.inputs[i]!, inputs[i], check));
  const x = states[0]!;
  if (options.dtype !== undefined && checkDType(options.dtype) !== x.dtype) {
    throw dtypeError(x.dtype, options.dtype);
  }
  const precision = checkPrecision(options.precision, x.dtype);
  if (options.device) checkDevice('device', options.device, x);
  const targets = threeAtMost(outs.length, (i) => {
    if (outs[i] === inputs[0]) return x; // in place: one look is enough
    return outs[i] === undefined ? undefined : useTensor(names.outputs[i]!, outs[i], check);
  });
  for (let i = 1; i < states.length; i++) checkAlike(names.inputs[i]!, states[i]!, x);
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] && targets[i] !== x) checkAlike(names.outputs[i]!, targets[i]!, x);
  }
  return { states, targets, precision };
}

/** The error of a `dtype` that is not that of x. */
export function dtypeError(expected: DType, got: unknown): MishError {
  const message = `dtype: expected '${expected}', which x holds; got '${got}'. Leave it out.`;
  return mishError('ERR_MISH_DTYPE', message);
}

const storagesOf = (states: readonly (TensorState | undefined)[]) =>
  threeAtMost(states.length, (i) => states[i]!.storage);

/**
 * Runs an operation on tensors; returns the results in the order of its outputs: the tensors of `outs`, and a new one
 * for each that is undefined. Errors call the operands by `names`.
 */
export function runOnTensors(
  op: Op,
  inputs: Values,
  outs: Values,
  options: RunOptions,
  names: OperandNames = ops[op],
): Values {
  const { states, targets, precision } = checkTensors(inputs, outs, options, names, checkUsable);
  const x = states[0]!;
  if (targets[0] && (targets.length === 1 || targets[1])) {
    x.backend.run(op, x.dtype, storagesOf(states), storagesOf(targets), precision);
    return outs;
  }
  const made: [TensorParts | undefined, TensorParts | undefined] = [undefined, undefined];
  try {
    const results = threeAtMost(targets.length, (i) => {
      if (targets[i]) return targets[i]!.storage;
      const parts = partsLike(x);
      made[i] = parts;
      return storageOf(parts.allocation);
    });
    x.backend.run(op, x.dtype, storagesOf(states), results, precision);
  } catch (error) {
    for (let i = 0; i < made.length; i++) if (made[i]) freeParts(made[i]!);
    throw error;
  }
  return threeAtMost(targets.length, (i) => (made[i] ? newTensor(made[i]!) : outs[i]));
}
