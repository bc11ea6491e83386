// The types of asynchronous calls and of tensors between workers: right uses compile, as the contract has them,
// and wrong ones do not. Never run.
import { parentPort } from 'node:worker_threads';
import type { Abortable, AsyncOptions, OpOptions, TensorToken } from 'node-mish';
import {
  mishAsync,
  mishBackwardAsync,
  mishDerivativeAsync,
  mishDoubleBackwardAsync,
  Tensor,
} from 'node-mish';

const f32 = new Float32Array(1);
const f64 = new Float64Array(1);
const u16 = new Uint16Array(1);
const t = Tensor.zeros([2, 3]);
type T23 = Tensor<'float32', readonly [2, 3]>;
const { signal } = new AbortController();

export function asyncCalls(): unknown[] {
  const options: OpOptions & AsyncOptions = { transfer: true, signal, precision: 'fast' };
  const abortable: Abortable = { signal };
  const arrays: Promise<Float32Array>[] = [
    mishAsync(f32, options),
    mishAsync(f32, { out: f32 }),
    mishDerivativeAsync(f32, { order: 2, transfer: true }),
    mishBackwardAsync(f32, f32, { out: f32, accumulate: true }),
  ];
  const bits: Promise<Uint16Array>[] = [
    mishAsync(u16, { dtype: 'float16', transfer: true }),
    mishDerivativeAsync(u16, { dtype: 'bfloat16', order: 1 }),
    mishBackwardAsync(u16, u16, { dtype: 'float16', signal }),
  ];
  const tensors: Promise<T23>[] = [
    mishAsync(t, abortable),
    mishDerivativeAsync(t, { order: 2, signal }),
    mishBackwardAsync(t, t),
  ];
  const pairs: [
    Promise<{ x: Float64Array; dy: Float64Array }>,
    Promise<{ x: Uint16Array; dy: Uint16Array }>,
    Promise<{ x: T23; dy: T23 }>,
  ] = [
    mishDoubleBackwardAsync(f64, f64, f64, { transfer: true }),
    mishDoubleBackwardAsync(u16, u16, u16, { dtype: 'bfloat16' }),
    mishDoubleBackwardAsync(t, t, t, { signal }),
  ];
  const token: TensorToken = t.release();
  const adopted: Tensor = Tensor.adopt(token);
  parentPort?.postMessage(token, token.transferList);
  return [arrays, bits, tensors, pairs, adopted];
}

export function wrongCalls(): void {
  // @ts-expect-error a number has nothing to wait for
  mishAsync(1);
  // @ts-expect-error a bare Uint16Array does not say its dtype
  mishAsync(u16);
  // @ts-expect-error dy of another dtype
  mishBackwardAsync(f32, f64);
  // @ts-expect-error no such option
  mishAsync(f32, { transfers: true });
  // @ts-expect-error transfer is a flag
  mishAsync(f32, { transfer: [f32.buffer] });
  // @ts-expect-error a Tensor is lent anyway
  mishAsync(t, { transfer: true });
  // @ts-expect-error results are new Tensors
  mishAsync(t, { out: t });
  // @ts-expect-error a controller is no signal
  mishAsync(f32, { signal: new AbortController() });
  // @ts-expect-error a promise is no array
  mishAsync(mishAsync(f32));
  // @ts-expect-error a message alone is no token
  Tensor.adopt(t.release().message);
}
