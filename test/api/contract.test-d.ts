// Every public name, option and overload once, as the contract has them: that this compiles is the test.
// Wrong uses are in types.test-d.ts.
import type { Transform } from 'node:stream';
import type {
  Accumulate,
  BackendInfo,
  Device,
  DeviceId,
  DeviceInfo,
  DeviceSpec,
  DType,
  FloatArray,
  Half,
  HalfDType,
  LoadNpyOptions,
  LoadSafetensorsOptions,
  MaybeFloat16Array,
  MemoryInfo,
  MishErrorCode,
  NestedArray,
  OpOptions,
  Out,
  Precision,
  SafetensorsHeader,
  SafetensorsInfo,
  Shape,
  StorageMap,
  StorageOf,
  TensorJSON,
  TensorOptions,
} from 'node-mish';
import {
  backend,
  device,
  devices,
  getDefaultDevice,
  isMishError,
  loadNpy,
  loadSafetensors,
  memory,
  mish,
  mishBackward,
  mishDerivative,
  mishDoubleBackward,
  mishTransform,
  probeDevices,
  readSafetensorsHeader,
  saveNpy,
  saveSafetensors,
  scope,
  setDefaultDevice,
  setThreads,
  Tensor,
  withDevice,
} from 'node-mish';

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const same = <A, B>(_: Mutual<A, B>): void => {};

const f32 = new Float32Array(1);
const f64 = new Float64Array(1);
const u16 = new Uint16Array(1);
const either: Float32Array | Float64Array = Math.random() > 2 ? f64 : f32;
const t = Tensor.zeros([2, 3]);
type T23 = Tensor<'float32', readonly [2, 3]>;

/** Never called: only its types matter, as in the functions below. */
export function operations(): unknown[] {
  const options: OpOptions & Out<Float32Array> & Accumulate = {
    ...{ out: f32, accumulate: true, precision: 'fast', device: 'auto' },
  };
  const half: Half & Out<Uint16Array> = { dtype: 'float16', out: u16 };
  const n: number = mish(1) + mishDerivative(1) + mishDerivative(1, { order: 2 });
  const union: Float32Array | Float64Array = mish(either);
  const arrays: Float32Array[] = [
    mish(f32, { out: f32, device: device('js') }),
    mishDerivative(f32, { order: 2, precision: 'exact' }),
    mishBackward(f32, f32, options),
  ];
  const bits: Uint16Array[] = [
    mish(u16, half),
    mishDerivative(u16, { dtype: 'bfloat16', order: 1 }),
    mishBackward(u16, u16, { dtype: 'bfloat16', out: u16, accumulate: false }),
  ];
  const tensors: T23[] = [
    mish(t, { out: t }),
    mishDerivative(t, { order: 2, out: t }),
    mishBackward(t, t, { out: t, accumulate: true }),
  ];
  const pair: { x: Float32Array; dy: Float32Array } = mishDoubleBackward(f32, f32, f32, {
    out: { dy: f32 },
  });
  const ofBits: { x: Uint16Array; dy: Uint16Array } = mishDoubleBackward(u16, u16, u16, {
    dtype: 'float16',
  });
  const ofTensors: { x: T23; dy: T23 } = mishDoubleBackward(t, t, t);
  return [n, union, arrays, bits, tensors, pair, ofBits, ofTensors];
}

export function makingTensors(): unknown[] {
  const nested: Tensor<'float32'> = Tensor.from([[1], [2]]);
  const scalar: Tensor<'float64'> = Tensor.from(1, { dtype: 'float64' });
  const kept: Tensor<'float64'> = Tensor.from(f64);
  const shaped: T23 = Tensor.from(f64, { dtype: 'float32', shape: [2, 3], device: 'cpu' });
  const empty: Tensor<'bfloat16', readonly [4]> = Tensor.empty([4], { dtype: 'bfloat16' });
  const raw: Tensor<'float16', readonly [1]> = Tensor.fromBits(u16, {
    dtype: 'float16',
    shape: [1],
  });
  const wrapped: Tensor<'float64', readonly [1]> = Tensor.wrap(f64, { shape: [1] });
  const json: TensorJSON = t.toJSON();
  const back: Tensor = Tensor.fromJSON(json);
  return [kept, nested, scalar, shaped, empty, raw, wrapped, back];
}

export function usingTensors(): unknown[] {
  const facts: [Shape, number, number, Device, boolean, 'float32'] = [
    ...([t.shape, t.size, t.byteLength, t.device, t.disposed, t.dtype] as const),
  ];
  const data: Float32Array = t.data;
  const read: Promise<Float32Array> = t.read({ signal: new AbortController().signal });
  const copies: Float32Array[] = [t.readSync(), t.toFloat32Array()];
  const values: [number, NestedArray, string] = [t.item(), t.toArray(), t.toString()];
  const here: T23[] = [t.write(f32), t.to('js', { copy: true }), t.clone(), t.mish(), t.mish_()];
  const cast: Tensor<'float16', readonly [2, 3]> = t.cast('float16');
  const flat: Tensor<'float32', readonly [6]> = t.reshape([6]);
  const part: Tensor<'float32'> = t.subarray(1, -1);
  using disposed: Tensor = t;
  t.dispose();
  return [facts, data, read, copies, values, here, cast, flat, part, disposed];
}

/** Functions over any tensor keep its dtype and shape. */
export function twice<D extends DType, S extends Shape>(of: Tensor<D, S>): Tensor<D, S> {
  return mish(mish(of)).mish();
}

export function files(): unknown[] {
  const url = new URL('file:///a.npy');
  const second: LoadNpyOptions = { index: 1, device: 'js' };
  const loaded: Promise<Tensor>[] = [
    loadNpy('a.npy', { device: 'cpu' }),
    loadNpy(url),
    loadNpy(url, second),
  ];
  const saved: Promise<void>[] = [saveNpy(url, t), saveNpy('a.npy', t.cast('bfloat16'))];
  const maps: Promise<Map<string, Tensor>>[] = [
    loadSafetensors('a.safetensors'),
    loadSafetensors(url, { names: ['weight'] as const, device: device('js') }),
    loadSafetensors(url, { unsupported: 'skip' }),
    loadSafetensors(url, { unsupported: 'error' } satisfies LoadSafetensorsOptions),
  ];
  const header: Promise<SafetensorsHeader> = readSafetensorsHeader(url);
  const listed = header.then(
    ({ tensors, metadata }): readonly [SafetensorsInfo | undefined, string | undefined] => [
      tensors.get('weight'),
      metadata.get('format'),
    ],
  );
  const weights = new Map([['weight', t]]);
  saved.push(saveSafetensors(url, weights), saveSafetensors('a', weights, { format: 'pt' }));
  const transforms: Transform[] = [
    mishTransform({ dtype: 'float16' }),
    mishTransform({ dtype: 'float32', op: 'derivative2', precision: 'fast' }),
  ];
  return [loaded, saved, maps, listed, transforms];
}

export function surroundings(error: unknown): unknown[] {
  const list: readonly DeviceInfo[] = devices();
  const probed: Promise<readonly DeviceInfo[]> = probeDevices();
  const set: Device[] = [device('cuda:3'), setDefaultDevice(device('auto')), getDefaultDevice()];
  setThreads(4);
  setThreads('auto');
  const threads: number | undefined = list[0]?.threads;
  const id: DeviceId = set[0]!.toString();
  const spec: DeviceSpec = 'cuda';
  const results: [string, T23] = [withDevice(spec, () => 'a'), scope(() => mish(t))];
  const info: BackendInfo = backend;
  const used: MemoryInfo = memory();
  const bytes: number | undefined = used.bytes['cpu'];
  if (isMishError(error)) {
    const code: MishErrorCode = error.code;
    const cudaCode: number | undefined = error.cudaCode;
    return [code, cudaCode];
  }
  const precisions: Precision[] = ['exact', 'fast'];
  const options: TensorOptions<'float64'> = { dtype: 'float64', device: spec };
  return [list, probed, threads, id, results, info, bytes, precisions, options];
}

export function aliases(): void {
  same<DType, 'float32' | 'float64' | 'float16' | 'bfloat16'>(true);
  same<HalfDType, 'float16' | 'bfloat16'>(true);
  same<StorageOf<'float16'>, Uint16Array>(true);
  same<StorageMap['float64'], Float64Array>(true);
  same<FloatArray, Float32Array | Float64Array | MaybeFloat16Array>(true);
}
