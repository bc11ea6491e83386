// node-mish: Mish for Node, right and fast. This file only says what the package exports.
export { type BackendInfo, backend } from './api/backend-info.ts';
export { mish, mishBackward, mishDerivative, mishDoubleBackward } from './api/mish.ts';
export {
  type Abortable,
  type AsyncOptions,
  mishAsync,
  mishBackwardAsync,
  mishDerivativeAsync,
  mishDoubleBackwardAsync,
} from './api/mish-async.ts';
export type {
  Accumulate,
  BackwardOptions,
  DerivativeOptions,
  DoubleBackwardOptions,
  Half,
  MishOptions,
  OfBytes,
  Order,
  Out,
  OutPair,
} from './api/options.ts';
export type { Bytes } from './base/bytes.ts';
export type {
  DType,
  FloatArray,
  HalfDType,
  Like,
  MaybeFloat16Array,
  StorageMap,
  StorageOf,
} from './base/dtype.ts';
export { isMishError, type MishError, type MishErrorCode } from './base/errors.ts';
export type { MaybeAbortSignal, Precision } from './base/options.ts';
export type { Resolved, Shape } from './base/shape.ts';
export { getDefaultDevice, setDefaultDevice, withDevice } from './device/default-device.ts';
export {
  type Device,
  type DeviceId,
  type DeviceSpec,
  device,
  type OpOptions,
} from './device/device.ts';
export { type DeviceInfo, devices, probeDevices, setThreads } from './device/devices.ts';
export { type MemoryInfo, memory } from './device/memory.ts';
export { scope } from './device/scope.ts';
export type { ElementwiseOp } from './files/elementwise.ts';
export { type LoadNpyOptions, type LoadOptions, loadNpy, saveNpy } from './files/npy.ts';
export type { FilePath, MaybeURL } from './files/path.ts';
export {
  type LoadSafetensorsOptions,
  loadSafetensors,
  readSafetensorsHeader,
  type SafetensorsHeader,
  type SafetensorsInfo,
  saveSafetensors,
} from './files/safetensors.ts';
export { type ByteTransform, mishTransform, type TransformOptions } from './files/transform.ts';
export type { NestedArray, TensorJSON } from './tensor/convert.ts';
export type { DTypeOf, Numbers, TensorOptions } from './tensor/create.ts';
export { Tensor } from './tensor/tensor.ts';
export type { TensorToken } from './tensor/transfer.ts';
