// Equal bits: every operation in every dtype and precision gives the same on every kernel level, with 1 to 8
// threads, at every alignment, in place and not, at every kind of length; and writes to nothing else.
import assert from 'node:assert/strict';
import { opCases } from './support/calls.ts';
import { formats, mostThreads } from './support/large.ts';
import { lacking, levelNames, named } from './support/levels.ts';
import type { Product } from './support/product.ts';
import { node, root } from './support/repository.ts';

const productOf = (level: string): Product =>
  JSON.parse(node([`${root}build/test/support/product.js`], { NODE_MISH_ISA: level }));

describe('equal bits of operations, formats, threads, alignments, lengths, in place and not', () => {
  /** Of the first level that runs. */
  let reference: Product['hashes'] | undefined;

  for (const level of levelNames) {
    const reason = lacking(level);
    it(named(level, reason), function () {
      if (reason) this.skip();
      const { isa, calls, wrong, hashes, helpers } = productOf(level);
      assert.deepEqual(wrong, []);
      assert.equal(isa, level);
      assert.ok(calls > 100_000, `${calls} calls`);
      assert.equal(Object.keys(hashes).length, opCases.length * formats.length);
      reference ??= hashes;
      assert.deepEqual(hashes, reference, 'the bits of the first level');
      if (process.platform === 'linux') assert.equal(helpers, mostThreads - 1);
    });
  }
});
