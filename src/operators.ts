// node-mish/operators: Mish as operators that a graph runtime can schedule without knowing it. This file
// only says what the entry exports; the Tensor is the one of the main entry.
export type { OperatorCost } from './operators/cost.ts';
export { type OperatorDef, validateDef } from './operators/definition.ts';
export { type GradientOptions, getMishGradient } from './operators/gradient.ts';
export {
  getOperator,
  Mish,
  MishDoubleBackward,
  type MishDoubleBackwardOperator,
  MishGradient,
  type MishGradientOperator,
  type MishOperator,
  type OnnxInfo,
  type Operator,
  type OperatorMap,
  operators,
} from './operators/operator.ts';
export type { OperatorCall } from './operators/run.ts';
export type { OperandSchema, OperatorSchema, OperatorType } from './operators/schema.ts';
export type { TensorType } from './operators/tensor-type.ts';
