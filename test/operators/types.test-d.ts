// The types of node-mish/operators: dtype and shape flow from inputs to outputs, and wrong uses do not compile.
import { type DType, type OpOptions, type Shape, Tensor } from 'node-mish';
import {
  type GradientOptions,
  getMishGradient,
  getOperator,
  Mish,
  MishDoubleBackward,
  MishGradient,
  type OnnxInfo,
  type OperandSchema,
  type Operator,
  type OperatorCall,
  type OperatorCost,
  type OperatorDef,
  type OperatorMap,
  type OperatorSchema,
  type OperatorType,
  operators,
  type TensorType,
  validateDef,
} from 'node-mish/operators';

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const same = <A, B>(_: Mutual<A, B>): void => {};

const t = Tensor.zeros([2, 3]);
const f64 = Tensor.zeros([2, 3], { dtype: 'float64' });
const turned = Tensor.zeros([3, 2]);
type T23 = Tensor<'float32', readonly [2, 3]>;

/** Never called: only its types matter, as in the functions below. */
export function runs(): unknown[] {
  const options: OpOptions = { device: 'js', precision: 'fast' };
  const [y]: readonly [T23] = Mish.run({ inputs: [t], ...options });
  const gradients: readonly (readonly [T23])[] = [
    MishGradient.run({ inputs: [t, y, t] }),
    MishGradient.run({ inputs: [t, t], outputs: [t] }),
    MishGradient.run({ inputs: [t, t], outputs: [undefined] }),
  ];
  const [gradX, gradDY]: readonly [T23, T23] = MishDoubleBackward.run({
    ...{ inputs: [t, t, t], outputs: [undefined, t] },
  });
  const wide: readonly [Tensor<'float64', readonly [2, 3]>] = Mish.run({ inputs: [f64] });
  return [y, gradients, gradX, gradDY, wide];
}

/** Functions over any tensor keep its dtype and shape. */
export function twice<D extends DType, S extends Shape>(x: Tensor<D, S>): Tensor<D, S> {
  const [h] = Mish.run({ inputs: [x] });
  return Mish.run({ inputs: [h], outputs: [x] })[0];
}

/** A runtime knows operators by their type only. */
export function anyOperator(def: OperatorDef, inputs: readonly Tensor[]): readonly Tensor[] {
  const operator: Operator = getOperator(def.type);
  const types: readonly TensorType[] = operator.inferTypes(inputs);
  const cost: OperatorCost = operator.inferCost(types);
  const call: OperatorCall = { inputs, outputs: [inputs[0]], device: def.deviceOption ?? 'auto' };
  return cost.flops + cost.bytesRead + cost.bytesWritten > 0 ? operator.run(call) : [];
}

export function inference(): unknown[] {
  const type = { dtype: 'float16', shape: [2, 3] } as const;
  const [y] = Mish.inferTypes([type]);
  same<typeof y, TensorType<'float16', readonly [2, 3]>>(true);
  const [dx] = MishGradient.inferTypes([t, t]);
  same<typeof dx, TensorType<'float32', readonly [2, 3]>>(true);
  const pair = MishDoubleBackward.inferTypes([type, type, type]);
  same<(typeof pair)['length'], 2>(true);
  return [MishGradient.inferCost([type, type, type]), MishGradient.inferCost([t, t])];
}

export function definitions(json: unknown): unknown[] {
  const def: OperatorDef = validateDef(json);
  const options: GradientOptions = { gradients: { Y: 'dY' } };
  const gradient: OperatorDef = getMishGradient(def, options);
  const map: OperatorMap = operators;
  const schemas: OperatorSchema[] = Object.values(map).map(({ schema }) => schema);
  const operands: OperandSchema[] = schemas.flatMap(({ inputs, outputs }) => [
    ...inputs,
    ...outputs,
  ]);
  const onnx: OnnxInfo = Mish.onnx;
  const maybe: OnnxInfo | undefined = getOperator('MishGradient').onnx;
  same<OperatorType, keyof OperatorMap>(true);
  same<(typeof operators)['MishGradient']['type'], 'MishGradient'>(true);
  return [gradient, operands, onnx, maybe];
}

export function wrong(): void {
  // @ts-expect-error two inputs of one
  Mish.run({ inputs: [t, t] });
  // @ts-expect-error no inputs
  Mish.run({});
  // @ts-expect-error arrays are no Tensors
  Mish.run({ inputs: [new Float32Array(2)] });
  // @ts-expect-error an unknown option
  Mish.run({ inputs: [t], out: t });
  // @ts-expect-error two dtypes
  MishGradient.run({ inputs: [t, f64] });
  // @ts-expect-error two dtypes, one of Y
  MishGradient.run({ inputs: [t, f64, t] });
  // @ts-expect-error two shapes
  MishGradient.run({ inputs: [t, turned] });
  // @ts-expect-error an output of another shape
  Mish.run({ inputs: [t], outputs: [turned] });
  // @ts-expect-error an output of another dtype
  MishDoubleBackward.run({ inputs: [t, t, t], outputs: [t, f64] });
  // @ts-expect-error one output of two
  MishDoubleBackward.run({ inputs: [t, t, t], outputs: [t] });
  // @ts-expect-error an unknown dtype
  Mish.inferTypes([{ dtype: 'int8', shape: [2] }]);
  // @ts-expect-error two types of one
  Mish.inferTypes([t, t]);
  // @ts-expect-error two types
  MishGradient.inferTypes([t, f64]);
  // @ts-expect-error an unknown type
  getMishGradient({ type: 'Relu', inputs: ['X'], outputs: ['Y'] });
  // @ts-expect-error an unknown property
  getMishGradient({ type: 'Mish', inputs: ['X'], outputs: ['Y'], arg: [] });
  // @ts-expect-error frozen
  operators.Mish = Mish;
  // @ts-expect-error frozen
  Mish.schema.inputs.push({ name: 'Z', doc: '' });
  // @ts-expect-error not in ONNX
  void MishGradient.onnx.name;
}
