// Host memory as backend storage: a typed array is its own storage, always V8-owned.

import type { Memory } from '../backend.ts';
import { allocateHost, type DType, type HostArray } from '../dtype.ts';

/** External ArrayBuffers peaked at 4,317 MB where V8-owned ones stay at 83 MB, so there are none. */
export const hostMemory: Memory<HostArray> = {
  alloc: (dtype: DType, length: number) => allocateHost(dtype, length),
  free() {}, // the garbage collector's
  slice: (storage, begin, end) => storage.subarray(begin, end),
  upload: (storage, source) => storage.set(source),
  download: (storage) => storage.slice(),
  hostView: (storage) => storage,
  settled: () => Promise.resolve(),
};
