// examples/gradient-check.mjs: finds the gradients right, and a wrong one wrong.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { runExample } from '../../support/example.ts';
import { root, runToEnd } from '../../support/repository.ts';

const verdicts = (stdout: string): Record<string, string> =>
  Object.fromEntries(
    [...stdout.matchAll(/^(mish\w+) +\S+ +\S+ +(fine|off)$/gm)].map(([, name, is]) => [name, is]),
  );

describe('the example that checks gradients', () => {
  it('finds them right', () => {
    for (const seed of ['1', '2', '77']) {
      const { exit, stdout } = runExample('gradient-check', '--seed', seed);
      assert.deepEqual(verdicts(stdout), { mishBackward: 'fine', mishDoubleBackward: 'fine' });
      assert.equal(exit, 0);
    }
  });

  it('finds a wrong one, and exits with 1', () => {
    const text = readFileSync(`${root}examples/gradient-check.mjs`, 'utf8');
    const broken = (from: string, to: string) => {
      assert.ok(text.includes(from), from);
      mkdirSync(`${root}build/broken`, { recursive: true });
      const file = `${root}build/broken/gradient-check.mjs`;
      writeFileSync(file, text.replace(from, to));
      const { exit, stdout } = runToEnd(process.execPath, [file]);
      assert.equal(exit, 1);
      return verdicts(stdout);
    };
    const scaled = 'mishBackward(z, dy).map((each) => 1.00001 * each)';
    assert.equal(broken('dz: mishBackward(z, dy)', `dz: ${scaled}`)['mishBackward'], 'off');
    assert.deepEqual(broken('mishBackward(z, back.dy, {', 'mishBackward(z, dy, {'), {
      mishBackward: 'fine',
      mishDoubleBackward: 'off',
    });
  });

  it('says what is wrong with its arguments', () => {
    const { exit, stderr } = runExample('gradient-check', '--seed', 'one');
    assert.deepEqual(
      [exit, stderr],
      [2, "--seed: expected an integer from 0 to 999999999; got 'one'.\n"],
    );
  });
});
