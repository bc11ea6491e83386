// Operands that are large enough for eight threads, and a call on them in any layout that guards the
// memory around its outputs.
import assert from 'node:assert/strict';
import { newElements, type OpCase, optionsOf, sample } from './calls.ts';
import { bytesOf, type DTypeName, type Elements } from './vectors.ts';

/** Of all operands of a call: in every dtype more than eight threads need (kThreadNs in pool.cc). */
const touchedBytes = 8 * 2 ** 20;
const period = 4093;

export interface Large {
  readonly op: OpCase;
  readonly dtype: DTypeName;
  readonly inputs: readonly Elements[];
  /** What outputs hold before. */
  readonly start: Elements;
}

export function largeCall(op: OpCase, dtype: DTypeName): Large {
  const operands = op.inputs + op.outputs * (op.accumulates ? 2 : 1);
  const { BYTES_PER_ELEMENT } = newElements(dtype, 0);
  const length = Math.ceil(touchedBytes / operands / BYTES_PER_ELEMENT) + 5;
  const make = (seed: number) => {
    const pattern = sample(dtype, period, seed);
    const elements = newElements(dtype, length);
    for (let i = 0; i < length; i += period) {
      elements.set(pattern.subarray(0, Math.min(period, length - i)), i);
    }
    return elements;
  };
  return { op, dtype, inputs: [1, 5, 7].slice(0, op.inputs).map(make), start: make(11) };
}

export interface Layout {
  /** Elements by which operands are off the start of their memory: input i by i + 1 times that. */
  readonly offset: number;
  /** Outputs are the first inputs. */
  readonly inPlace: boolean;
}

/** `elements` somewhere in more memory, with that many before it and more after. */
function within(elements: Elements, before: number): Elements {
  const room = new (elements.constructor as Float32ArrayConstructor)(elements.length + before + 64);
  new Uint8Array(room.buffer).fill(0xa5);
  room.set(elements as Float32Array, before);
  return room.subarray(before, before + elements.length);
}

function assertGuarded(elements: Elements): void {
  const { buffer, byteOffset, byteLength } = elements;
  const around = [
    new Uint8Array(buffer, 0, byteOffset),
    new Uint8Array(buffer, byteOffset + byteLength),
  ];
  for (const bytes of around) assert.ok(bytes.every((byte) => byte === 0xa5));
}

/** The bytes of each result. */
export function callLarge({ op, dtype, inputs, start }: Large, layout: Layout): Uint8Array[] {
  const placed = inputs.map((each, i) => within(each, layout.offset * (i + 1)));
  const outs = Array.from({ length: op.outputs }, (_, i) =>
    layout.inPlace ? placed[i]! : within(start, layout.offset * (i + 7)),
  );
  op.call(placed, optionsOf(dtype, 'cpu'), outs);
  for (const out of outs) assertGuarded(out);
  return outs.map(bytesOf);
}
