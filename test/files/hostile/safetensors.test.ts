// .safetensors files that lie, are truncated or odd: every rule of the format is kept, memory is taken only
// for what is there, and what is odd but right loads.
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSafetensors, memory } from 'node-mish';
import { assertRejects } from '../../support/errors.ts';
import { assertNoMoreHeld, kindOf } from '../../support/file-fixtures.ts';
import { node, scratchDirectory } from '../../support/repository.ts';

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
  ['text', Buffer.from('"a": no length before it'), /at most \d+ bytes; got/],
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
  ['half a surrogate pair', safetensors(`{"\\ud800":${tensor('[0]', '[0,0]')}}`, 0), /no Unicode/],
  ['a byte order mark', safetensors(`\ufeff${one}`, 8), /has no '\{'/],
  ['deep nesting', safetensors(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 0), /tensor "a"/],
  [
    'an entry of a megabyte',
    safetensors(`{"a":${tensor(`[${'1,'.repeat(5e5)}1]`, '[0,4]')}}`, 4),
    /ch/,
  ],
  ['more names than a model has', safetensors(manyNames(2 ** 17 + 1), 0), /more than 131072 keys/],
];

function manyNames(count: number): string {
  const entry = tensor('[0]', '[0,0]');
  const names = Array.from({ length: count }, (_, i) => `"${i}":${entry}`);
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
    const path = join(directory, 'too-large.safetensors');
    const size = 2 ** 42; // no typed array is that long; the file is sparse
    const first = tensor('[2]', '[0,8]');
    const contents = safetensors(
      `{"a":${first},"b":${tensor(`[${size / 4}]`, `[8,${8 + size}]`)}}`,
      8,
    );
    writeFileSync(path, contents);
    truncateSync(path, contents.length + size);
    const before = memory();
    await assertRejects('ERR_MISH_OOM', () => loadSafetensors(path));
    assertNoMoreHeld(before);
    assert.equal((await loadSafetensors(path, { names: ['a'] })).size, 1);
  });

  it('takes what is odd but right', async () => {
    const entries = [
      `"a":${tensor('[2]', '[0,8]')}`,
      `"empty, listed late":${tensor('[0]', '[0,0]')}`,
      `"back\\\\":{"x":"]},{","dtype":"F32","shape":[],"data_offsets":[8,12]}`,
      '"__metadata__":null',
    ];
    const tensors = await load(safetensors(`  {${entries.join(',')}}\n`, 12));
    assert.deepEqual([...tensors.keys()], ['empty, listed late', 'a', 'back\\']);
  });

  it('takes 131,072 tensors in a small heap, and lets the event loop run', async function () {
    this.timeout(120_000);
    const path = join(directory, 'many.safetensors');
    writeFileSync(path, safetensors(manyNames(2 ** 17), 0));
    const program = `
      import { loadSafetensors } from 'node-mish';
      let turns = 0;
      setInterval(() => turns++).unref();
      const { size } = await loadSafetensors(process.argv[1]);
      console.log(size, turns);
    `;
    const heap = '--max-old-space-size=256';
    const said = node([heap, '--input-type=module', '--eval', program, path]);
    const [size, turns] = said.split(' ').map(Number);
    assert.equal(size, 2 ** 17);
    assert.ok(turns! > 150, `${turns} turns`); // every 1,000 members, and every 1,000 tensors
  });
});
