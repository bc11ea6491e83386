// Refusals of node-mish apply: a sentence and a code are printed, and no file is written. The device does not matter.
import assert from 'node:assert/strict';
import { linkSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNpy, saveNpy, saveSafetensors } from 'node-mish';
import { cli, failure } from '../support/cli/command-line.ts';
import { nowhere, nowhereCode } from '../support/errors.ts';
import { fixture } from '../support/file-fixtures.ts';
import { scratchDirectory } from '../support/repository.ts';

const x = fixture('float32-little-4x6.npy');
const model = fixture('floats.safetensors');

// [arguments, OUT for a file to write; how it is told]
const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /^2 ERR_MISH_ARGUMENT expected a file to read; got none\. See node-mish apply --help/],
  [[x], /^2 ERR_MISH_ARGUMENT expected -o/],
  [[x, x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT expected one file/],
  [['', '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT expected a file to read/],
  [['--op', 'backward', '--dy=', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --dy: /],
  [[x, '-o', ''], /^2 ERR_MISH_ARGUMENT expected -o/],
  [['--op', 'relu', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --op: expected forward, .*'relu'/],
  [['--op', 'backward', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --dy: /],
  [['--dy', x, x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --dy: /],
  [['--dtype', 'int8', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --dtype: expected float32/],
  [['--precision', 'high', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --precision: expected exact/],
  [['--frob', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT Unknown option/],
  [
    ['--precision', 'fast', '--dtype', 'float64', x, '-o', 'OUT'],
    /^2 ERR_MISH_ARGUMENT --precision: fast is for float32; got float64/,
  ],
  [['--device', nowhere, x, '-o', 'OUT'], new RegExp(`^1 ${nowhereCode()} `)],
  [['--name', 'a', x, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT <in>: .*is an \.npy file/],
  [['--op', 'backward', '--dy', x, model, '-o', 'OUT'], /^2 ERR_MISH_ARGUMENT --dy: .*is an \.npy/],
  [['-o', 'OUT', '--', '--x', '-1.npy'], /^2 ERR_MISH_ARGUMENT .*got '-1\.npy' too/],
  [['--name', 'a', model, '-o', 'OUT'], /^1 ERR_MISH_ARGUMENT <in>: .*"weight".*got "a"/],
  [['missing.npy', '-o', 'OUT'], /^1 ENOENT missing\.npy: no such file or folder\. Check/],
  [['.', '-o', 'OUT'], /^1 ERR_MISH_ARGUMENT <in>: expected a regular file/],
  [['EMPTY', '-o', 'OUT'], /^1 ERR_MISH_FORMAT .*it is empty/],
  [['TRUNCATED', '-o', 'OUT'], /^1 ERR_MISH_FORMAT .*takes 224 bytes.*truncated/],
  [['TEXT', '-o', 'OUT'], /^1 ERR_MISH_FORMAT .*it begins like neither/],
  [[fixture('int64-24.npy'), '-o', 'OUT'], /^1 ERR_MISH_UNSUPPORTED .*'<i8'.*astype/],
  [[fixture('with-int64.safetensors'), '-o', 'OUT'], /^1 ERR_MISH_UNSUPPORTED .*"steps"/],
  [[x, '-o', 'no/such/OUT'], /^1 ENOENT .*no such file or folder/],
  [[x, '-o', '.'], /^1 ERR_MISH_ARGUMENT -o: expected a regular file/],
  [
    [x, '-o', 'OUT.safetensors'],
    /^2 ERR_MISH_ARGUMENT -o: expected the format of the input, \.npy/,
  ],
  [[model, '-o', 'OUT.NPY'], /^2 ERR_MISH_ARGUMENT -o: expected the format.*\.safetensors/],
  [['COPY', '-o', 'COPY'], /^2 ERR_MISH_ARGUMENT -o: .* than the inputs; got the input itself/],
  [['COPY', '-o', 'HARD'], /^2 ERR_MISH_ARGUMENT -o: expected another file.*HARD is COPY/],
  [['COPY', '-o', 'SOFT'], /^2 ERR_MISH_ARGUMENT -o: expected another file/],
  [['--op', 'backward', '--dy', 'COPY', x, '-o', './COPY'], /^2 ERR_MISH_ARGUMENT -o: .*another/],
  [['--op', 'backward', '--dy', 'missing', x, '-o', 'OUT'], /^1 ENOENT missing: /],
  [['--op', 'backward', '--dy', model, x, '-o', 'OUT'], /^1 ERR_MISH_ARGUMENT --dy: .*\.npy file/],
  [
    ['--op', 'backward', '--dy', fixture('float32-version2-24.npy'), x, '-o', 'OUT'],
    /^1 ERR_MISH_SHAPE --dy: expected shape \[4, 6\]; got \[24\]/,
  ],
  [
    ['--op', 'backward', '--dy', fixture('float64-little-4x6.npy'), x, '-o', 'OUT'],
    /^1 ERR_MISH_DTYPE --dy: expected float32.*got float64\. Convert both with --dtype/,
  ],
  [
    ['--op', 'backward', '--dy', 'CORDER', fixture('float32-fortran-2x3x4.npy'), '-o', 'OUT'],
    /^1 ERR_MISH_ARGUMENT --dy: .*memory order.*ascontiguousarray/,
  ],
  [
    ['--op', 'backward', '--dy', 'OTHER', model, '-o', 'OUT'],
    /^1 ERR_MISH_ARGUMENT --dy: expected tensors that OTHER has/,
  ],
];

describe('node-mish apply refuses', () => {
  const directory = scratchDirectory();
  const at = (name: string) => join(directory, name);
  before(async () => {
    const bytes = readFileSync(x);
    writeFileSync(at('EMPTY'), '');
    writeFileSync(at('TRUNCATED'), bytes.subarray(0, -1));
    writeFileSync(at('TEXT'), '0.5, 0.25\n');
    writeFileSync(at('COPY'), bytes);
    linkSync(at('COPY'), at('HARD'));
    symlinkSync('COPY', at('SOFT'));
    await saveNpy(at('CORDER'), await loadNpy(fixture('float32-fortran-2x3x4.npy')));
    await saveSafetensors(at('OTHER'), new Map([['other', await loadNpy(x)]]));
  });

  for (const [args, message] of refused) {
    it(
      args.map((argument) => argument.replace(/.*\/fixtures\//, '')).join(' ') || 'nothing',
      () => {
        const before = readdirSync(at('.'));
        assert.match(failure(cli(['apply', ...args], { cwd: at('.') })), message);
        assert.deepEqual(readdirSync(at('.')), before, 'no file was made, or left half-written');
        assert.deepEqual(readFileSync(at('COPY')), readFileSync(x));
      },
    );
  }

  it('as JSON for a program', () => {
    const { exit, stdout } = cli(['apply', '--json', 'missing.npy', '-o', 'OUT'], { cwd: at('.') });
    const { error } = JSON.parse(stdout);
    assert.equal(exit, 1);
    assert.deepEqual(Object.keys(error), ['code', 'message']);
    assert.equal(error.code, 'ENOENT');
  });
});
