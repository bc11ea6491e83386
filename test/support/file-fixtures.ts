// What tests of files share: the fixtures that scripts/test/make-fixtures.py made, file contents as typed arrays,
// and Python where it is.
import assert from 'node:assert/strict';
import { type MemoryInfo, memory, Tensor } from 'node-mish';
import { newElements } from './calls/calls.ts';
import { root, runToEnd } from './repository.ts';
import { halfToNumber } from './values/half.ts';
import { bytesOf, type DTypeName, type Elements, halfNames, random } from './values/vectors.ts';

export const fixture = (name: string): string => `${root}test/fixtures/${name}`;

/** What every array of the fixtures holds. */
export const fixtureValues: readonly number[] = Array.from({ length: 24 }, (_, i) => i / 4 - 3);

/** The elements as numbers. */
export function numbersOf(tensor: Tensor): number[] {
  const bits = tensor.readSync() as Elements;
  const half = halfNames.find((name) => name === tensor.dtype);
  return Array.from(bits, (x) => (half ? halfToNumber(half, x) : x));
}

/** Dtype and shape. */
export function kindOf({ dtype, shape }: Tensor): string {
  return `${dtype} [${shape.join(', ')}]`;
}

/** Elements of that dtype with every kind of bits: NaN payloads, signs of zero, subnormals, infinities. */
export function anyBits(dtype: DTypeName, length: number): Elements {
  const next = random(length);
  const elements = newElements(dtype, length);
  const bytes = bytesOf(elements).map(() => Math.floor(next() * 256));
  // First a signalling NaN, which an innocent copy of floats would make quiet.
  const signalling = { float32: [1, 0, 0x80, 0xff], float64: [1, 0, 0, 0, 0, 0, 0xf0, 0xff] };
  const halves = { float16: [1, 0xfc], bfloat16: [0x81, 0xff] };
  bytes.set({ ...signalling, ...halves }[dtype].slice(0, bytes.length));
  bytesOf(elements).set(bytes);
  return elements;
}

/** The elements wrapped as a tensor, whose bits no conversion touches. */
export function tensorAround(
  dtype: DTypeName,
  elements: Elements,
  shape: readonly number[],
): Tensor {
  return Tensor.wrap(elements as Uint16Array, { dtype: dtype as 'float16', shape });
}

/** Fails when more is held than `before`; less may be, as what other tests left is collected any time. */
export function assertNoMoreHeld(before: MemoryInfo): void {
  const after = memory();
  assert.ok(after.tensors <= before.tensors, `${after.tensors} tensors, before ${before.tensors}`);
  for (const [device, bytes] of Object.entries(after.bytes)) {
    assert.ok(bytes <= (before.bytes[device] ?? 0), `${bytes} bytes on ${device}`);
  }
}

/** A python3 that imports these modules, or undefined. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  try {
    const { exit } = runToEnd('python3', ['-c', `import ${modules.join(', ')}`]);
    return exit === 0 ? 'python3' : undefined;
  } catch {
    return undefined; // no python3
  }
}
