// .safetensors files: what the reference implementation wrote loads, what we write is its bytes, every rule
// of the format is kept, and any name is just a name.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSafetensors, memory, saveSafetensors, Tensor } from 'node-mish';
import { describeOnEachDevice } from '../support/calls.ts';
import { assertRejects } from '../support/errors.ts';
import {
  anyBits,
  fixture,
  fixtureValues,
  kindOf,
  numbersOf,
  pythonWith,
  tensorAround,
} from '../support/files.ts';
import { scratchDirectory } from '../support/repository.ts';
import { assertSameBits, dtypeNames, type Elements } from '../support/vectors.ts';

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
    const wrong = () => loadSafetensors(path, { names: [1] as never });
    await assertRejects('ERR_MISH_ARGUMENT', wrong, /array of strings/);
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

// ---------------------------------------------------------------- what must be refused

function safetensors(header: string | Buffer, dataBytes: number, length?: bigint): Buffer {
  const text = Buffer.from(header as string);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([start, text, Buffer.alloc(dataBytes)]);
}

const tensor = (shape: string, offsets: string, dtype = '"F32"') =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
const one = `{"a":${tensor('[2]', '[0,8]')}}`;

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /it is empty/],
  ['nine bytes', Buffer.alloc(9), /it has 9 bytes/],
  ['text', Buffer.from('{"a": "no length before it"}'), /at most \d+ bytes; got/],
  ['a header of 2^63 bytes', safetensors(one, 8, 2n ** 63n), /got 9223372036854775808/],
  ['a header longer than the file', safetensors(one, 8, BigInt(one.length + 9)), /truncated/],
  ['a header over the limit', safetensors('{'.padEnd(1e8 + 1), 8), /at most 100000000 bytes/],
  ['a header that ends early', safetensors(one, 8, 20n), /ends too early|has no/],
  ['bytes that are no UTF-8', safetensors(Buffer.from('{"\xff":1}', 'latin1'), 0), /UTF-8/],
  ['an array', safetensors('[1, 2, 3]', 0), /has no '\{'/],
  ['something behind the object', safetensors(`${one} 1`, 8), /goes on after/],
  ['a comma too many', safetensors(`{"a":${tensor('[2]', '[0,8]')},}`, 8), /no string where one/],
  ['a key without quotes', safetensors(`{a:${tensor('[2]', '[0,8]')}}`, 8), /no string where one/],
  ['a name twice', safetensors(`{"a":${tensor('[0]', '[0,0]')},${one.slice(1)}`, 8), /"a" twice/],
  [
    'a name twice, once escaped',
    safetensors(`{"\\u0061":${tensor('[0]', '[0,0]')},${one.slice(1)}`, 8),
    /"a" twice/,
  ],
  ['a shape twice', safetensors(one.replace('"shape"', '"shape":[1],"shape"'), 8), /"shape" twice/],
  ['a string without an end', safetensors('{"a\\":1}', 0), /string without an end/],
  ['a tensor that is a number', safetensors('{"a":8}', 0), /tensor "a": .*has no '\{'/],
  ['a tensor without dtype', safetensors('{"a":{"shape":[],"data_offsets":[0,4]}}', 4), /a dtype/],
  ['a dtype that is a number', safetensors(`{"a":${tensor('[]', '[0,4]', '4')}}`, 4), /a dtype/],
  ['a tensor without shape', safetensors('{"a":{"dtype":"F32"}}', 4), /a shape/],
  ['no offsets', safetensors('{"a":{"dtype":"F32","shape":[]}}', 4), /data_offsets/],
  ['one offset', safetensors(`{"a":${tensor('[]', '[0]')}}`, 4), /data_offsets as/],
  ['offsets that go back', safetensors(`{"a":${tensor('[]', '[4,0]')}}`, 4), /data_offsets as/],
  ['a negative offset', safetensors(`{"a":${tensor('[]', '[-4,0]')}}`, 4), /data_offsets as/],
  ['a broken offset', safetensors(`{"a":${tensor('[]', '[0,4.5]')}}`, 4), /data_offsets as/],
  ['an offset of 10^400', safetensors(`{"a":${tensor('[]', '[0,1e400]')}}`, 4), /data_offsets as/],
  ['a negative extent', safetensors(`{"a":${tensor('[-1]', '[0,4]')}}`, 4), /non-negative/],
  ['an extent that is text', safetensors(`{"a":${tensor('["1"]', '[0,4]')}}`, 4), /non-negative/],
  ['a product of 10^30', safetensors(`{"a":${tensor('[1e15,1e15]', '[0,4]')}}`, 4), /product/],
  ['a shape that is not the bytes', safetensors(`{"a":${tensor('[3]', '[0,8]')}}`, 8), /takes 12/],
  [
    'wrong bytes of an integer',
    safetensors(`{"a":${tensor('[3]', '[0,8]', '"I8"')}}`, 8),
    /takes 3/,
  ],
  ['a tensor past the end', safetensors(`{"a":${tensor('[2]', '[0,8]')}}`, 7), /truncated/],
  ['bytes behind the last', safetensors(one, 9), /Something follows/],
  ['a hole', safetensors(`{"a":${tensor('[1]', '[4,8]')}}`, 8), /from 0 on/],
  [
    'an overlap',
    safetensors(`{"a":${tensor('[2]', '[0,8]')},"b":${tensor('[2]', '[4,12]')}}`, 12),
    /tensor "b": expected its bytes from 8 on/,
  ],
  [
    'metadata that is no text',
    safetensors(`{"__metadata__":{"a":1},${one.slice(1)}`, 8),
    /strings/,
  ],
  ['metadata that is a list', safetensors(`{"__metadata__":[],${one.slice(1)}`, 8), /__metadata__/],
  ['deep nesting', safetensors(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 0), /tensor "a"/],
  [
    'an entry of a megabyte',
    safetensors(`{"a":${tensor(`[${'1,'.repeat(5e5)}1]`, '[0,4]')}}`, 4),
    /ch/,
  ],
  ['a million and more names', safetensors(manyNames(), 0), /more than 1048576 keys/],
];

function manyNames(): string {
  const entry = tensor('[0]', '[0,0]');
  const names = Array.from({ length: 2 ** 20 + 1 }, (_, i) => `"${i}":${entry}`);
  return `{${names.join(',')}}`;
}

describe('loadSafetensors', () => {
  const directory = scratchDirectory();
  const load = (contents: Buffer) => {
    const path = join(directory, 'refused.safetensors');
    writeFileSync(path, contents);
    return loadSafetensors(path);
  };

  for (const [name, contents, message] of refused) {
    it(`refuses ${name}`, () => assertRejects('ERR_MISH_FORMAT', () => load(contents), message));
  }

  it('takes spaces, members it does not know, and any order', async () => {
    const b = `"b":{"extra":{"x":[1]},"data_offsets":[8,12],"shape":[],"dtype":"F32"}`;
    const tensors = await load(safetensors(`{ ${b} ,\n"a" : ${tensor('[2]', '[0,8]')} }   `, 12));
    assert.deepEqual(
      [...tensors].map(([name, t]) => `${name} ${kindOf(t)}`),
      ['a float32 [2]', 'b float32 []'],
    );
  });

  it('takes dtypes that it does not know, as long as they are not asked for', async () => {
    const path = join(directory, 'unknown.safetensors');
    const entries = `{"q":${tensor('[5]', '[0,3]', '"Q7"')},"f":${tensor('[1]', '[3,7]')}}`;
    writeFileSync(path, safetensors(entries, 7));
    assert.equal((await loadSafetensors(path, { names: ['f'] })).get('f')!.item(), 0);
    await assertRejects('ERR_MISH_UNSUPPORTED', () => loadSafetensors(path), /"q".* is Q7/);
  });

  it('leaves no tensor behind when one of them fails', async () => {
    const before = memory();
    const path = fixture('with-int64.safetensors');
    await assertRejects('ERR_MISH_UNSUPPORTED', () => loadSafetensors(path));
    assert.deepEqual(memory(), before);
  });
});

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
