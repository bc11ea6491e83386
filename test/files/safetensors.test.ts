// .safetensors files: what the reference implementation wrote loads, what we write is its bytes, every rule
// of the format is kept, and any name is just a name.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSafetensors, saveSafetensors, Tensor } from 'node-mish';
import { describeOnEachDevice } from '../support/calls/calls.ts';
import { assertRejects } from '../support/errors.ts';
import {
  anyBits,
  fixture,
  fixtureValues,
  kindOf,
  numbersOf,
  pythonWith,
  tensorAround,
} from '../support/file-fixtures.ts';
import { scratchDirectory } from '../support/repository.ts';
import { assertSameBits, dtypeNames, type Elements } from '../support/values/vectors.ts';

const kinds: Readonly<Record<string, string>> = {
  'bias.f64': 'float64 [24]',
  empty: 'float32 [0, 3]',
  scalar: 'float32 []',
  weight: 'float32 [4, 6]',
  ['__proto__']: 'bfloat16 [24, 1]',
  'half/f16': 'float16 [2, 12]',
};

describeOnEachDevice('what safetensors wrote', (device) => {
  it('loads by name', async () => {
    const tensors = await loadSafetensors(fixture('floats.safetensors'), { device });
    assert.deepEqual([...tensors.keys()].sort(), Object.keys(kinds).sort());
    for (const [name, tensor] of tensors) {
      assert.equal(kindOf(tensor), kinds[name], name);
      assert.deepEqual(numbersOf(tensor), fixtureValues.slice(0, tensor.size), name);
      assert.equal(tensor.device.id, device);
    }
  });

  it('loads the tensors named, in that order, past one that it cannot', async () => {
    const path = fixture('with-int64.safetensors');
    const names = ['weight', '__proto__'];
    const tensors = await loadSafetensors(path, { names, device });
    assert.deepEqual([...tensors.keys()], names);
    assert.deepEqual(numbersOf(tensors.get('__proto__')!), fixtureValues);
    assert.equal((await loadSafetensors(path, { names: [] })).size, 0);
    await assertRejects('ERR_MISH_UNSUPPORTED', () => loadSafetensors(path), /"steps".*I64/);
    const missing = () => loadSafetensors(path, { names: ['w'] });
    await assertRejects('ERR_MISH_ARGUMENT', missing, /"weight".*got "w"/);
    for (const name of [1, undefined]) {
      const wrong = () => loadSafetensors(path, { names: [name] as never });
      await assertRejects('ERR_MISH_ARGUMENT', wrong, /array of strings/);
    }
  });
});

describe('what we write', () => {
  const directory = scratchDirectory();
  const path = join(directory, 'ours.safetensors');

  it('is what safetensors writes, byte for byte', async () => {
    const tensors = await loadSafetensors(fixture('floats.safetensors'));
    await saveSafetensors(path, tensors, metadataOf('floats.safetensors'));
    assert.deepEqual(readFileSync(path), readFileSync(fixture('floats.safetensors')));
  });

  it('comes back with every bit, aligned, under any name', async () => {
    const names = ['10', '2', '', 'a"\\\n\u2028', '\u{1f600}', '__proto__', 'constructor', ' '];
    const elements = names.map((_, i) => anyBits(dtypeNames[i % 4]!, 7 + i));
    const shape = (i: number) => [1, 7 + i];
    const given = new Map(
      names.map((name, i) => [name, tensorAround(dtypeNames[i % 4]!, elements[i]!, shape(i))]),
    );
    await saveSafetensors(path, given);
    const back = await loadSafetensors(path);
    for (const [i, name] of names.entries()) {
      const tensor = back.get(name)!;
      assert.equal(kindOf(tensor), `${dtypeNames[i % 4]} [1, ${7 + i}]`);
      assertSameBits(tensor.data as Elements, elements[i]!, JSON.stringify(name));
    }
    const widths = [...back.values()].map(({ byteLength, size }) => byteLength / size);
    assert.deepEqual(widths, [...widths].sort().reverse(), 'wider elements first');
    assert.equal(readFileSync(path).readUInt32LE(0) % 8, 0);
  });

  it('is nothing at all, or metadata alone', async () => {
    await saveSafetensors(path, new Map());
    assert.equal(readFileSync(path, 'latin1').slice(8), '{}      ');
    assert.equal((await loadSafetensors(path)).size, 0);
    await saveSafetensors(path, new Map(), { note: 'é' });
    assert.equal((await loadSafetensors(path)).size, 0);
    assert.ok(readFileSync(path, 'utf8').includes('{"__metadata__":{"note":"é"}}'));
  });

  it('takes more tensors than one at a time, as they are at the call', async () => {
    const tensor = Tensor.from([1, 2]);
    const saved = saveSafetensors(path, new Map([1, 2, 3].map((i) => [`t${i}`, tensor])));
    tensor.data.fill(9);
    tensor.dispose();
    await saved;
    const back = await loadSafetensors(path);
    assert.deepEqual([...back.values()].map(numbersOf), Array(3).fill([1, 2]));
  });

  const python = pythonWith('numpy', 'ml_dtypes', 'safetensors');
  it(`is loaded by safetensors${python ? '' : ' (no python3 with it)'}`, async function () {
    if (!python) this.skip();
    const elements = dtypeNames.map((dtype) => anyBits(dtype, 12));
    await saveSafetensors(
      path,
      new Map(dtypeNames.map((name, i) => [name, tensorAround(name, elements[i]!, [3, 4])])),
    );
    const script = [
      'import ml_dtypes, sys; from safetensors.numpy import load_file',
      'for name, a in sorted(load_file(sys.argv[1]).items()):',
      '  print(name, a.dtype, a.shape, a.tobytes().hex())',
    ];
    const said = execFileSync(python!, ['-c', script.join('\n'), path], { encoding: 'utf8' });
    const expected = dtypeNames.map((name, i) => {
      return `${name} ${name} (3, 4) ${Buffer.from(elements[i]!.buffer).toString('hex')}`;
    });
    assert.deepEqual(said.trim().split('\n'), expected.sort());
  });
});

/** Our API gives no metadata back: the test reads it from the header. */
function metadataOf(name: string): Record<string, string> {
  const bytes = readFileSync(fixture(name));
  const header = bytes.subarray(8, 8 + bytes.readUInt32LE(0)).toString();
  return JSON.parse(header).__metadata__;
}

describe('saveSafetensors', () => {
  const directory = scratchDirectory();
  const path = join(directory, 'a.safetensors');
  const save = (tensors: unknown, metadata?: unknown) => () =>
    saveSafetensors(path, tensors as Map<string, Tensor>, metadata as Record<string, string>);
  const map = (name: unknown, value: unknown = Tensor.zeros([1])) => new Map([[name, value]]);

  it('refuses what the format cannot say', async () => {
    const code = 'ERR_MISH_ARGUMENT';
    await assertRejects(code, save({ a: Tensor.zeros([1]) }), /expected a Map/);
    await assertRejects(code, save(map(1)), /names that are strings; got number 1/);
    await assertRejects(code, save(map('a', new Float32Array(1))), /get\("a"\): expected a Tensor/);
    await assertRejects(code, save(map('__metadata__')), /no name for a tensor/);
    await assertRejects(code, save(map('\ud800')), /well-formed/);
    await assertRejects(code, save(map('a'), { note: 1 }), /plain object of strings; got number 1/);
    await assertRejects(code, save(map('a'), 'note'), /plain object of strings/);
    await assertRejects(code, save(map('a'), { '\udc00': '' }), /well-formed/);
    assert.deepEqual(readdirSync(directory), []);
  });
});
