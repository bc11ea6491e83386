// The demo's main job: a layer's worth of activations through forward and backward, in one dtype on one
// device; accuracy against the reference, speed beside memcpy, and the bits for a comparison of devices.
import { type DeviceInfo, type DType, mish, mishBackward, Tensor } from 'node-mish';
import { accuracyOf, type Operation } from './accuracy.ts';
import { medianSeconds, memcpySeconds } from './measure.ts';

export const shape = [32, 64, 56, 56] as const;
const size = shape.reduce((product, extent) => product * extent, 1);

/** Normal deviates from a linear congruential generator and Box-Muller; the same on every run. */
export function normalActivations(seed: number): Tensor {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const radius = () => Math.sqrt(-2 * Math.log(uniform()));
  const normal = () => radius() * Math.cos(2 * Math.PI * uniform());
  return Tensor.from(Float32Array.from({ length: size }, normal), { shape, device: 'js' });
}

export interface Measured {
  readonly device: string;
  readonly isa: string;
  readonly dtype: DType;
  readonly op: Operation;
  readonly maxUlp: number;
  readonly misrounded: number;
  readonly checked: number;
  readonly asPromised: boolean;
  readonly gigabytesPerSecond: number;
  /** Its speed over that of copying as many bytes in the same run. */
  readonly memcpyRatio: number;
  readonly bits: Uint8Array;
}

export function measure(
  { id, kind, isa = '-' }: DeviceInfo,
  dtype: DType,
  op: Operation,
  data: Tensor,
  gradient: Tensor,
): Measured {
  const [x, dy] = [data.cast(dtype).to(id), gradient.cast(dtype).to(id)];
  const out: Tensor = Tensor.empty(shape, { dtype, device: id });
  const run = op === 'forward' ? () => mish(x, { out }) : () => mishBackward(x, dy, { out });
  const seconds = medianSeconds(run, kind === 'js' ? 1 : 7);
  const bytes = x.byteLength * (op === 'forward' ? 2 : 3);
  return {
    ...{ device: id, isa, dtype, op },
    ...accuracyOf({ op, dtype, kind, x, dy, out }),
    gigabytesPerSecond: bytes / seconds / 1e9,
    memcpyRatio: memcpySeconds(bytes) / seconds,
    bits: new Uint8Array(out.data.buffer, out.data.byteOffset, out.byteLength),
  };
}

/** How many elements of two results differ in any bit. */
export function differing(a: Uint8Array, b: Uint8Array): number {
  const bytes = a.length / size;
  let count = 0;
  for (let begin = 0; begin < a.length; begin += bytes) {
    let same = true;
    for (let i = begin; i < begin + bytes; i++) same &&= a[i] === b[i];
    if (!same) count++;
  }
  return count;
}
