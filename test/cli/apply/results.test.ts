// node-mish apply: what the library gives, for files of both formats, every dtype and operation.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadNpy,
  loadSafetensors,
  mish,
  mishBackward,
  mishDerivative,
  saveNpy,
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
