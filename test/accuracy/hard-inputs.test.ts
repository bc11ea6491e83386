// The JavaScript kernels at the inputs that are the hardest to round. native/verify.test.ts has the native kernels
// there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mish, mishDerivative } from 'node-mish';
import { root } from '../support/repository.ts';
import { assertSameBits } from '../support/values/vectors.ts';

const functions = {
  f: (x: Float32Array) => mish(x, { device: 'js' }),
  f1: (x: Float32Array) => mishDerivative(x, { device: 'js' }),
  f2: (x: Float32Array) => mishDerivative(x, { device: 'js', order: 2 }),
} as const;

describe('JavaScript at the hardest inputs', () => {
  for (const [name, run] of Object.entries(functions)) {
    it(`${name} is correctly rounded`, () => {
      const { buffer } = Uint8Array.from(
        readFileSync(`${root}test/vectors/float32-hard.${name}.u32.bin`),
      );
      const pairs = new Float32Array(buffer);
      const x = pairs.filter((_, i) => i % 2 === 0);
      assert.equal(x.length, 3000);
      assertSameBits(
        run(x),
        pairs.filter((_, i) => i % 2 === 1),
        name,
      );
    });
  }
});
