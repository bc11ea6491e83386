// .npy files as numpy reads them: every spelling of a dtype that it takes, several arrays in one file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNpy } from 'node-mish';
import { assertRejects } from '../support/errors.ts';
import { pythonWith } from '../support/file-fixtures.ts';
import { root, runToEnd, scratchDirectory } from '../support/repository.ts';

/** What numpy.dtype() makes of each text; null where it refuses one. scripts/test/make-npy-descrs.py made it. */
const descrs: Readonly<Record<string, string | null>> = JSON.parse(
  readFileSync(`${root}test/fixtures/npy-descrs.json`, 'utf8'),
);
const dtypes: Readonly<Record<string, string>> = { f2: 'float16', f4: 'float32', f8: 'float64' };

/** -1.5 and 2 in the bytes of a dtype that numpy calls so, as '<f4'. */
function bytesIn(name: string): Buffer {
  const bytes = Buffer.alloc(2 * Number(name[2]));
  const isLittle = name[0] === '<';
  const write: Readonly<Record<string, (value: number, at: number) => void>> = {
    '2': (value, at) => {
      const bits = value === 2 ? 0x4000 : 0xbe00;
      isLittle ? bytes.writeUInt16LE(bits, at) : bytes.writeUInt16BE(bits, at);
    },
    '4': (value, at) => (isLittle ? bytes.writeFloatLE(value, at) : bytes.writeFloatBE(value, at)),
    '8': (value, at) =>
      isLittle ? bytes.writeDoubleLE(value, at) : bytes.writeDoubleBE(value, at),
  };
  [-1.5, 2].forEach((value, i) => {
    write[name[2]!]!(value, i * Number(name[2]));
  });
  return bytes;
}

const npy = (descr: string, data: Buffer): Buffer => npyOf(`'${descr}'`, data);

/** A file of two elements whose descr is that literal of Python. */
function npyOf(descr: string, data: Buffer): Buffer {
  const header = Buffer.from(`{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }\n`);
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  return Buffer.concat([start, header, data]);
}

/** Bytes of an element of a dtype that numpy calls so; any where it has no such dtype. */
function itemBytesOf(name: string | null): number {
  const [, kind, digits] = /^[<>|](.)(\d+)/.exec(name ?? '') ?? [];
  return Number(digits ?? 8) * (kind === 'U' ? 4 : 1);
}

describe('loadNpy of what numpy writes', () => {
  const directory = scratchDirectory();
  const place = (contents: Buffer, name = 'x.npy') => {
    const path = join(directory, name);
    writeFileSync(path, contents);
    return path;
  };

  it('has a table of 40 spellings or more, of which numpy reads 30 as floats', () => {
    assert.ok(Object.keys(descrs).length >= 40);
    const floats = Object.values(descrs).filter((name) => name && /^[<>]f[248]$/.test(name));
    assert.ok(floats.length >= 30);
  });

  for (const [descr, name] of Object.entries(descrs)) {
    const isFloat = name !== null && /^[<>]f[248]$/.test(name);
    if (isFloat) {
      it(`reads '${descr}' as numpy does, ${name}`, async () => {
        const t = await loadNpy(place(npy(descr, bytesIn(name))));
        assert.deepEqual([t.dtype, t.toArray()], [dtypes[name.slice(1)], [-1.5, 2]]);
      });
    } else if (/^[|<]?V2$/.test(descr)) {
      it(`reads '${descr}' as bfloat16`, async () => {
        const t = await loadNpy(place(npy(descr, Buffer.from([0xc0, 0xbf, 0, 0x40]))));
        assert.deepEqual([t.dtype, t.toArray()], ['bfloat16', [-1.5, 2]]);
      });
    } else {
      it(`refuses '${descr}', ${name === null ? 'as numpy does' : 'which is no float here'}`, () =>
        assertRejects(
          'ERR_MISH_UNSUPPORTED',
          () => loadNpy(place(npy(descr, Buffer.alloc(2 * itemBytesOf(name))))),
          /astype/,
        ));
    }
  }

  it('reads any array of a file with several, as numpy.save writes them, the first by default', async () => {
    const parts = [
      npy('<f4', bytesIn('<f4')),
      npy('>f8', bytesIn('>f8')),
      npy('<f2', bytesIn('<f2')),
    ];
    const path = place(Buffer.concat(parts));
    const loaded = [await loadNpy(path), ...[0, 1, 2].map((index) => loadNpy(path, { index }))];
    const tensors = await Promise.all(loaded);
    assert.deepEqual(
      tensors.map(({ dtype }) => dtype),
      ['float32', 'float32', 'float64', 'float16'],
    );
    for (const t of tensors) assert.deepEqual(t.toArray(), [-1.5, 2]);
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(path, { index: 3 }), /has 3 arrays/);
    await assertRejects('ERR_MISH_LENGTH', () => loadNpy(path, { index: -1 }));
    await assertRejects('ERR_MISH_LENGTH', () => loadNpy(path, { index: 0.5 }));
  });

  it('reads floats beside arrays of other dtypes, as features and labels are saved', async () => {
    const [floats, labels] = [npy('<f4', bytesIn('<f4')), npy('<i8', Buffer.alloc(16))];
    const others: readonly (readonly [descr: string, itemBytes: number])[] = [
      ...(['<i8', '>u4', '|b1', '|S3', '<c8', '|V7'] as const).map(
        (descr) => [descr, Number(descr.slice(2))] as const,
      ),
      ...([
        ['<U4', 16],
        ['<M8[ns]', 8],
        ['<m8[25us]', 8],
        ['<f16', 16],
        ['|V0', 0],
      ] as const),
    ];
    for (const [descr, itemBytes] of others) {
      const path = place(Buffer.concat([npy(descr, Buffer.alloc(2 * itemBytes)), floats]));
      assert.deepEqual((await loadNpy(path, { index: 1 })).toArray(), [-1.5, 2], descr);
      await assertRejects('ERR_MISH_UNSUPPORTED', () => loadNpy(path), /astype/);
    }
    assert.deepEqual((await loadNpy(place(Buffer.concat([floats, labels])))).toArray(), [-1.5, 2]);
  });

  it('reads floats before objects and records, whose length only numpy knows', async () => {
    const floats = npy('<f4', bytesIn('<f4'));
    const record = npyOf(`[('a', '<M8[ns]'), ('b', '<f4', (2,))]`, Buffer.alloc(32));
    for (const last of [npy('|O', Buffer.alloc(9)), record]) {
      const path = place(Buffer.concat([floats, last]));
      assert.deepEqual((await loadNpy(path)).toArray(), [-1.5, 2]);
      await assertRejects('ERR_MISH_UNSUPPORTED', () => loadNpy(path, { index: 1 }), /astype/);
      await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(path, { index: 2 }), /2 arrays/);
    }
  });

  it('refuses a second array that is cut off, whatever its dtype', async () => {
    const first = npy('<f4', bytesIn('<f4'));
    for (const second of [first, npy('<i8', Buffer.alloc(16))]) {
      const cut = Buffer.concat([first, second.subarray(0, -1)]);
      await assertRejects('ERR_MISH_FORMAT', () => loadNpy(place(cut)), /truncated/);
    }
    const huge = npy('<U999999999', Buffer.alloc(16));
    await assertRejects('ERR_MISH_FORMAT', () => loadNpy(place(huge)), /truncated/);
  });

  const python = pythonWith('numpy');
  const without = python ? '' : ' (no python3 with numpy)';
  it(`has the table that numpy here makes, of every dtype it shares${without}`, function () {
    if (!python) this.skip();
    const made = runToEnd(python, [`${root}scripts/test/make-npy-descrs.py`]);
    // How long a long double is, and whether there is '<f16', depends on the machine.
    const shared = (table: Readonly<Record<string, string | null>>) =>
      Object.entries(table).filter(([text]) => !/^(?:g|longdouble|<f16)$/.test(text));
    assert.deepEqual([made.exit, shared(JSON.parse(made.stdout))], [0, shared(descrs)]);
  });

  it(`finds the arrays that numpy writes one after the other${without}`, async function () {
    if (!python) this.skip();
    const path = join(directory, 'several.npy');
    const script = [
      'import numpy as np, sys',
      'f = open(sys.argv[1], "wb")',
      'arrays = [np.arange(3), np.array([True]), np.array(["ab", "c"]), np.array([b"xyz"]), np.ones(2, "c16"),',
      '  np.array(["2020-01-01"], "M8[D]"), np.zeros((0, 3), "u2"), np.float32([-1.5, 2]), np.array([None, {}])]',
      '[np.save(f, a) for a in arrays]',
    ];
    assert.equal(runToEnd(python, ['-c', script.join('\n'), path]).exit, 0);
    assert.deepEqual((await loadNpy(path, { index: 7 })).toArray(), [-1.5, 2]);
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(path, { index: 9 }), /has 9 arrays/);
  });
});
