// The kernels on tensors that are arrays in this process's memory: those of the backends cpu and wasm, read and
// written where they are.

import { mish, mishBackward, mishDoubleBackward } from '../api/mish.ts';
import { mishError } from '../base/errors.ts';
import { typedArrayByteOffset, typedArrayKind } from '../base/intrinsics.ts';
import type { Precision } from '../base/options.ts';
import type { OpOptions } from '../device/device.ts';
import type { TfCpuBackend, TfTensor, TfWasmBackend } from './host.ts';
import type { Kernels } from './operations.ts';

/** Into `out`, or a new array. */
type Compute = (arrays: readonly Float32Array[], out?: Float32Array) => Float32Array;

/** Computes one tensor of others of its shape. */
type RunOnArrays = (backend: object, tensors: readonly TfTensor[], compute: Compute) => TfTensor;

/** By the names of the backends whose tensors are arrays. */
export const runOnArrays: Readonly<Record<string, RunOnArrays>> = {
  cpu: runOnCpu,
  wasm: runOnWasm,
};

/** Natively, or by the JavaScript kernels. */
export function arrayKernels(
  device: 'cpu' | 'js',
  precision: Precision,
): Kernels<Float32Array, (out?: Float32Array) => Float32Array> {
  const options = { device, precision };
  const into = (out?: Float32Array) => (out ? { ...options, out } : options);
  return {
    NodeMish: (x) => (out) => mish(x, into(out)),
    NodeMishGrad: (x, dy) => (out) => mishBackward(x, dy, into(out)),
    NodeMishGradGrad: (x, dy, ddx) => (out) =>
      gradientOfX(x, dy, ddx, out ?? new Float32Array(x.length), options),
  };
}

/** Elements of a piece: what is dropped of it stays in a cache, and two threads have enough to do. */
const pieceLength = 2 ** 16;

/** Of double backward the gradient of x, which tf asks for by itself; that of dy goes to memory that is used again. */
function gradientOfX(
  x: Float32Array,
  dy: Float32Array,
  ddx: Float32Array,
  out: Float32Array,
  options: OpOptions,
): Float32Array {
  const dropped = new Float32Array(Math.min(x.length, pieceLength));
  for (let begin = 0; begin < x.length; begin += pieceLength) {
    const piece = (array: Float32Array) => array.subarray(begin, begin + pieceLength);
    const result = piece(out);
    const outs = { x: result, dy: dropped.subarray(0, result.length) };
    mishDoubleBackward(piece(x), piece(dy), piece(ddx), { ...options, out: outs });
  }
  return out;
}

/** Tensors have arrays of V8's; the result's becomes one. */
function runOnCpu(backend: object, tensors: readonly TfTensor[], compute: Compute): TfTensor {
  const cpu = backend as TfCpuBackend;
  const arrays = tensors.map(({ dataId }) => {
    // A cast from int32 or bool changes what tf calls a tensor, and not its array.
    const values = cpu.readSync(dataId);
    const isFloat32 = typedArrayKind(values) === 'Float32Array';
    return isFloat32 ? (values as Float32Array) : Float32Array.from(values as Iterable<number>);
  });
  return cpu.makeTensorInfo(tensors[0]!.shape, 'float32', compute(arrays));
}

/**
 * Tensors are parts of WebAssembly's memory. It grows where an input comes from another backend, and where there is
 * no room for the result, and views of it are lost then: they are made last.
 */
function runOnWasm(backend: object, tensors: readonly TfTensor[], compute: Compute): TfTensor {
  const wasm = backend as TfWasmBackend;
  for (const { dataId } of tensors) wasm.getMemoryOffset(dataId); // brings it here
  const result = wasm.makeOutput(tensors[0]!.shape, 'float32');
  try {
    const out = wasm.typedArrayFromHeap(result);
    if (out.length > 0 && typedArrayByteOffset(out) === 0) {
      const bytes = out.byteLength;
      throw mishError('ERR_MISH_OOM', `mish: WebAssembly has no memory left for ${bytes} bytes.`);
    }
    compute(
      tensors.map((tensor) => wasm.typedArrayFromHeap(tensor)),
      out,
    );
  } catch (error) {
    wasm.disposeData(result.dataId, true);
    throw error;
  }
  return result;
}
