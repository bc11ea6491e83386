// The contents of a tensor as an own enumerable property: deep equality, of Node's assert and of every other library,
// compares own enumerable properties, and by private state alone any two tensors would be equal.
import type { DType, HostArray } from '../base/dtype.ts';
import { bare } from '../base/intrinsics.ts';
import { notCloneable } from '../base/tensor-like.ts';
import { valuesOf } from './elements.ts';
import { checkUsable, isReleased, stateOf, type TensorState } from './state.ts';

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
