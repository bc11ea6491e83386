// Structural types of TensorFlow.js, of what is used, so that neither its code nor its types need be installed, and
// the check that what was passed in has it.
import { describe, mishError } from '../base/errors.ts';

/**
 * The module of TensorFlow.js, as `import * as tf from '@tensorflow/tfjs'` gives it; `@tensorflow/tfjs-core` and
 * `@tensorflow/tfjs-node` too. These are a few of the members that tell it from anything else.
 */
export interface TensorFlow {
  /** Its engine, which knows backends and kernels. */
  engine(): object;
  /** How kernels are registered. */
  registerKernel(config: never): void;
  /** An op of one operand, whose type {@link Installation.mish} has. */
  relu(x: never): object;
  /** Where layers register activations by name. */
  readonly serialization: object;
}

/** A tf.Tensor, or tf's TensorInfo with what only tensors have left out. */
export interface TfTensor {
  readonly dataId: object;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed?: boolean;
}

/** What a tf op takes besides tensors. */
export type TfOperand = TfTensor | number;

/** The operands of a kernel by name. */
export type TfInputs = Readonly<Record<string, TfTensor>>;

/** Of the backend cpu, what is used. */
export interface TfCpuBackend {
  readSync(dataId: object): unknown;
  makeTensorInfo(shape: readonly number[], dtype: string, values: Float32Array): TfTensor;
}

/** Of the backend wasm, what is used. */
export interface TfWasmBackend {
  getMemoryOffset(dataId: object): number;
  /** In memory of its own; at 0 when there was none. */
  makeOutput(shape: readonly number[], dtype: string): TfTensor;
  typedArrayFromHeap(tensor: TfTensor): Float32Array;
  disposeData(dataId: object, force: boolean): boolean;
}

export interface TfKernelConfig {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (call: { inputs: TfInputs; backend: object }) => TfTensor;
}

export interface TfGradConfig {
  readonly kernelName: string;
  readonly inputsToSave?: readonly string[];
  readonly outputsToSave?: readonly boolean[];
  /** Of each input, what computes its gradient; tf calls those that it needs. Inputs are saved before outputs. */
  readonly gradFunc: (
    dy: TfTensor,
    saved: readonly TfTensor[],
    attributes?: object,
  ) => Readonly<Record<string, () => TfTensor>>;
}

/** One for all copies of tf in a process, as are the registries of kernels and gradients. */
export interface TfEngine {
  /** Starts the backend of highest priority when none was chosen. */
  readonly backend: object;
  readonly backendName: string;
  backendNames(): readonly string[];
  /** Saves what gradients are registered to need; before tf 3, callers said what. */
  runKernel(name: string, inputs: TfInputs, attributes?: object): TfTensor;
}

/** A class that tf makes objects of by name; tf keeps it with its `fromConfig`. */
export interface TfClass<T extends object = object> {
  new (config?: object): T;
  readonly className: string;
}

export interface TfSerializationMap {
  readonly classNameMap: Record<string, readonly [TfClass, ...unknown[]] | undefined>;
}

export interface Host {
  engine(): TfEngine;
  tidy(name: string, compute: () => TfTensor): TfTensor;
  tensor(values: unknown): TfTensor;
  cast(x: TfTensor, dtype: string): TfTensor;
  exp(x: TfTensor): TfTensor;
  maximum(x: TfTensor, least: number): TfTensor;
  minimum(x: TfTensor, most: number): TfTensor;
  add(a: TfOperand, b: TfOperand): TfTensor;
  sub(a: TfOperand, b: TfOperand): TfTensor;
  mul(a: TfOperand, b: TfOperand): TfTensor;
  div(a: TfOperand, b: TfOperand): TfTensor;
  greaterEqual(a: TfOperand, b: TfOperand): TfTensor;
  where(condition: TfTensor, a: TfTensor, b: TfTensor): TfTensor;
  onesLike(x: TfTensor): TfTensor;
  zerosLike(x: TfTensor): TfTensor;
  getKernel(kernelName: string, backendName: string): TfKernelConfig | undefined;
  registerKernel(config: TfKernelConfig): void;
  unregisterKernel(kernelName: string, backendName: string): void;
  getGradient(kernelName: string): TfGradConfig | undefined;
  registerGradient(config: TfGradConfig): void;
  unregisterGradient(kernelName: string): void;
  readonly serialization: {
    readonly SerializationMap: { getMap(): TfSerializationMap; register(cls: TfClass): void };
  };
}

const functions = [
  ...['engine', 'tidy', 'tensor', 'cast', 'exp', 'maximum', 'minimum', 'add', 'sub', 'mul', 'div'],
  ...['greaterEqual', 'where', 'onesLike', 'zerosLike'],
  ...['getKernel', 'registerKernel', 'unregisterKernel'],
  ...['getGradient', 'registerGradient', 'unregisterGradient'],
] as const;

/** @throws ERR_MISH_ARGUMENT unless `tf` has all that is used of it */
export function checkHost(tf: unknown): Host {
  const missing = firstMissing(tf);
  if (missing === undefined) return tf as Host;
  const got = `${describe(tf)}${versionOf(tf)} without ${missing}`;
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `tf: expected TensorFlow.js 3 or later, as import * as tf from '@tensorflow/tfjs' gives it; got ${got}. Install @tensorflow/tfjs 4.`,
  );
}

/** ` of version 2.0.0`, where it says which. Never throws. */
function versionOf(tf: unknown): string {
  try {
    const version = (tf as { version_core?: unknown }).version_core;
    return typeof version === 'string' ? ` of version ${version.slice(0, 20)}` : '';
  } catch {
    return '';
  }
}

function firstMissing(tf: unknown): string | undefined {
  try {
    const host = tf as Host;
    const lost = functions.find((name) => typeof host[name] !== 'function');
    if (lost !== undefined) return lost;
    const { SerializationMap } = host.serialization;
    const { getMap, register } = SerializationMap;
    const isMap = typeof getMap === 'function' && typeof register === 'function';
    if (!isMap) return 'serialization.SerializationMap';
    const { runKernel, backendNames } = host.engine();
    const isEngine = typeof runKernel === 'function' && typeof backendNames === 'function';
    if (!isEngine) return 'engine().runKernel and backendNames';
    // Of tf 1 and 2 it takes also what to save. They are not tested; the backend cpu of 2.0 cannot make tensors for us.
    return runKernel.length > 3 ? 'the engine of TensorFlow.js 3' : undefined;
  } catch {
    return typeof tf === 'object' && tf !== null ? 'serialization.SerializationMap' : functions[0];
  }
}

/** The class that tf makes objects of by that name, if it has one. */
export function classNamed(host: Host, name: string): TfClass | undefined {
  const { classNameMap } = host.serialization.SerializationMap.getMap();
  return Object.hasOwn(classNameMap, name) ? classNameMap[name]?.[0] : undefined;
}
