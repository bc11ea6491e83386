// The operators: frozen objects that say what they take, give and cost, and run.

import { suggestion } from '../base/did-you-mean.ts';
import type { DType } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import type { Op } from '../base/ops.ts';
import type { Shape } from '../base/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { costOf, type OperatorCost } from './cost.ts';
import { type OperatorCall, runOperator } from './run.ts';
import { freezeDeep, makeSchema, type OperatorSchema, type OperatorType } from './schema.ts';
import { inferTypes, type TensorType } from './tensor-type.ts';

/** What an operator is called in ONNX models. */
export interface OnnxInfo {
  /** Its op_type. */
  readonly name: string;
  /** '' is ONNX's own, ai.onnx. */
  readonly domain: string;
  /** Opsets in which it appeared or changed, ascending. */
  readonly sinceOpsets: readonly number[];
  /** What changed, and whether results do. */
  readonly doc: string;
}

/** What all operators have; {@link operators} has each with its own types. */
export interface Operator {
  /** What definitions call it. */
  readonly type: OperatorType;
  /** What it takes and gives, as frozen data. */
  readonly schema: OperatorSchema;
  /** What ONNX calls it, where it has it. */
  readonly onnx?: OnnxInfo;
  /**
   * The type of each output, from the types of the inputs, which must all be alike.
   * @throws ERR_MISH_OPERATOR for another number of inputs; ERR_MISH_ARGUMENT, ERR_MISH_DTYPE,
   *   ERR_MISH_SHAPE or ERR_MISH_LENGTH for one that is no type, or not that of the first
   */
  inferTypes(inputs: readonly TensorType[]): readonly TensorType[];
  /**
   * What a run on inputs of those types costs. Nothing for no elements.
   * @throws as {@link Operator.inferTypes}; ERR_MISH_LENGTH when a figure would pass 2^53 - 1
   */
  inferCost(inputs: readonly TensorType[]): OperatorCost;
  /**
   * Computes where the tensors are, at once; the results, in the schema's order. Nothing is written before all checks
   * have passed.
   * @throws ERR_MISH_OPERATOR for another number of inputs or outputs; ERR_MISH_DEVICE_MISMATCH for
   *   two devices, one of them perhaps `device`; otherwise as {@link mish} of Tensors
   */
  run(call: OperatorCall): readonly Tensor[];
}

/** A Tensor of the same dtype and shape as X. */
type Alike<D extends DType, S extends Shape> = Tensor<NoInfer<D>, NoInfer<S>>;
/** A type of the same dtype and shape as that of X. */
type AlikeType<D extends DType, S extends Shape> = TensorType<NoInfer<D>, NoInfer<S>>;
/** A Tensor like X to write to, or none: then it is made. */
type MaybeAlike<D extends DType, S extends Shape> = Alike<D, S> | undefined;

/** {@link Mish}: [X] -> [Y]. Its members are those of {@link Operator}, with its own types. */
export interface MishOperator extends Operator {
  /** What definitions call it. */
  readonly type: 'Mish';
  /** ONNX has it as Mish, since opset 18. */
  readonly onnx: OnnxInfo;
  /** The type of Y, which is that of X. @throws as {@link Operator.inferTypes} */
  inferTypes<D extends DType, const S extends Shape>(
    inputs: readonly [X: TensorType<D, S>],
  ): readonly [Y: TensorType<D, S>];
  /** What a run on an X of that type costs. @throws as {@link Operator.inferCost} */
  inferCost(inputs: readonly [X: TensorType]): OperatorCost;
  /** Computes Y; as {@link mish} of a Tensor. @throws as {@link Operator.run} */
  run<D extends DType, S extends Shape>(
    call: OperatorCall<readonly [X: Tensor<D, S>], readonly [Y: MaybeAlike<D, S>]>,
  ): readonly [Y: Tensor<D, S>];
}

/**
 * {@link MishGradient}: [X, Y, dY] or [X, dY] -> [dX]. Its members are those of {@link Operator}, with its own types.
 */
export interface MishGradientOperator extends Operator {
  /** What definitions call it. */
  readonly type: 'MishGradient';
  /** The type of dX, which is that of X and of all inputs. @throws as {@link Operator.inferTypes} */
  inferTypes<D extends DType, const S extends Shape>(
    inputs:
      | readonly [X: TensorType<D, S>, Y: AlikeType<D, S>, dY: AlikeType<D, S>]
      | readonly [X: TensorType<D, S>, dY: AlikeType<D, S>],
  ): readonly [dX: TensorType<D, S>];
  /** What a run costs: the same with Y and without it, which is never read. @throws as {@link Operator.inferCost} */
  inferCost(
    inputs:
      | readonly [X: TensorType, Y: TensorType, dY: TensorType]
      | readonly [X: TensorType, dY: TensorType],
  ): OperatorCost;
  /** Computes dX; as {@link mishBackward} of Tensors. @throws as {@link Operator.run} */
  run<D extends DType, S extends Shape>(
    call: OperatorCall<
      | readonly [X: Tensor<D, S>, Y: Alike<D, S>, dY: Alike<D, S>]
      | readonly [X: Tensor<D, S>, dY: Alike<D, S>],
      readonly [dX: MaybeAlike<D, S>]
    >,
  ): readonly [dX: Tensor<D, S>];
}

/**
 * {@link MishDoubleBackward}: [X, dY, ddX] -> [gradX, gradDY]. Its members are those of {@link Operator}, with its own
 * types.
 */
export interface MishDoubleBackwardOperator extends Operator {
  /** What definitions call it. */
  readonly type: 'MishDoubleBackward';
  /** The types of gradX and gradDY, which are that of X and of all inputs. @throws as {@link Operator.inferTypes} */
  inferTypes<D extends DType, const S extends Shape>(
    inputs: readonly [X: TensorType<D, S>, dY: AlikeType<D, S>, ddX: AlikeType<D, S>],
  ): readonly [gradX: TensorType<D, S>, gradDY: TensorType<D, S>];
  /** What a run costs. @throws as {@link Operator.inferCost} */
  inferCost(inputs: readonly [X: TensorType, dY: TensorType, ddX: TensorType]): OperatorCost;
  /** Computes gradX and gradDY; as {@link mishDoubleBackward} of Tensors. @throws as {@link Operator.run} */
  run<D extends DType, S extends Shape>(
    call: OperatorCall<
      readonly [X: Tensor<D, S>, dY: Alike<D, S>, ddX: Alike<D, S>],
      readonly [gradX: MaybeAlike<D, S>, gradDY: MaybeAlike<D, S>]
    >,
  ): readonly [gradX: Tensor<D, S>, gradDY: Tensor<D, S>];
}

function makeOperator(
  type: OperatorType,
  op: Op,
  schema: OperatorSchema,
  more?: { readonly onnx: OnnxInfo },
): Operator {
  return Object.freeze<Operator>({
    type,
    schema,
    ...more,
    inferTypes: (inputs) => inferTypes(type, schema, inputs),
    inferCost: (inputs) => costOf(type, schema, inferTypes(type, schema, inputs)[0]!),
    run: (call) => runOperator(type, op, schema, call),
  });
}

const x = { name: 'X', doc: 'What Mish was applied to.' };
const dy = { name: 'dY', doc: 'The gradient of Y.' };

const onnx: OnnxInfo = freezeDeep({
  name: 'Mish',
  domain: '',
  sinceOpsets: [18, 22],
  doc: 'Opset 18 has it in float16, float and double; opset 22 adds bfloat16 and changes nothing else.',
});

/** Y = f(X), f(x) = x tanh(softplus(x)), elementwise. ONNX has it as Mish, since opset 18. */
export const Mish: MishOperator = makeOperator(
  'Mish',
  'forward',
  makeSchema(
    'Y = X tanh(softplus(X)), elementwise.',
    [{ name: 'X', doc: 'Of any shape.' }],
    [{ name: 'Y', doc: 'Of the dtype and shape of X.' }],
  ),
  { onnx },
) as MishOperator;

/** dX = dY f'(X), elementwise. Y is what Caffe2 gave this operator too; it is never read. */
export const MishGradient: MishGradientOperator = makeOperator(
  'MishGradient',
  'backward',
  makeSchema(
    "dX = dY f'(X), elementwise, f being Mish.",
    [x, { name: 'Y', doc: 'What Mish gave, as in Caffe2; never read.', optional: true }, dy],
    [{ name: 'dX', doc: 'The gradient of X.' }],
  ),
) as MishGradientOperator;

/** The gradient of MishGradient: of X, gradX = ddX dY f''(X); and of dY, gradDY = ddX f'(X); in one pass. */
export const MishDoubleBackward: MishDoubleBackwardOperator = makeOperator(
  'MishDoubleBackward',
  'doubleBackward',
  makeSchema(
    "gradX = ddX dY f''(X) and gradDY = ddX f'(X), elementwise, f being Mish.",
    [x, dy, { name: 'ddX', doc: 'The gradient of dX, which MishGradient gave.' }],
    [
      { name: 'gradX', doc: 'The gradient of X, through dX alone.' },
      { name: 'gradDY', doc: 'The gradient of dY.' },
    ],
  ),
) as MishDoubleBackwardOperator;

/** Each operator by its type. */
export type OperatorMap = {
  /** f, forward. */
  readonly Mish: MishOperator;
  /** The gradient of Mish. */
  readonly MishGradient: MishGradientOperator;
  /** The gradient of MishGradient. */
  readonly MishDoubleBackward: MishDoubleBackwardOperator;
};

/** All operators, by type; frozen. */
export const operators: OperatorMap = Object.freeze({ Mish, MishGradient, MishDoubleBackward });

/**
 * The operator that definitions name by a type.
 * @param type - 'Mish', 'MishGradient' or 'MishDoubleBackward'
 * @returns the operator, the same object as in {@link operators}
 * @throws ERR_MISH_OPERATOR for a type not known
 */
export function getOperator(type: string): Operator {
  return operatorOf('type', type);
}

/** What else the operators are called. */
const otherNames: Readonly<Record<string, OperatorType>> = {
  mishgrad: 'MishGradient',
  mishbackward: 'MishGradient',
  mishgradgrad: 'MishDoubleBackward',
};

/** @internal The operator whose type the argument `name` carries. */
export function operatorOf(name: string, type: unknown): Operator {
  if (typeof type === 'string' && Object.hasOwn(operators, type)) {
    return operators[type as OperatorType];
  }
  const types = Object.keys(operators);
  const known = types.map((each) => `'${each}'`);
  throw mishError(
    'ERR_MISH_OPERATOR',
    `${name}: expected ${known.join(', ')}; got ${describe(type)}. ${suggestion(type, types, otherNames).trimStart() || "Other operators are the runtime's own."}`,
  );
}
