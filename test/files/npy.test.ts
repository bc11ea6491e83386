// .npy files: those that numpy wrote load, those that we write are numpy's byte for byte, and every bit of
// every dtype survives.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadNpy, memory, saveNpy, Tensor } from 'node-mish';
import { describeOnEachDevice } from '../support/calls/calls.ts';
import { assertRejects, nowhere, nowhereCode } from '../support/errors.ts';
import {
  anyBits,
  assertNoMoreHeld,
  fixture,
  fixtureValues,
  kindOf,
  numbersOf,
  pythonWith,
  tensorAround,
} from '../support/file-fixtures.ts';
import { scratchDirectory } from '../support/repository.ts';
import { assertSameBits, bytesOf, dtypeNames, type Elements } from '../support/values/vectors.ts';

// [fixture, dtype and shape]; the values are the same in each.
const fixtures: readonly (readonly [string, string])[] = [
  ...['16', '32', '64'].flatMap((bits) =>
    ['little', 'big'].map((order) => [`float${bits}-${order}-4x6`, `float${bits} [4, 6]`] as const),
  ),
  ['bfloat16-4x6', 'bfloat16 [4, 6]'],
  ['float16-fortran-2x3x4', 'float16 [2, 3, 4]'],
  ['float32-fortran-2x3x4', 'float32 [2, 3, 4]'],
  ['float64-fortran-2x3x4', 'float64 [2, 3, 4]'],
  ['float32-version2-24', 'float32 [24]'],
  ['float32-version3-24', 'float32 [24]'],
];

describeOnEachDevice('what numpy wrote', (device) => {
  for (const [name, kind] of fixtures) {
    it(`${name}.npy is ${kind}`, async () => {
      const tensor = await loadNpy(fixture(`${name}.npy`), { device });
      assert.equal(kindOf(tensor), kind);
      assert.equal(tensor.device.id, device);
      assert.deepEqual(numbersOf(tensor), fixtureValues);
    });
  }

  it('a scalar, and an array without elements', async () => {
    const scalar = await loadNpy(fixture('float64-scalar.npy'), { device });
    assert.deepEqual([kindOf(scalar), scalar.item()], ['float64 []', -3]);
    const empty = await loadNpy(fixture('float32-empty-0x3.npy'), { device });
    assert.equal(kindOf(empty), 'float32 [0, 3]');
  });
});

describe('what we write', () => {
  const directory = scratchDirectory();

  // Of the fixtures, those in the form that we write: little-endian, C order, version 1.0.
  const ours = fixtures
    .map(([name]) => `${name}.npy`)
    .filter((name) => !/big|fortran|version/.test(name));
  for (const name of [...ours, 'float64-scalar.npy', 'float32-empty-0x3.npy']) {
    it(`is what numpy writes: ${name}`, async () => {
      const path = join(directory, name);
      await saveNpy(pathToFileURL(path), await loadNpy(pathToFileURL(fixture(name))));
      assert.deepEqual(readFileSync(path), readFileSync(fixture(name)));
    });
  }

  const shapes = [[], [1], [0], [3, 0, 2], [7, 13], Array(32).fill(1)];
  for (const dtype of dtypeNames) {
    it(`comes back with every bit: ${dtype}`, async () => {
      const path = join(directory, `${dtype}.npy`);
      for (const shape of [...shapes, [300_007]]) {
        const size = shape.reduce((a, b) => a * b, 1);
        const elements = anyBits(dtype, size);
        await saveNpy(path, tensorAround(dtype, elements, shape));
        const back = await loadNpy(path);
        assert.deepEqual([back.dtype, back.shape], [dtype, shape]);
        assertSameBits(back.data as Elements, elements, `${dtype} [${shape}]`);
      }
    });
  }

  it('is what the tensor held at the call, whatever is done to it after', async () => {
    const path = join(directory, 'snapshot.npy');
    const tensor = Tensor.from([1, 2, 3]);
    const saved = saveNpy(path, tensor);
    tensor.data.fill(9);
    tensor.dispose();
    await saved;
    assert.deepEqual((await loadNpy(path)).toArray(), [1, 2, 3]);
  });

  const python = pythonWith('numpy');
  it(`is loaded by numpy${python ? '' : ' (no python3 with numpy)'}`, async function () {
    if (!python) this.skip();
    for (const dtype of dtypeNames) {
      const elements = anyBits(dtype, 30);
      const path = join(directory, `numpy-${dtype}.npy`);
      await saveNpy(path, tensorAround(dtype, elements, [5, 6]));
      const print = 'print(a.dtype.str, a.shape, a.tobytes().hex())';
      const script = `import numpy, sys; a = numpy.load(sys.argv[1]); ${print}`;
      const said = execFileSync(python!, ['-c', script, path], { encoding: 'utf8' }).trim();
      const name = { float32: '<f4', float64: '<f8', float16: '<f2', bfloat16: '|V2' }[dtype];
      const hex = Buffer.from(elements.buffer).toString('hex');
      assert.equal(said, `${name} (5, 6) ${hex}`);
    }
  });
});

// ---------------------------------------------------------------- what must be refused

/** A file with that dict, and so many bytes of data. */
function npy(dict: string, dataBytes: number, version = [1, 0]): Buffer {
  const header = Buffer.from(`${dict}\n`, 'latin1');
  const length = Buffer.alloc(version[0] === 1 ? 2 : 4);
  length.writeUIntLE(header.length, 0, length.length);
  const magic = Buffer.from([0x93, ...Buffer.from('NUMPY'), ...version]);
  return Buffer.concat([magic, length, header, Buffer.alloc(dataBytes)]);
}

const dict = (descr: string, shape: string, order = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
const good = dict("'<f4'", '(2, 3)');

const refused: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /begins with/],
  ['text', Buffer.from('0.5 0.25 0.125\n'), /begins with/],
  ['the magic alone', Buffer.from('\x93NUMPY', 'latin1'), /version|ends/],
  ['version 4.0', npy(good, 24, [4, 0]), /version 1\.0, 2\.0 or 3\.0; got 4\.0/],
  ['version 1.1', npy(good, 24, [1, 1]), /got 1\.1/],
  ['a header cut off', npy(good, 0).subarray(0, 40), /the file ends at 40/],
  ['data cut off', npy(good, 23), /takes \d+ bytes .*truncated/s],
  ['data that goes on', npy(good, 25), /1 bytes that are no array follow/],
  [
    'a header of 4 GB',
    npy(good, 24, [2, 0]).fill(0xff, 8, 12),
    /at most 65535 bytes; got 4294967295/,
  ],
  ['10^18 elements', npy(dict("'<f4'", '(1000000000, 1000000000)'), 24), /product|2\^53/],
  ['2^50 elements', npy(dict("'<f4'", '(1125899906842624,)'), 24), /truncated/],
  ['an extent of 400 digits', npy(dict("'<f4'", `(${'9'.repeat(400)},)`), 4), /Infinity/],
  ['a negative extent', npy(dict("'<f4'", '(-1,)'), 4), /a tuple/],
  ['no tuple', npy(dict("'<f4'", '(6)'), 24), /a tuple/],
  ['a list', npy(dict("'<f4'", '[6]'), 24), /a tuple/],
  ['a fraction', npy(dict("'<f4'", '(6.0,)'), 24), /a tuple/],
  ['no number between commas', npy(dict("'<f4'", '(6,,1)'), 24), /a tuple/],
  ['fortran_order: 1', npy(dict("'<f4'", '(6,)', '1'), 24), /True or False/],
  ['an unknown key', npy("{'descr': '<f4', 'order': True}", 24), /once/],
  ['a key twice', npy("{'descr': '<f4', 'descr': '<f8'}", 24), /once/],
  ['a key missing', npy("{'descr': '<f4', 'shape': (6,)}", 24), /fortran_order missing/],
  ['no comma', npy("{'descr': '<f4' 'shape': (6,)}", 24), /',' or '}'/],
  ['no end', npy("{'descr': '<f4', ", 24), /once/],
  ['something after the dict', npy(`${good} + evil()`, 24), /nothing but spaces/],
  ['an expression', npy(dict("'<f4' * 2", '(6,)'), 24), /',' or '}'/],
  ['no dict', npy('evil()', 24), /a dict/],
  ['a dtype without quotes', npy(dict('float', '(6,)'), 24), /name of a dtype/],
  ['65,000 spaces', npy(dict("'<f4'", `(1, 2${' '.repeat(65_000)}x`), 24), /a tuple/],
];

describe('loadNpy', () => {
  const directory = scratchDirectory();
  const load = (contents: Buffer) => {
    const path = join(directory, 'refused.npy');
    writeFileSync(path, contents);
    return loadNpy(path);
  };

  for (const [name, contents, message] of refused) {
    it(`refuses ${name}`, () => assertRejects('ERR_MISH_FORMAT', () => load(contents), message));
  }

  const spellings: readonly (readonly [string, string])[] = [
    [dict("'<V2'", '(2, 6)'), 'bfloat16 [2, 6]'],
    [dict("'|V2'", '(2, 6)'), 'bfloat16 [2, 6]'],
    [dict('"bfloat16"', '(2, 6)'), 'bfloat16 [2, 6]'],
    [dict("'<f4'", '(2L, 3L)'), 'float32 [2, 3]'],
    [`{"shape":(6,),"fortran_order":True,"descr":"<f4"}`, 'float32 [6]'],
    [dict("'<f4'", '( 2 , 3 , )').replaceAll(' ', '  '), 'float32 [2, 3]'],
  ];
  for (const [header, kind] of spellings) {
    it(`reads ${header}`, async () => {
      const tensor = await load(npy(header, 24));
      assert.equal(kindOf(tensor), kind);
      tensor.dispose();
    });
  }

  it('says so for records, and more extents than a tensor has', async () => {
    const records = dict("[('a', '<f4'), ('b', '<i8')]", '(2,)');
    await assertRejects('ERR_MISH_UNSUPPORTED', () => load(npy(records, 24)), /astype/);
    const extents = npy(dict("'<f4'", `(${'1, '.repeat(33)})`), 4);
    await assertRejects('ERR_MISH_UNSUPPORTED', () => load(extents), /at most 32 extents; got 33/);
  });

  const inProc = existsSync('/proc/self/fd') ? '' : ' (no /proc)';
  it(`closes the file, whatever happens${inProc}`, async function () {
    if (inProc) this.skip();
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let i = 0; i < 5; i++) {
      await load(npy(good, 24));
      await assertRejects('ERR_MISH_FORMAT', () => load(npy(good, 23)));
    }
    assert.equal(open(), before);
  });

  for (const order of ['False', 'True']) {
    it(`lets the event loop run while it loads, fortran_order ${order}`, async () => {
      const path = join(directory, 'large.npy');
      const bytes = 2 ** 25;
      const contents = npy(dict("'>f4'", `(1024, ${bytes / 4096})`, order), 0);
      writeFileSync(path, contents);
      truncateSync(path, contents.length + bytes);
      let turns = 0;
      const timer = setInterval(() => turns++);
      (await loadNpy(path)).dispose();
      clearInterval(timer);
      assert.ok(turns >= 5, `${turns} turns`);
    });
  }

  for (const dtype of dtypeNames) {
    it(`puts every bit of Fortran order where it belongs: ${dtype}`, async () => {
      const [a, b, c] = [37, 53, 29]; // more than a piece, which ends inside a column
      const stored = anyBits(dtype, a * b * c);
      const descr = { float32: "'<f4'", float64: "'<f8'", float16: "'<f2'", bfloat16: "'<V2'" };
      const header = npy(dict(descr[dtype], `(${a}, 1, ${b}, ${c}, 1)`, 'True'), 0);
      const expected = stored.slice();
      const [to, from] = [bytesOf(expected), bytesOf(stored)];
      const width = stored.BYTES_PER_ELEMENT;
      for (let n = 0; n < stored.length; n++) {
        const [i, j, k] = [n % a, Math.floor(n / a) % b, Math.floor(n / a / b)];
        from.copy(to, ((i * b + j) * c + k) * width, n * width, (n + 1) * width);
      }
      const tensor = await load(Buffer.concat([header, from]));
      assertSameBits(tensor.data as Elements, expected, dtype);
    });
  }

  it('converts big-endian bfloat16', async () => {
    const contents = npy(dict("'>V2'", '(1,)'), 2);
    contents.writeUInt16BE(0x3f80, contents.length - 2);
    assert.equal((await load(contents)).item(), 1);
  });

  it('refuses what is no file, path or option', async () => {
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(directory), /regular file/);
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(''), /path/);
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy('a\0b'), /path/);
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(new URL('http://a/b.npy')), /file: URL/);
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(3 as never), /number 3/);
    const wrong = { dtype: 'float32' } as never;
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy('a', wrong), /unknown option/);
    await assertRejects(nowhereCode(), () => loadNpy('a', { device: nowhere }));
    await assert.rejects(loadNpy(join(directory, 'missing.npy')), { code: 'ENOENT' });
  });

  it('leaves no tensor behind when it fails', async () => {
    const before = memory();
    await assertRejects('ERR_MISH_FORMAT', () => load(npy(good, 23)));
    assertNoMoreHeld(before);
  });
});

describe('saveNpy', () => {
  const directory = scratchDirectory();

  it('refuses what is no tensor, or one without memory', async () => {
    const path = join(directory, 'a.npy');
    const disposed = Tensor.zeros([1]);
    disposed.dispose();
    await assertRejects('ERR_MISH_DISPOSED', () => saveNpy(path, disposed));
    const wrong = new Float32Array(1) as never;
    await assertRejects('ERR_MISH_ARGUMENT', () => saveNpy(path, wrong), /expected a Tensor/);
    assert.deepEqual(readdirSync(directory), []);
  });
});
