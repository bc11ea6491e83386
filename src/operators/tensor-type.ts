// Types of operands, dtype and shape without elements: what comes out of an operator, before it runs.
import { checkDType, type DType } from '../base/dtype.ts';
import { readOptions } from '../base/options.ts';
import { checkShape, type Shape } from '../base/shape.ts';
import { checkSameType } from '../tensor/run.ts';
import { isTensor } from '../tensor/state.ts';
import { type OperatorSchema, type OperatorType, readOperands } from './schema.ts';

/** What a tensor's elements are and how many there are; a Tensor is one. */
export interface TensorType<D extends DType = DType, S extends Shape = Shape> {
  /** What each element is. */
  readonly dtype: D;
  /** Extents, outermost first. */
  readonly shape: S;
}

/** The type of each output. @throws as `inferTypes` of an operator */
export function inferTypes(
  type: OperatorType,
  schema: OperatorSchema,
  inputs: unknown,
): readonly TensorType[] {
  const operands = readOperands(type, 'inputs', schema.inputs, inputs);
  const types = operands.map(({ label, value }) => readType(label, value));
  const x = types[0]!;
  for (const [i, { label }] of operands.entries()) checkSameType(label, types[i]!, x);
  return Object.freeze(schema.outputs.map(() => x));
}

function readType(name: string, value: unknown): TensorType {
  const read = isTensor(value) ? value : readOptions(value, ['dtype', 'shape'], name);
  const dtype = checkDType(read.dtype, `${name}.dtype`);
  return Object.freeze({ dtype, shape: checkShape(read.shape, `${name}.shape`) });
}
