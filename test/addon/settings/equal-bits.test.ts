// Equal bits: every operation in every dtype and precision gives the same on every kernel level, with 1 to 8
// threads, at every alignment, in place and not, at every kind of length; and writes to nothing else.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lacking, levelNames, named } from '../../support/addon/levels.ts';
import { installSeams } from '../../support/addon/seams-package.ts';
import { opCases } from '../../support/calls/calls.ts';
import { formats, mostThreads } from '../../support/calls/large.ts';
import type { Product } from '../../support/children/cross-product.ts';
import { node, root, scratchDirectory, seamsFile } from '../../support/repository.ts';

function productOf(level: string, package_ = root, change: NodeJS.ProcessEnv = {}): Product {
  const script = join(package_, 'build/test/support/children/cross-product.js');
  return JSON.parse(node([script], { NODE_MISH_ISA: level, ...change }));
}

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

  const directory = scratchDirectory();
  for (const level of levelNames.filter((name) => name !== 'arm64')) {
    const reason = lacking(level) ?? (existsSync(seamsFile) ? undefined : 'no test build');
    it(named(`${level}, outputs past the caches`, reason), function () {
      if (reason) this.skip();
      installSeams(directory);
      const { isa, wrong, hashes, streamed } = productOf(level, directory, {
        MISH_TEST_CACHE_BYTES: '1',
      });
      assert.deepEqual(wrong, []);
      assert.equal(isa, level);
      assert.ok(streamed! > 50_000, `${streamed} streamed`);
      reference ??= hashes;
      assert.deepEqual(hashes, reference, 'the bits of the first level');
    });
  }
});
