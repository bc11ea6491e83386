// Outputs past the caches: which calls write them so, by streaming instructions, to memory at any address; the
// cache is as large as the system says.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { usableLevels } from '../support/addon/levels.ts';
import { lackOf, runProgram } from '../support/native/programs.ts';
import { addonFile, hasCommands, runToEnd, seamsFile } from '../support/repository.ts';

interface Seams {
  readonly ops: readonly string[];
  readonly dtypes: readonly string[];
  run(op: number, dtype: number, ...operands: readonly unknown[]): number;
  streamedJobs(): number;
  cacheBytes(): number;
}

const levels = usableLevels().filter((level) => level !== 'arm64');
const reasonFor = (file: string) =>
  levels.length === 0 ? ' (no x86-64 kernels)' : existsSync(file) ? '' : ` (no ${file})`;
const noSeams = reasonFor(seamsFile);

describe(`which outputs go past the caches${noSeams}`, () => {
  const cacheBytes = 2 ** 16;
  let addon: Seams;
  before(function () {
    if (noSeams) this.skip();
    addon = createRequire(import.meta.url)(seamsFile) as Seams;
    process.env['MISH_TEST_CACHE_BYTES'] = `${cacheBytes}`;
  });
  after(() => {
    delete process.env['MISH_TEST_CACHE_BYTES'];
  });

  const streams = (op: string, ...operands: readonly unknown[]) => {
    const before = addon.streamedJobs();
    assert.equal(addon.run(addon.ops.indexOf(op), -1, ...operands), 0);
    return addon.streamedJobs() - before === 1;
  };
  const half = cacheBytes / 2 / Float32Array.BYTES_PER_ELEMENT;
  const array = (length: number) => new Float32Array(length);

  it('larger than half of the last-level cache', () => {
    assert.equal(streams('forward', array(half), array(half)), false);
    assert.equal(streams('forward', array(half + 1), array(half + 1)), true);
    assert.equal(streams('backward', ...[1, 2, 3].map(() => array(half + 1))), true);
    assert.equal(streams('doubleBackward', ...[1, 2, 3, 4, 5].map(() => array(half + 1))), true);
  });

  it('but none that is an input, or added to', () => {
    const [x, dy, ddx, out] = [1, 2, 3, 4].map(() => array(2 * half));
    assert.equal(streams('forward', x, x), false);
    assert.equal(streams('backward', x, dy, dy), false);
    assert.equal(streams('doubleBackward', x, dy, ddx, out, ddx), false);
    assert.equal(streams('backwardAccumulate', x, dy, out), false);
  });
});

/** Of the largest cache, where Linux lists them. */
function listedCacheBytes(): number | undefined {
  const directory = '/sys/devices/system/cpu/cpu0/cache';
  if (!existsSync(directory)) return undefined;
  const sizes = readdirSync(directory)
    .filter((name) => name.startsWith('index'))
    .map((name) => readFileSync(join(directory, name, 'size'), 'utf8').trim());
  const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
  return Math.max(...sizes.map((size) => Number.parseInt(size, 10) * units[size.at(-1)!]!));
}

const listed = listedCacheBytes();
const notListed = noSeams || (listed ? '' : ' (this system lists no caches)');

describe('streaming', () => {
  it(`goes by the cache that the system lists${notListed}`, function () {
    if (notListed) this.skip();
    const addon = createRequire(import.meta.url)(seamsFile) as Seams;
    assert.equal(addon.cacheBytes(), listed);
  });

  const noBinary = reasonFor(addonFile) || (hasCommands('objdump') ? '' : ' (no objdump)');
  it(`is what the function for it does${noBinary}`, function () {
    if (noBinary) this.skip();
    const { stdout } = runToEnd('objdump', ['-d', '-C', '-w', addonFile], { maxBuffer: 2 ** 28 });
    const functions = stdout
      .split('\n\n')
      .filter((text) => /^[0-9a-f]+ <[^\n]*::run_streamed\(/m.test(text));
    // All kernels of a level share it; gcc makes one for each size of element.
    for (const level of ['x86_64_v3', 'x86_64_v4']) {
      assert.ok(
        functions.some((text) => text.slice(0, 200).includes(`::${level}::`)),
        level,
      );
    }
    for (const text of functions) assert.match(text, /\tvmovnt/);
  });

  for (const level of ['x86-64-v3', 'x86-64-v4']) {
    const target = `misaligned_${level.replaceAll('-', '_')}`;
    const lacking = levels.includes(level) ? lackOf(target) : ' (this CPU lacks it)';
    it(`writes to memory at any address, ${level}${lacking}`, function () {
      if (lacking) this.skip();
      const { exit, stdout } = runProgram(target);
      assert.deepEqual({ exit, stdout }, { exit: 0, stdout: '1920 calls, 0 wrong\n' });
    });
  }
});
