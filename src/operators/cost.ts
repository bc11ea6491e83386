// The cost of an operator: operations and bytes, exact, from the type of its first input. Every figure is
// counted by a test, not estimated: operations and bytes of the native kernels by test/native/count.cc,
// bytes of the JavaScript kernels by counting each access.
import { type DType, dtypes } from '../base/dtype.ts';
import { checkSize, sizeOf } from '../base/shape.ts';
import type { OperatorSchema, OperatorType } from './schema.ts';
import type { TensorType } from './tensor-type.ts';

/** What one run costs, as exact integers; counted in the kernels, not estimated. */
export interface OperatorCost {
  /**
   * Floating-point operations of the native kernel: a sum, a product and a quotient are one, a fused
   * multiply-add two; comparisons, conversions and integer steps none.
   */
  readonly flops: number;
  /** Bytes of those inputs that are read, each once. */
  readonly bytesRead: number;
  /** Bytes of all outputs. */
  readonly bytesWritten: number;
}

const flopsPerElement: Readonly<Record<OperatorType, Readonly<Record<DType, number>>>> = {
  Mish: { float32: 31, float64: 68, float16: 22, bfloat16: 21 },
  MishGradient: { float32: 51, float64: 222, float16: 56, bfloat16: 51 },
  MishDoubleBackward: { float32: 110, float64: 445, float16: 120, bfloat16: 110 },
};

/** @throws ERR_MISH_LENGTH when a figure is no safe integer */
export function costOf(type: OperatorType, schema: OperatorSchema, x: TensorType): OperatorCost {
  const elements = sizeOf(x.shape);
  const { bytes } = dtypes[x.dtype];
  const times = (name: string, perElement: number) => checkSize(name, elements * perElement);
  return Object.freeze({
    flops: times('flops', flopsPerElement[type][x.dtype]),
    bytesRead: times('bytesRead', schema.numInputs.min * bytes),
    bytesWritten: times('bytesWritten', schema.numOutputs * bytes),
  });
}
