// One operation on elements that come piece by piece, in place: what mishTransform and the command line
// do with every piece of a stream or file.
import type { Device, DeviceSpec } from '../device.ts';
import { type DType, type HostArray, isHalf } from '../dtype.ts';
import { describe, mishError } from '../errors.ts';
import { mish, mishBackward, mishDerivative } from '../mish.ts';
import type { Precision } from '../options.ts';

/** f, f' and f''. */
export type ElementwiseOp = 'forward' | 'derivative' | 'derivative2';

export const elementwiseOps: readonly ElementwiseOp[] = ['forward', 'derivative', 'derivative2'];

/** Overwrites x with the result. Backward takes dy too. */
export type InPlace = (x: HostArray, dy?: HostArray) => void;

export interface ElementwiseOptions {
  readonly dtype: DType;
  readonly op: ElementwiseOp | 'backward';
  readonly precision?: Precision | undefined;
  readonly device?: DeviceSpec | Device | undefined;
}

/** @throws ERR_MISH_ARGUMENT unless it is one of the three */
export function checkElementwiseOp(op: unknown): ElementwiseOp {
  if (elementwiseOps.includes(op as ElementwiseOp)) return op as ElementwiseOp;
  const expected = elementwiseOps.map((name) => `'${name}'`).join(', ');
  throw mishError('ERR_MISH_ARGUMENT', `op: expected ${expected}; got ${describe(op)}.`);
}

/** The operation, with options that were checked. */
export function elementwise({ dtype, op, precision, device }: ElementwiseOptions): InPlace {
  const options = {
    ...(isHalf(dtype) ? { dtype } : {}),
    ...(precision ? { precision } : {}),
    ...(device ? { device } : {}),
  };
  // What is in x and dy fits the dtype, which the types of the calls cannot know.
  type Elements = Float32Array;
  const call: Readonly<Record<typeof op, (x: Elements, dy: Elements) => unknown>> = {
    forward: (x) => mish(x, { ...options, out: x }),
    derivative: (x) => mishDerivative(x, { ...options, out: x }),
    derivative2: (x) => mishDerivative(x, { ...options, out: x, order: 2 }),
    backward: (x, dy) => mishBackward(x, dy, { ...options, out: x }),
  };
  return call[op] as InPlace;
}
