// A user's TypeScript: the types of all entry points are found, and are not `any`.
import { backend, type DType, mish, Tensor } from 'node-mish';
import { getMishGradient, type OperatorDef } from 'node-mish/operators';
import { install, type TensorFlow } from 'node-mish/tfjs';

declare const tf: TensorFlow;
export const isActivation: boolean = install(tf).activation;
export const dtype: DType = 'float32';
export const y: Float32Array = mish(new Float32Array(1));
export const t: Tensor<'float16', readonly [2]> = mish(Tensor.zeros([2], { dtype: 'float16' }));
export const gradient: OperatorDef = getMishGradient({
  type: 'Mish',
  inputs: ['X'],
  outputs: ['Y'],
});
export const isa: string | undefined = backend.isa;
// @ts-expect-error a string is no operand
mish('x');
// @ts-expect-error no such type of operator's definition
getMishGradient({ type: 1 });
// @ts-expect-error not TensorFlow.js
install({});
