// The types that the contract promises, checked by tsc: right uses compile, wrong ones do not.
import {
  backend,
  type DType,
  device,
  devices,
  type FloatArray,
  loadNpy,
  loadSafetensors,
  type MishErrorCode,
  memory,
  mish,
  mishBackward,
  mishDerivative,
  mishDoubleBackward,
  type Shape,
  saveSafetensors,
  setThreads,
  Tensor,
} from 'node-mish';

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

  const buffer: Buffer = mish(Buffer.alloc(4), { dtype: 'float32' });
  const view: DataView = mishBackward(new DataView(buffer.buffer), buffer, { dtype: 'bfloat16' });
  const fromBytes: Tensor<'float16', readonly [2]> = Tensor.fromBytes(buffer, {
    ...{ dtype: 'float16', shape: [2] },
  });
  const wide64: Tensor<'float64'> = Tensor.from(f64);
  void [buffer, view, fromBytes, wide64];

  // @ts-expect-error bytes do not say their dtype
  mish(new Uint8Array(4));
  // @ts-expect-error beside bytes, all operands are bytes
  mishBackward(buffer, f32, { dtype: 'float32' });
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
  // @ts-expect-error a number of threads, or 'auto'
  setThreads('4');
}

/** Never called. */
export function moreTypeTests(
  any32: Float32Array,
  either: Float32Array | Float64Array,
  tuple: Tensor<'float32', [2, 3]>,
  flat: Tensor<'float32', readonly [6]>,
  someone: Tensor,
): void {
  const own = new Float32Array(1); // Float32Array<ArrayBuffer>; any32 may be over a SharedArrayBuffer
  const shared = new Float32Array(new SharedArrayBuffer(4));
  const z = Tensor.zeros([2, 3]);

  // Literal shapes, and what each maker and method makes of them.
  same<typeof z, Tensor<'float32', readonly [2, 3]>>(true);
  const made = {
    scalar: Tensor.zeros([]),
    empty: Tensor.empty([4], { dtype: 'float16' }),
    from: Tensor.from([1, 2]),
    fromShaped: Tensor.from(f64, { dtype: 'float64', shape: [3], device: 'js' }),
    fromBits: Tensor.fromBits(u16, { dtype: 'bfloat16' }),
    wrap: Tensor.wrap(f32),
    wrap64: Tensor.wrap(f64, { shape: [2] }),
    wrapBits: Tensor.wrap(u16, { dtype: 'float16', shape: [2] }),
    json: Tensor.fromJSON(z.toJSON()),
    cast: z.cast('bfloat16'),
    reshape: z.reshape([3, 2]),
    subarray: z.subarray(1),
    to: z.to('cpu', { copy: true }),
    ofAny: Tensor.zeros([1], { dtype: someone.dtype }),
  };
  same<typeof made.scalar, Tensor<'float32', readonly []>>(true);
  same<typeof made.empty, Tensor<'float16', readonly [4]>>(true);
  same<typeof made.from, Tensor<'float32'>>(true);
  same<typeof made.fromShaped, Tensor<'float64', readonly [3]>>(true);
  same<typeof made.fromBits, Tensor<'bfloat16'>>(true);
  same<typeof made.wrap, Tensor<'float32'>>(true);
  same<typeof made.wrap64, Tensor<'float64', readonly [2]>>(true);
  same<typeof made.wrapBits, Tensor<'float16', readonly [2]>>(true);
  same<typeof made.json, Tensor>(true);
  same<typeof made.cast, Tensor<'bfloat16', readonly [2, 3]>>(true);
  same<typeof made.reshape, Tensor<'float32', readonly [3, 2]>>(true);
  same<typeof made.subarray, Tensor<'float32'>>(true);
  same<typeof made.to, typeof z>(true);
  same<typeof made.ofAny, Tensor<DType, readonly [1]>>(true);
  same<typeof z.data, Float32Array>(true);
  same<typeof made.empty.data, Uint16Array>(true);
  same<ReturnType<typeof made.wrap64.read>, Promise<Float64Array>>(true);

  // Options, and results that are pairs.
  mishBackward(f32, f32, { out: f32, accumulate: true, precision: 'fast', device: 'cuda:1' });
  mishBackward(u16, u16, { dtype: 'float16', out: u16, accumulate: true });
  mishBackward(z, z.mish(), { out: z, accumulate: true });
  mishDerivative(u16, { dtype: 'bfloat16', order: 1 });
  const pairOfTensors = mishDoubleBackward(z, z, z);
  same<typeof pairOfTensors, { x: typeof z; dy: typeof z }>(true);
  const pairOfBits = mishDoubleBackward(u16, u16, u16, { dtype: 'float16', out: { dy: u16 } });
  same<typeof pairOfBits, { x: Uint16Array; dy: Uint16Array }>(true);

  // Unions, generics, assignability.
  const ofEither = mish(either);
  same<typeof ofEither, Float32Array | Float64Array>(true);
  mishBackward(either, either);
  const onArrays = <A extends FloatArray>(x: A): A =>
    mishBackward(x, mish(x), { out: mishDerivative(x) });
  const onDType = <D extends DType>(t: Tensor<D>): Tensor<D> =>
    mishBackward(t, t.write(t.data), { out: mishDoubleBackward(t, t, t).dy });
  const onShape = <D extends DType, S extends Shape>(t: Tensor<D, S>): Tensor<'float64', S> =>
    mish(t, { out: t.clone() }).cast('float64');
  const many: readonly Tensor[] = [z, made.empty, tuple];
  const onlyDType: Tensor<'float32'> = tuple;
  const disposable: Disposable = z;
  void [onArrays, onDType, onShape, many, onlyDType, disposable];

  // One kind of array over different buffers.
  mishBackward(own, any32);
  mishBackward(own, shared, { out: any32 });
  mishDoubleBackward(own, any32, shared);
  // A tuple written by hand is as good as an inferred one; -1 is not an extent.
  mishBackward(tuple, z);
  same<ReturnType<typeof z.reshape<readonly [-1]>>['shape'], readonly [number]>(true);

  // @ts-expect-error dy of another dtype, its union included
  mishBackward(f32, either);
  // @ts-expect-error bits with floats
  mishBackward(f32, u16, { dtype: 'float16' });
  // @ts-expect-error bare bits
  mishBackward(u16, u16);
  // @ts-expect-error bare bits
  mishDoubleBackward(u16, u16, u16);
  // @ts-expect-error float32 is no half type
  mish(u16, { dtype: 'float32' });
  // @ts-expect-error a plain array
  mish([1, 2]);
  // @ts-expect-error a number takes no options here
  mish(1, {});
  // @ts-expect-error an array for a tensor
  mish(z, { out: f32 });
  // @ts-expect-error a tensor for an array
  mish(f32, { out: z });
  // @ts-expect-error out of another dtype
  mishBackward(f32, f32, { out: f64 });
  // @ts-expect-error out of another shape
  mish(z, { out: Tensor.zeros([3, 2]) });
  // @ts-expect-error out of another shape
  mishBackward(z, z, { out: Tensor.zeros([3, 2]) });
  // @ts-expect-error accumulate belongs to backward
  mish(f32, { out: f32, accumulate: true });
  // @ts-expect-error order belongs to the derivative
  mish(f32, { order: 2 });
  // @ts-expect-error a flag is a boolean
  mishBackward(f32, f32, { out: f32, accumulate: 1 });
  // @ts-expect-error two outs
  mishDoubleBackward(f32, f32, f32, { out: f32 });
  // @ts-expect-error one out of another dtype
  mishDoubleBackward(f32, f32, f32, { out: { x: f64 } });
  // @ts-expect-error ddx of another shape
  mishDoubleBackward(z, z, Tensor.zeros([3, 2]));
  // @ts-expect-error an array with a tensor
  mishBackward(z, f32);
  // @ts-expect-error not a precision
  mish(f32, { precision: 'slow' });
  // @ts-expect-error not a device
  mish(f32, { device: 'cuda:x' });
  // @ts-expect-error raw bits go through fromBits
  Tensor.from(u16);
  // @ts-expect-error bits need a half type
  Tensor.fromBits(u16, { dtype: 'float32' });
  // @ts-expect-error the dtype of floats is known
  Tensor.wrap(f32, { dtype: 'float32' });
  // @ts-expect-error a shape is an array
  Tensor.zeros(3);
  // @ts-expect-error elements of another dtype
  z.write(f64);
  // @ts-expect-error in place is mish_
  z.mish({ out: z });
  // @ts-expect-error read-only
  z.dtype = 'float32';
  // @ts-expect-error read-only, however the shape was written
  tuple.shape[0] = 2;
  // @ts-expect-error the annotation cannot choose the dtype
  const chosen: Tensor<'float64'> = Tensor.from([1, 2]);
  // @ts-expect-error another shape
  const reshaped: typeof flat = z;
  // @ts-expect-error some tensor is not a float32 one
  const narrowed: Tensor<'float32'> = someone;
  // @ts-expect-error float16 is not bfloat16
  const half: Tensor<'float16'> = halves;
  // @ts-expect-error no code of ours
  const code: MishErrorCode = 'ERR_MISH_X';
  // @ts-expect-error read-only
  backend.name = 'js';
  // @ts-expect-error read-only
  memory().bytes['cpu'] = 1;
  // @ts-expect-error read-only
  devices().push(device('js'));
  // @ts-expect-error the two are 'error' and 'skip'
  loadSafetensors('a', { unsupported: 'ignore' });
  // @ts-expect-error a number
  loadNpy('a', { index: '1' });
  // @ts-expect-error the texts themselves
  saveSafetensors('a', new Map<string, Tensor>(), { metadata: { format: 'pt' } });
  void [chosen, reshaped, narrowed, half, code];
}
