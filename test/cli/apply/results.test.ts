// node-mish apply: what the library gives, for files of both formats, every dtype and operation; and for what
// cannot be done a sentence, a code, and no file.
import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  loadNpy,
  loadSafetensors,
  mish,
  mishBackward,
  mishDerivative,
  saveNpy,
  saveSafetensors,
  type Tensor,
} from 'node-mish';
import { describeOnEachDevice } from '../../support/calls/calls.ts';
import { cli, failure } from '../../support/cli/command-line.ts';
import { nowhere, nowhereCode } from '../../support/errors.ts';
import { anyBits, fixture, kindOf, tensorAround } from '../../support/file-fixtures.ts';
import { scratchDirectory } from '../../support/repository.ts';
import { assertSameBits, dtypeNames, type Elements } from '../../support/values/vectors.ts';

const inDirectory = (directory: string) => (name: string) => join(directory, name);

/** Runs it, which must succeed, and loads what it wrote. */
async function applied(out: string, ...args: readonly string[]): Promise<Tensor> {
  const { exit, stderr } = cli(['apply', ...args, '-o', out]);
  assert.deepEqual([exit, stderr], [0, '']);
  return loadNpy(out);
}

function assertSame(actual: Tensor, expected: Tensor, name: string): void {
  assert.equal(kindOf(actual), kindOf(expected), name);
  assertSameBits(actual.readSync() as Elements, expected.readSync() as Elements, name);
}

describeOnEachDevice('node-mish apply', (device) => {
  const at = inDirectory(scratchDirectory());
  const length = 200_003; // more than one piece in every dtype, and no whole number of them

  for (const dtype of dtypeNames) {
    it(`every operation on ${dtype}`, async () => {
      const x = tensorAround(dtype, anyBits(dtype, length), [length]).to(device, { copy: true });
      const dy = tensorAround(dtype, anyBits(dtype, length).reverse(), [length]).to(device);
      await saveNpy(at('x.npy'), x);
      await saveNpy(at('dy.npy'), dy);
      const expected = {
        forward: mish(x),
        derivative: mishDerivative(x),
        derivative2: mishDerivative(x, { order: 2 }),
        backward: mishBackward(x, dy.to(device)),
      };
      for (const [op, tensor] of Object.entries(expected)) {
        const pair = op === 'backward' ? ['--dy', at('dy.npy')] : [];
        const flags = ['--op', op, '--device', device, ...pair, at('x.npy')];
        assertSame(await applied(at(`${op}.npy`), ...flags), tensor, op);
      }
    });
  }
});

describe('node-mish apply', () => {
  const at = inDirectory(scratchDirectory());

  it('reads both byte orders, and keeps Fortran order', async () => {
    for (const name of ['float32-big-4x6.npy', 'float64-fortran-2x3x4.npy']) {
      const out = await applied(at(name), fixture(name));
      assertSame(out, mish(await loadNpy(fixture(name))), name);
    }
    assert.match(readFileSync(at('float64-fortran-2x3x4.npy'), 'latin1'), /'fortran_order': True/);
  });

  it('takes a scalar, and an array without elements', async () => {
    for (const name of ['float64-scalar.npy', 'float32-empty-0x3.npy']) {
      const out = await applied(at(name), fixture(name));
      assertSame(out, mish(await loadNpy(fixture(name))), name);
    }
  });

  it('converts before it computes', async () => {
    const x = fixture('float64-little-4x6.npy');
    for (const dtype of dtypeNames) {
      const out = await applied(at('c.npy'), '--dtype', dtype, x);
      assertSame(out, mish((await loadNpy(x)).cast(dtype)), dtype);
    }
    const pair = ['--dy', fixture('float32-big-4x6.npy'), '--op', 'backward'];
    const out = await applied(at('d.npy'), ...pair, '--dtype', 'float16', x);
    const cast = (await loadNpy(x)).cast('float16');
    assertSame(out, mishBackward(cast, cast), 'backward');
  });

  it('keeps names, shapes and metadata of .safetensors', async () => {
    const given = fixture('floats.safetensors');
    assert.equal(cli(['apply', given, '-o', at('all.safetensors')]).exit, 0);
    const header = (path: string) => readFileSync(path).subarray(0, 440).toString('latin1');
    assert.equal(header(at('all.safetensors')), header(given));
    const out = await loadSafetensors(at('all.safetensors'));
    for (const [name, tensor] of await loadSafetensors(given)) {
      assertSame(out.get(name)!, mish(tensor), name);
    }
  });

  it('takes the tensors named, for backward too', async () => {
    const given = fixture('with-int64.safetensors');
    const names = ['--name', 'weight', '--name', '__proto__'];
    const args = ['--op', 'backward', '--dy', fixture('floats.safetensors'), ...names, given];
    assert.equal(cli(['apply', ...args, '-o', at('two.safetensors')]).exit, 0);
    const [x, out] = [
      await loadSafetensors(given, { names: ['weight', '__proto__'] }),
      await loadSafetensors(at('two.safetensors')),
    ];
    assert.deepEqual([...out.keys()].sort(), ['__proto__', 'weight']);
    for (const [name, tensor] of x) assertSame(out.get(name)!, mishBackward(tensor, tensor), name);
  });

  it('writes wider elements first, so that all are aligned', () => {
    const names = ['--name', 'half/f16', '--name', 'weight', '--name', 'bias.f64'];
    const out = at('aligned.safetensors');
    assert.equal(cli(['apply', ...names, fixture('floats.safetensors'), '-o', out]).exit, 0);
    const bytes = readFileSync(out);
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + bytes.readUInt32LE(0)));
    assert.deepEqual(header['bias.f64'].data_offsets, [0, 192]);
    assert.deepEqual(header['weight'].data_offsets, [192, 288]);
  });

  it('computes where NODE_MISH_DEVICE says, or tells that it cannot', () => {
    const args = ['apply', fixture('float32-little-4x6.npy'), '-o', at('there.npy')];
    const js = cli(args, { env: { NODE_MISH_DEVICE: 'js' } });
    assert.match(js.stdout, / on js in /);
    const cuda = failure(cli(args, { env: { NODE_MISH_DEVICE: nowhere } }));
    assert.ok(cuda.startsWith(`1 ${nowhereCode()} `), cuda);
  });

  it('tells a person in a line, a program in JSON', () => {
    const args = ['apply', fixture('float32-little-4x6.npy'), '-o', at('told.npy')];
    const { stdout } = cli([...args, '--device', 'js']);
    assert.match(
      stdout,
      /told\.npy: forward of 24 float32 elements, \[4, 6\], on js in [\d.]+ ms\n$/,
    );
    const told = JSON.parse(cli([...args, '--device', 'js', '--json']).stdout);
    assert.ok(told.seconds > 0);
    assert.deepEqual(
      { ...told, seconds: 0 },
      {
        ...{ output: at('told.npy'), format: 'npy', op: 'forward', device: 'js', elements: 24 },
        seconds: 0,
        tensors: [{ name: '', dtype: 'float32', shape: [4, 6], size: 24 }],
      },
    );
  });

  it('takes paths that begin with a dash behind --, and names with spaces', async () => {
    const cwd = scratchIn(at, 'odd');
    const x = await loadNpy(fixture('float32-little-4x6.npy'));
    await saveNpy(join(cwd, '-x y.npy'), x);
    const { exit } = cli(['apply', '-o', 'z z.npy', '--', '-x y.npy'], { cwd });
    assert.equal(exit, 0);
    assertSame(await loadNpy(join(cwd, 'z z.npy')), mish(x), 'odd names');
  });
});

function scratchIn(at: (name: string) => string, name: string): string {
  mkdirSync(at(name));
  return at(name);
}

// ---------------------------------------------------------------- what must be refused
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
  const at = inDirectory(scratchDirectory());
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
