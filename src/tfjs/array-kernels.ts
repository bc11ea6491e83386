// The kernels on tensors that are arrays in this process's memory: those of the backends cpu and wasm, read and
// written where they are.
import { mishError } from '../errors.ts';
import { mish, mishBackward, mishDoubleBackward } from '../mish.ts';
import type { Precision } from '../options.ts';
import { typedArrayByteOffset, typedArrayKind } from '../typed-array.ts';
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
  const into = (out?: Float32Array) => ({ device, precision, ...(out && { out }) });
  return {
    NodeMish: (x) => (out) => mish(x, into(out)),
    NodeMishGrad: (x, dy) => (out) => mishBackward(x, dy, into(out)),
    // One pass for both gradients, of which tf asks for this one: two would read x twice.
    NodeMishGradGrad: (x, dy, ddx) => (out) =>
      mishDoubleBackward(x, dy, ddx, { device, precision, ...(out && { out: { x: out } }) }).x,
  };
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

/** Tensors are parts of WebAssembly's memory, which grows when there is no room for the result: views come after it. */
function runOnWasm(backend: object, tensors: readonly TfTensor[], compute: Compute): TfTensor {
  const wasm = backend as TfWasmBackend;
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
