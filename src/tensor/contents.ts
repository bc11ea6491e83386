// The contents of a tensor as an own enumerable property: deep equality, of Node's assert and of every other library,
// compares own enumerable properties, and by private state alone any two tensors would be equal.
import type { DType, HostArray } from '../base/dtype.ts';
import { bare } from '../base/intrinsics.ts';
import { notCloneable, tensorMark } from '../base/tensor-like.ts';
import { valuesOf } from './elements.ts';
import { checkUsable, isReleased, isTensor, stateOf, type TensorState } from './state.ts';

/** What two tensors have in common when they are equal. Elements and bits are copied when they are read. */
export interface TensorContents {
  /** Makes structured cloning fail, with an error that names the remedies, where it would give an empty object. */
  readonly copy: symbol;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The id of the device. */
  readonly device: string;
  /** The elements as numbers, for who reads a failed assertion. */
  readonly elements: Float32Array | Float64Array;
  /** The same as bits: some libraries take one NaN for another. */
  readonly bits: Uint16Array | Uint32Array | BigUint64Array;
}

/** A disposed tensor's: equal to no other. */
interface NoContents {
  readonly copy: symbol;
  readonly disposed: symbol;
}

const { defineProperty } = Object;
const property: PropertyDescriptor = bare({
  enumerable: true,
  get(this: unknown): unknown {
    return contentsOf(stateOf(this));
  },
});

/** Gives a new tensor its own `contents`: 100 ns of the 700 that making a small tensor takes. */
export function showContents(tensor: object): void {
  defineProperty(tensor, 'contents', property);
}

/** @throws ERR_MISH_IN_USE or ERR_MISH_DETACHED when elements are read that are lent or gone */
function contentsOf(state: TensorState): TensorContents | NoContents {
  if (isReleased(state)) return { copy: notCloneable, disposed: Symbol('disposed') };
  return {
    copy: notCloneable,
    dtype: state.dtype,
    shape: state.shape,
    device: state.device.id,
    get elements() {
      return valuesOf(checkUsable('tensor', state));
    },
    get bits() {
      const { backend, storage } = checkUsable('tensor', state);
      return bitsOf(backend.download(storage));
    },
  };
}

function bitsOf(elements: HostArray): TensorContents['bits'] {
  if (elements instanceof Uint16Array) return elements;
  return elements instanceof Float32Array
    ? new Uint32Array(elements.buffer)
    : new BigUint64Array(elements.buffer);
}

/** What libraries look for in Tensor.prototype, and users do not. */
export const protocols: PropertyDescriptorMap = {
  [tensorMark]: { value: true },
  // fast-deep-equal compares what it returns and, of what inherits Object's, the texts of toString(): eight elements.
  valueOf: hidden(function (this: object) {
    return (isTensor(this) && !isReleased(stateOf(this)) && fingerprintOf(stateOf(this))) || this;
  }),
  // Or `${tensor}` would show one, and 'a Tensor: ' + tensor the other.
  [Symbol.toPrimitive]: hidden(function (this: object) {
    return this.toString();
  }),
};

function hidden(value: (this: object) => unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true };
}

const mostHashedBytes = 2 ** 30; // at a time: Hash.update() takes less than 2 GiB

/** A text of dtype, shape, device and the hash of all bits; undefined in a Node without OpenSSL. @throws as contentsOf */
function fingerprintOf(state: TensorState): string | undefined {
  const { backend, storage, dtype, shape, device } = checkUsable('tensor', state);
  const bits = new Uint8Array(bitsOf(backend.download(storage)).buffer);
  const hash = process.getBuiltinModule('node:crypto')?.createHash('sha256');
  for (let at = 0; at < bits.length; at += mostHashedBytes) {
    hash?.update(bits.subarray(at, at + mostHashedBytes));
  }
  return hash && `Tensor ${dtype} [${shape.join(', ')}] ${device.id} sha256:${hash.digest('hex')}`;
}
