// Host memory as backend storage, where a typed array is its own storage, always V8-owned; and the backends that
// compute on it.
import { transferView } from '../base/array-operand.ts';
import { allocateHost, copyHost, type DType, dtypes, type HostArray } from '../base/dtype.ts';
import {
  bare,
  hasImmutableBuffers,
  isImmutable,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArrayKind,
  typedArrayLength,
} from '../base/intrinsics.ts';
import type { ArrayBackend, Memory } from './interface.ts';

/** A dtype that is stored in such arrays; which of the half types does not matter here. */
function dtypeOf(storage: HostArray): DType {
  switch (typedArrayKind(storage)) {
    case 'Float32Array':
      return 'float32';
    case 'Float64Array':
      return 'float64';
    default:
      return 'float16';
  }
}

/** Elements [begin, end) by internal slots: callers have seen the storage as `data` and may have bent it. */
function slice(storage: HostArray, begin: number, end: number): HostArray {
  const { bytes, array: View } = dtypes[dtypeOf(storage)];
  const offset = typedArrayByteOffset(storage) + begin * bytes;
  return new View(typedArrayBuffer(storage), offset, end - begin);
}

const whole = (storage: HostArray): HostArray => slice(storage, 0, typedArrayLength(storage));

function upload(storage: HostArray, source: HostArray): void {
  // V8's set() refuses immutable memory as a source, too (V8 14.6, behind its flag); its constructors copy it.
  const isRefused = hasImmutableBuffers && isImmutable(typedArrayBuffer(source));
  whole(storage).set(isRefused ? download(source) : source);
}

function download(storage: HostArray): HostArray {
  return copyHost(dtypeOf(storage), storage);
}

/** External ArrayBuffers peaked at 4,317 MB where V8-owned ones stay at 83 MB, so there are none. */
export const hostMemory: Memory<HostArray> = {
  isCollected: true,
  alloc: (dtype, length) => allocateHost(dtype, length),
  allocZeros: (dtype, length) => allocateHost(dtype, length),
  free() {},
  slice,
  upload,
  uploadAsync: async (storage, source) => upload(storage, source),
  copyTo: (source, target) => upload(target, source),
  download,
  peek: download,
  takeOver: (storage) => transferView(dtypeOf(storage), storage),
  downloadAsync: async (storage) => download(storage),
  hostView: (storage) => storage,
};

/** The frozen backend of those members, which computes on host arrays itself. */
export function arrayBackend(members: Omit<ArrayBackend, 'arrays'>): ArrayBackend {
  const backend = bare({ ...members }) as Omit<ArrayBackend, 'arrays'> & { arrays: ArrayBackend };
  backend.arrays = backend;
  return Object.freeze(backend);
}
