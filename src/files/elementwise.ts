// One operation on elements that come piece by piece, off the event loop and in place: what mishTransform
// and the command line do with every piece of a stream or file.

import { mishAsync, mishBackwardAsync, mishDerivativeAsync } from '../api/mish-async.ts';
import { suggestion } from '../base/did-you-mean.ts';
import { type DType, type HostArray, isHalf } from '../base/dtype.ts';
import { describe, mishError } from '../base/errors.ts';
import type { Precision } from '../base/options.ts';
import type { Device, DeviceSpec } from '../device/device.ts';

/** 'forward' is f, 'derivative' f' and 'derivative2' f''. */
export type ElementwiseOp = 'forward' | 'derivative' | 'derivative2';

export const elementwiseOps: readonly ElementwiseOp[] = ['forward', 'derivative', 'derivative2'];

/** What the functions of the API and other libraries call them. */
const otherNames: Readonly<Record<string, ElementwiseOp>> = {
  mish: 'forward',
  f: 'forward',
  gradient: 'derivative',
  backward: 'derivative',
  secondderivative: 'derivative2',
  f2: 'derivative2',
};

/**
 * Takes the arrays away, each all there is in its buffer, and resolves to the result in the memory of the last.
 * Backward takes dy too.
 */
export type Compute = (x: HostArray, dy?: HostArray) => Promise<HostArray>;

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
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `op: expected ${expected}; got ${describe(op)}.${suggestion(op, elementwiseOps, otherNames)}`,
  );
}

/** The operation, with options that were checked. */
export function elementwise({ dtype, op, precision, device }: ElementwiseOptions): Compute {
  const options = {
    transfer: true,
    ...(isHalf(dtype) ? { dtype } : {}),
    ...(precision ? { precision } : {}),
    ...(device ? { device } : {}),
  };
  // What is in x and dy fits the dtype, which the types of the calls cannot know.
  type Elements = Float32Array;
  const call: Readonly<Record<typeof op, (x: Elements, dy: Elements) => Promise<unknown>>> = {
    forward: (x) => mishAsync(x, options),
    derivative: (x) => mishDerivativeAsync(x, options),
    derivative2: (x) => mishDerivativeAsync(x, { ...options, order: 2 }),
    backward: (x, dy) => mishBackwardAsync(x, dy, options),
  };
  return call[op] as Compute;
}
