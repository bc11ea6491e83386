// Tensor: elements of one dtype in row-major order, with a shape, on a device.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Bytes } from '../base/bytes.ts';
import { checkDType, type DType, dtypes, type HalfDType, type StorageOf } from '../base/dtype.ts';
import { mishError } from '../base/errors.ts';
import { checkFlag, checkSignal, type MaybeAbortSignal, readOptions } from '../base/options.ts';
import { type Resolved, resolveShape, type Shape } from '../base/shape.ts';
import { type Device, type DeviceSpec, type OpOptions, resolveDevice } from '../device/device.ts';
import { hold, release } from '../device/memory.ts';
import { leaveScopes } from '../device/scope.ts';
import { protocols, showContents } from './contents.ts';
import { type NestedArray, nest, type TensorJSON, toJSON } from './convert.ts';
import type { DTypeOf, Numbers, TensorOptions } from './create.ts';
import * as create from './create.ts';
import * as elements from './elements.ts';
import { readRunOptions, runOnTensors } from './run.ts';
import type { TensorParts, TensorState } from './state.ts';
import * as states from './state.ts';
import { partsOfToken, type TensorToken, tokenOf } from './transfer.ts';

const inspect: unique symbol = Symbol.for('nodejs.util.inspect.custom');
const factoryKey: unique symbol = Symbol('Tensor');
const { stateOf, usable } = states;
/** @internal The tensor of those parts, alive from now on. */
export function makeTensor<D extends DType, S extends Shape>(parts: TensorParts): Tensor<D, S> {
  return states.newTensor(parts) as Tensor<D, S>;
}

/** The names of a method's operands in errors. */
const self = { inputs: ['tensor'], outputs: ['tensor'] } as const;

/**
 * Elements of one dtype, D, in row-major order, of a shape, S, on a device. Made by its static functions; freed by
 * `dispose`, `using`, `scope`, or when it is unreachable. What needs its elements throws ERR_MISH_DISPOSED afterwards,
 * ERR_MISH_IN_USE while an asynchronous call has them, and ERR_MISH_DETACHED when memory that it wraps is gone.
 */
export class Tensor<D extends DType = DType, S extends Shape = Shape> implements Disposable {
  #state: TensorState;

  /** @internal What deep equality compares: dtype, shape, device and bits. See contents.ts. */
  declare readonly contents: unknown;

  private constructor(parts: TensorParts, key: typeof factoryKey) {
    if (key !== factoryKey) {
      const message = 'Tensor: use Tensor.from, zeros, empty or wrap, not new.';
      throw mishError('ERR_MISH_ARGUMENT', message);
    }
    this.#state = states.makeState(parts, hold(this, parts.allocation));
    showContents(this);
  }

  static {
    states.connectTensorClass({
      isTensor: (value): value is Tensor =>
        typeof value === 'object' && value !== null && #state in value,
      newTensor: (parts) => new Tensor(parts, factoryKey),
      stateOf: (tensor) => (tensor as Tensor).#state,
    });
    Object.defineProperties(Tensor.prototype, protocols);
  }

  /**
   * Copies numbers: nested arrays with their shape, in float32; a float array as a flat one, in its dtype. `shape` and
   * `dtype` say otherwise; numbers are then rounded to nearest even.
   * @throws ERR_MISH_SHAPE for ragged arrays or a shape that does not fit; ERR_MISH_ARGUMENT or ERR_MISH_DTYPE for
   *   other data; ERR_MISH_LENGTH for a bad extent; ERR_MISH_DETACHED, ERR_MISH_OOM; those of {@link device}
   */
  static from<A extends Numbers, const S extends Shape = Shape, D extends DType = DTypeOf<A>>(
    data: A,
    options?: TensorOptions<D> & { readonly shape?: S },
  ): Tensor<NoInfer<D>, S> {
    return makeTensor(create.partsOf(data, options));
  }

  /** Copies raw bits of a half type; flat without `shape`. @throws as {@link Tensor.from} */
  static fromBits<const S extends Shape, D extends HalfDType>(
    bits: Uint16Array,
    options: { readonly dtype: D; readonly shape?: S; readonly device?: DeviceSpec | Device },
  ): Tensor<D, S> {
    return makeTensor(create.partsOfBits(bits, options));
  }

  /** Copies raw little-endian elements; flat without `shape`. @throws ERR_MISH_LENGTH for a part of an element */
  static fromBytes<const S extends Shape, D extends DType>(
    bytes: Bytes,
    options: { readonly dtype: D; readonly shape?: S; readonly device?: DeviceSpec | Device },
  ): Tensor<D, S> {
    return makeTensor(create.partsOfBytes(bytes, options));
  }

  /** A view of the caller's array, never a copy, on the host; flat without `shape`. @throws as {@link Tensor.from} */
  static wrap<const S extends Shape>(
    data: Float32Array,
    options?: { readonly shape?: S },
  ): Tensor<'float32', S>;
  /** The same of a Float64Array. */
  static wrap<const S extends Shape>(
    data: Float64Array,
    options?: { readonly shape?: S },
  ): Tensor<'float64', S>;
  /** The same of raw bits, of the half type that `dtype` names. */
  static wrap<const S extends Shape, D extends HalfDType>(
    data: Uint16Array,
    options: { readonly dtype: D; readonly shape?: S },
  ): Tensor<D, S>;
  static wrap(data: unknown, options?: unknown): Tensor {
    return makeTensor(create.partsAround(data, options));
  }

  /** Elements that are 0. @throws ERR_MISH_SHAPE, ERR_MISH_LENGTH, ERR_MISH_DTYPE, ERR_MISH_OOM; as {@link device} */
  static zeros<const S extends Shape, D extends DType = 'float32'>(
    shape: S,
    options?: TensorOptions<D>,
  ): Tensor<NoInfer<D>, S> {
    return makeTensor(create.zeroParts(shape, options));
  }

  /** Elements to be written before they are read: 0 on the host, anything on a GPU. @throws as {@link Tensor.zeros} */
  static empty<const S extends Shape, D extends DType = 'float32'>(
    shape: S,
    options?: TensorOptions<D>,
  ): Tensor<NoInfer<D>, S> {
    return makeTensor(create.emptyParts(shape, options));
  }

  /** The other side of {@link Tensor.toJSON}, on the default device. @throws ERR_MISH_FORMAT, ERR_MISH_OOM */
  static fromJSON(json: TensorJSON): Tensor {
    return makeTensor(create.partsOfJSON(json));
  }

  /**
   * The other side of {@link Tensor.release}, on the device of the same id; the token is then used up.
   * @throws ERR_MISH_ARGUMENT for no token; ERR_MISH_DETACHED for one that was used, or posted away; as {@link device}
   */
  static adopt(token: TensorToken): Tensor {
    return makeTensor(partsOfToken(token));
  }

  /** What each element is. */
  get dtype(): D {
    return stateOf(this).dtype as D;
  }
  /** Its extents, outermost first, frozen; none for a scalar. */
  get shape(): Readonly<S> {
    return stateOf(this).shape as unknown as Readonly<S>;
  }
  /** How many elements it has: the product of the extents. */
  get size(): number {
    return stateOf(this).size;
  }
  /** Bytes of all its elements. */
  get byteLength(): number {
    return stateOf(this).size * dtypes[stateOf(this).dtype].bytes;
  }
  /** Where its elements are, and where operations on it run. */
  get device(): Device {
    return stateOf(this).device;
  }
  /** Whether it was ended, by `dispose`, `using`, a scope or `release`: then it has its properties, and no elements. */
  get disposed(): boolean {
    return states.isReleased(stateOf(this));
  }

  /**
   * The live memory, shared with its views. Once it has been read, every asynchronous call copies this Tensor instead
   * of borrowing its memory, because JavaScript could take that away. @throws ERR_MISH_NOT_ON_HOST on a GPU
   */
  get data(): StorageOf<D> {
    return elements.hostElements(usable(this)) as StorageOf<D>;
  }

  /** A copy of the elements as they are at the call, from any device. Rejects with `signal.reason` when aborted. */
  async read(options?: { readonly signal?: MaybeAbortSignal }): Promise<StorageOf<D>> {
    const signal = checkSignal(readOptions(options, ['signal']).signal);
    signal?.throwIfAborted();
    const copy = await elements.downloadElements(usable(this));
    signal?.throwIfAborted();
    return copy as StorageOf<D>;
  }

  /** A copy of the elements, now: waits for the device that has them. @throws ERR_MISH_OOM */
  readSync(): StorageOf<D> {
    const { backend, storage } = usable(this);
    return backend.download(storage) as StorageOf<D>;
  }

  /** Overwrites all elements by an array of its dtype and size, or raw bytes. @throws ERR_MISH_LENGTH, ERR_MISH_DTYPE */
  write(source: StorageOf<D> | Bytes): this {
    const state = usable(this);
    state.backend.upload(state.storage, elements.elementsFor(state, 'source', source));
    return this;
  }

  /** The only element; waits for the device. @throws ERR_MISH_SHAPE when there is not exactly one */
  item(): number {
    const state = usable(this);
    const { size } = state;
    if (size === 1) return elements.valuesOf(state)[0]!;
    const message = `item: expected a tensor of one element; got one of ${size}. Use toArray().`;
    throw mishError('ERR_MISH_SHAPE', message);
  }

  /** The elements as nested arrays, a number for a scalar; waits. @throws ERR_MISH_SHAPE past 2^24 empty arrays */
  toArray(): NestedArray {
    const state = usable(this);
    return nest(elements.valuesOf(state), state.shape);
  }

  /** A copy of the elements as float32, rounded to nearest even from float64; waits for the device. */
  toFloat32Array(): Float32Array {
    return Float32Array.from(elements.valuesOf(usable(this)));
  }

  /** A copy on that device, or this very tensor if it is there and `copy` is not true. @throws as {@link device} */
  to(device: DeviceSpec | Device, options?: { readonly copy?: boolean }): Tensor<D, S> {
    const copy = checkFlag('copy', readOptions(options, ['copy']).copy);
    const target = resolveDevice('device', device);
    const state = usable(this);
    if (target.id === state.device.id && !copy) return this;
    return makeTensor(create.copyParts(state, target));
  }

  /** A copy in another dtype, by way of the host, rounded to nearest even. @throws ERR_MISH_DTYPE, ERR_MISH_OOM */
  cast<D2 extends DType>(dtype: D2): Tensor<D2, S> {
    return makeTensor(create.castParts(usable(this), checkDType(dtype)));
  }

  /** A view of as many elements in another shape; one extent may be -1. @throws ERR_MISH_SHAPE, ERR_MISH_LENGTH */
  reshape<const T extends Shape>(shape: T): Tensor<D, Resolved<T>> {
    const state = usable(this);
    return makeTensor(states.viewParts(state, resolveShape(shape, state.size)));
  }

  /** A flat view of elements [begin, end); negative counts from the end. @throws ERR_MISH_LENGTH */
  subarray(begin: number, end?: number): Tensor<D> {
    const state = usable(this);
    const [from, to] = elements.elementRange(begin, end, state.size);
    return makeTensor(states.viewParts(state, Object.freeze([to - from]), from));
  }

  /** A copy on the same device. @throws ERR_MISH_OOM */
  clone(): Tensor<D, S> {
    const state = usable(this);
    return makeTensor(create.copyParts(state, state.device));
  }

  /** f of each element, as a new tensor: `mish(this, options)`. @throws as {@link mish} */
  mish(options?: OpOptions): Tensor<D, S> {
    const [y] = runOnTensors('forward', [this], [undefined], readRunOptions(options), self);
    return y as Tensor<D, S>;
  }

  /** f of each element, in place. @returns this very tensor @throws as {@link mish} */
  mish_(options?: OpOptions): this {
    runOnTensors('forward', [this], [this], readRunOptions(options), self);
    return this;
  }

  /** Ends this handle; memory is freed with the last tensor that has it. The second time does nothing. */
  dispose(): void {
    const state = stateOf(this);
    release(state.hold);
    leaveScopes(this);
    this.#state = states.withoutMemory(state);
  }
  /** What `using` calls: `dispose`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Moves the tensor to another worker without a copy; this handle is disposed. Post the token with its `transferList`,
   * and give it to {@link Tensor.adopt} there. What it wraps moves too; memory that is shared, both sides go on to use.
   * @throws ERR_MISH_IN_USE while other tensors are views of its memory; ERR_MISH_UNSUPPORTED for one that
   *   wraps a part of a buffer, or one that cannot be moved; ERR_MISH_NOT_ON_HOST on a GPU
   */
  release(): TensorToken {
    const token = tokenOf(usable(this));
    this.dispose();
    return token;
  }

  /** Lossless: dtype, shape and the elements' bits; waits for the device. @throws ERR_MISH_LENGTH past 402 MB */
  toJSON(): TensorJSON {
    const { dtype, shape } = usable(this);
    return toJSON(this.readSync(), dtype, shape);
  }

  /** One line: dtype, shape, device and the first elements, for which it waits on a device. Never throws. */
  toString(): string {
    return states.isTensor(this)
      ? elements.formatTensorState(stateOf(this))
      : 'Tensor <not usable: a Proxy, a copy or a prototype>';
  }
  /** @internal */
  [inspect](): string {
    return this.toString();
  }
}
