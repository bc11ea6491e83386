// The cost of an operator by inferCost, for inputs that are all alike.
import type { DType } from 'node-mish';
import { getOperator, type OperatorCost, type OperatorType } from 'node-mish/operators';

/** The cost of a run on inputs that are all of that dtype and shape. */
export function costOf(type: OperatorType, dtype: DType, shape: readonly number[]): OperatorCost {
  const operator = getOperator(type);
  return operator.inferCost(new Array(operator.schema.numInputs.max).fill({ dtype, shape }));
}
