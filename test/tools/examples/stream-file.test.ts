// examples/stream-file.mjs: the bits of the library, in a file that is there whole or not at all.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { mish, mishDerivative } from 'node-mish';
import { noSignals, runExample, startExample } from '../../support/example.ts';
import { scratchDirectory } from '../../support/repository.ts';

describe('the example that streams a file', () => {
  const scratch = scratchDirectory();
  const file = (name: string) => join(scratch, name);
  const bytes = (name: string) => new Uint8Array(readFileSync(file(name)));

  it('makes one, and computes it', () => {
    const { exit, stdout, stderr } = runExample(
      'stream-file',
      file('x'),
      file('y'),
      '--make',
      '300001',
    );
    assert.deepEqual([exit, stderr], [0, '']);
    assert.match(
      stdout,
      /y: forward of float32, 1,200,004 bytes in [\d.]+ s, \d+ MB\/s; at most \d+ MiB of memory\n$/,
    );
    const x = new Float32Array(bytes('x').buffer);
    assert.equal(x.length, 300_001);
    assert.deepEqual(bytes('y'), new Uint8Array(mish(x).buffer));
  });

  it('takes other operations and dtypes', () => {
    const x = Float64Array.of(-3, -1, 0, 2);
    writeFileSync(file('x64'), new Uint8Array(x.buffer));
    const args = ['--dtype', 'float64', '--op', 'derivative'];
    assert.equal(runExample('stream-file', file('x64'), file('y64'), ...args).exit, 0);
    assert.deepEqual(bytes('y64'), new Uint8Array(mishDerivative(x).buffer));
  });

  it('leaves what was there, and nothing else, when it fails', () => {
    writeFileSync(file('odd'), new Uint8Array(7));
    writeFileSync(file('kept'), 'as it was');
    const { exit, stderr } = runExample('stream-file', file('odd'), file('kept'));
    assert.equal(exit, 1);
    assert.match(stderr, /7 bytes|an element|element/);
    assert.equal(readFileSync(file('kept'), 'utf8'), 'as it was');
    assert.equal(runExample('stream-file', file('absent'), file('new')).exit, 1);
    assert.equal(existsSync(file('new')), false);
    assert.deepEqual(
      readdirSync(scratch).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('says what is wrong with its arguments', () => {
    const said = (...args: readonly string[]) => {
      const { exit, stderr } = runExample('stream-file', ...args);
      return `${exit} ${stderr.trim()}`;
    };
    assert.match(said(file('x')), /^2 expected <in> and <out>, two files; got 1 names\.$/);
    assert.match(said(file('x'), file('z'), '--op', 'cosine'), /^2 op: expected .*'cosine'/);
    assert.match(said(file('x'), file('z'), '--make', '3'), /^2 --make: expected a new file/);
    assert.match(said(file('n'), file('z'), '--make', 'many'), /^2 --make: expected a number/);
  });

  it(`leaves nothing behind after Ctrl-C${noSignals}`, async function () {
    if (noSignals) this.skip();
    const { child, ended } = startExample(
      'stream-file',
      file('big'),
      file('never'),
      '--make',
      '99999999',
    );
    const begun = () => readdirSync(scratch).some((name) => name.endsWith('.tmp'));
    for (let i = 0; i < 1000 && !begun(); i++) await setTimeout(10);
    child.kill('SIGINT');
    assert.equal(await ended, 130);
    assert.deepEqual(
      readdirSync(scratch).filter((name) => /^big|^never/.test(name)),
      [],
    );
  });
});
