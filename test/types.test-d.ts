// The types that the contract promises, checked by tsc: right uses compile, wrong ones do not.
import { mish, mishBackward, mishDerivative, mishDoubleBackward, Tensor } from 'node-mish';

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

const f32 = new Float32Array(1);
const f64 = new Float64Array(1);
const u16 = new Uint16Array(1);
const t = Tensor.from([[1, 2]], { shape: [1, 2] });
const halves = Tensor.zeros([2], { dtype: 'bfloat16' });

/** Never called: only its types matter. */
export function typeTests(): void {
  same<ReturnType<typeof mish<Float64Array>>, Float64Array>(true);
  const y: Float32Array = mish(f32, { out: f32 });
  const n: number = mishDerivative(1, { order: 2 });
  const bits: Uint16Array = mish(u16, { dtype: 'float16' });
  const pair: { x: Float32Array; dy: Float32Array } = mishDoubleBackward(f32, f32, f32);
  same<typeof t, Tensor<'float32', readonly [1, 2]>>(true);
  const z: Tensor<'float32', readonly [1, 2]> = mish(t);
  const data: Uint16Array = halves.data;
  const cast: Tensor<'float64', readonly [2]> = halves.cast('float64');
  const wide: Tensor = t;
  void [y, n, bits, pair, z, data, cast, wide];

  // @ts-expect-error a bare Uint16Array does not say its dtype
  mish(u16);
  // @ts-expect-error no integers
  mish(new Int32Array(1));
  // @ts-expect-error dy of another dtype
  mishBackward(f32, f64);
  // @ts-expect-error out of another dtype
  mish(f32, { out: f64 });
  // @ts-expect-error an option that does not exist
  mish(f32, { outt: f32 });
  // @ts-expect-error order is 1 or 2
  mishDerivative(f32, { order: 3 });
  // @ts-expect-error two shapes
  mishBackward(t, Tensor.zeros([2, 1]));
  // @ts-expect-error two dtypes
  mishBackward(halves, Tensor.zeros([2]));
  // @ts-expect-error the constructor is private
  new Tensor();
  // @ts-expect-error not a dtype
  Tensor.zeros([1], { dtype: 'int8' });
  // @ts-expect-error shapes are read-only
  t.shape[0] = 2;
  // @ts-expect-error wrap of bits needs the dtype
  Tensor.wrap(u16);
  // @ts-expect-error not a device
  mish(f32, { device: 'gpu' });
}
