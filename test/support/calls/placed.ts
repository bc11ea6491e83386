// Operands that lie in one buffer, and what all its bytes have to be after a call: results where outputs
// are, all else as it was.
import assert from 'node:assert/strict';
import { bytesOf, type Elements } from '../values/vectors.ts';

const guard = 0xa5;

/** Where operands lie, in elements from the beginning. */
export type Places = readonly number[];

/** Each behind the other, with so many elements before it. */
export function apart(gaps: readonly number[], length: number): Places {
  let end = 0;
  return gaps.map((gap) => {
    const begin = end + gap;
    end = begin + length;
    return begin;
  });
}

export class Placed {
  readonly #bytes: Uint8Array;
  readonly #image: Uint8Array;
  readonly #like: Elements;
  readonly #length: number;

  /** Memory for operands of the kind and length of `like`, filled with a guard. */
  constructor(like: Elements, places: Places, isShared = false) {
    const size = like.BYTES_PER_ELEMENT;
    const bytes = (Math.max(0, ...places) + like.length + 5) * size;
    this.#bytes = new Uint8Array(isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
    this.#bytes.fill(guard);
    this.#image = this.#bytes.slice();
    this.#like = like;
    this.#length = like.length;
  }

  /** The operand there, or a part of it. */
  at(place: number, begin = 0, end: number = this.#length): Elements {
    return this.#view(this.#bytes.buffer, place + begin, end - begin);
  }

  /** The same through another object, as a SharedArrayBuffer that was posted to and fro is. */
  atTwin(place: number): Elements {
    return this.#view(structuredClone(this.#bytes.buffer), place, this.#length);
  }

  #view(buffer: ArrayBufferLike, at: number, length: number): Elements {
    const { BYTES_PER_ELEMENT: size } = this.#like;
    const View = this.#like.constructor as new (
      b: ArrayBufferLike,
      o: number,
      n: number,
    ) => Elements;
    return new View(buffer, at * size, length);
  }

  /** Fills it, in time for a call. */
  put(place: number, elements: Elements): Elements {
    const view = this.at(place);
    view.set(elements as Float32Array);
    this.expect(place, elements);
    return view;
  }

  /** Says what it must hold after the call. */
  expect(place: number, elements: Elements): void {
    this.#image.set(bytesOf(elements), place * this.#like.BYTES_PER_ELEMENT);
  }

  /** @throws unless all bytes are what was put, or is expected */
  check(what: string): void {
    const [bytes, image] = [Buffer.from(this.#bytes.buffer), this.#image];
    if (bytes.equals(image)) return;
    const at = bytes.findIndex((byte, i) => byte !== image[i]);
    const element = Math.floor(at / this.#like.BYTES_PER_ELEMENT);
    assert.fail(`${what}: byte ${at}, in element ${element}, is ${bytes[at]}, not ${image[at]}`);
  }
}
