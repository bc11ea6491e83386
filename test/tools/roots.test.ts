// The constants of the kernels are what their generators make: roots.h, roots.ts and powers.ts to the last
// digit, and the coefficients of exp.h the ones that scripts/constants/exp-polynomials.sollya accounts for.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCommands, root, runToEnd, scratchDirectory } from '../support/repository.ts';

/** Each generator, and the files that it makes. */
const generators = {
  'scripts/constants/generate-roots.mjs': ['binding/math/roots.h', 'src/backend/js/roots.ts'],
  'scripts/constants/generate-powers.mjs': ['src/backend/js/powers.ts'],
};
const shared = ['root.mjs', 'constants/fixed-point.mjs', 'constants/write-or-check.mjs'].map(
  (path) => `scripts/${path}`,
);

for (const [generator, generated] of Object.entries(generators)) {
  describe(`constants of ${generator}`, () => {
    const directory = scratchDirectory();
    const generate = (cwd: string, ...args: string[]) =>
      runToEnd(process.execPath, [generator, ...args], { cwd });

    beforeEach(() => {
      for (const file of [generator, ...shared, ...generated]) {
        cpSync(`${root}${file}`, join(directory, file));
      }
      assert.equal(generate(directory).exit, 0); // whatever the repository's are
    });

    it('are up to date', () => {
      assert.deepEqual(generate(root, '--check'), { exit: 0, stdout: '', stderr: '' });
    });

    for (const file of generated) {
      it(`are found stale when a digit of ${file} changes, and made again`, () => {
        const path = join(directory, file);
        const text = readFileSync(path, 'utf8');
        const changed = text.replace(/(\d)(?=;)/, (digit) => String((Number(digit) + 1) % 10));
        assert.notEqual(changed, text);
        writeFileSync(path, changed);

        const { exit, stdout, stderr } = generate(directory, '--check');
        assert.deepEqual({ exit, stdout }, { exit: 1, stdout: '' });
        assert.equal(stderr, `${file} is stale: run node ${generator}\n`);
        assert.equal(readFileSync(path, 'utf8'), changed); // --check writes nothing

        assert.equal(generate(directory).exit, 0);
        assert.equal(readFileSync(path, 'utf8'), text);
      });
    }
  });
}

/** The double that a C literal, decimal or hexadecimal, stands for. */
function fromHex(literal: string): number {
  const parts = /^0x1\.([0-9a-f]+)p([-+]\d+)$/.exec(literal);
  if (!parts) return Number(literal);
  const mantissa = BigInt(`0x1${parts[1]!.padEnd(13, '0')}`);
  return Number(mantissa) * 2 ** (Number(parts[2]) - 52);
}

describe('polynomial coefficients', () => {
  const script = 'scripts/constants/exp-polynomials.sollya';
  const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

  it('of exp.h are all in the script that makes them', () => {
    const polynomials =
      read('binding/math/exp.h').split('MISH_FN double exp_tail_degree10')[1] ?? '';
    const used = polynomials.match(/0x1\.[0-9a-f]+p[-+]\d+/g) ?? [];
    assert.equal(used.length, 9 + 5 + 11);
    const known = new Set(read(script).match(/0x1\.[0-9a-f]+p[-+]\d+/g));
    assert.deepEqual(
      used.filter((coefficient) => !known.has(coefficient)),
      [],
    );
  });

  it("of the JS kernels are exp.h's of degree 13", async () => {
    const { expTail } = await import(`${root}build/src/backend/js/float64.js`);
    const [, text = ''] = read('binding/math/exp.h').split('exp_cubic_tail_degree13');
    const third = /(\S+) \* r\)\);/.exec(text)![1]!;
    const lines = [...text.matchAll(/double c(?:45|67|89|1011|1213) = fma\((\S+), r, (\S+)\);/g)];
    const others = lines.flatMap(([, odd, even]) => [fromHex(even!), fromHex(odd!)]);
    const coefficients = [0.5, fromHex(third), ...others];
    assert.equal(coefficients.length, 12);
    assert.deepEqual(expTail, coefficients);
  });

  const missing = hasCommands('sollya') ? '' : ' (no sollya here)';
  it(`come out of sollya${missing}`, function () {
    if (missing) this.skip();
    const { exit, stdout } = runToEnd('sollya', [script], { cwd: root });
    assert.equal(exit, 0);
    const differing = [...stdout.matchAll(/^(\w+)$[\s\S]*?differ from exp\.h: (\d+)/gm)];
    assert.deepEqual(
      differing.map(([, name, count]) => [name, Number(count)]),
      [
        ['exp_tail_degree10', 0],
        ['exp_tail_degree13', 0],
        ['exp_degree6', 0],
      ],
    );
  });
});
