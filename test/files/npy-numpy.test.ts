// .npy files as numpy reads them: every spelling of a dtype that it takes, several arrays in one file.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNpy } from 'node-mish';
import { assertRejects } from '../support/errors.ts';
import { root, scratchDirectory } from '../support/repository.ts';

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

function npy(descr: string, data: Buffer): Buffer {
  const header = Buffer.from(`{'descr': '${descr}', 'fortran_order': False, 'shape': (2,), }\n`);
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  return Buffer.concat([start, header, data]);
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
          () => loadNpy(place(npy(descr, Buffer.alloc(64)))),
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

  it('refuses a second array that is cut off, or of another kind', async () => {
    const first = npy('<f4', bytesIn('<f4'));
    const cut = Buffer.concat([first, first.subarray(0, -1)]);
    await assertRejects('ERR_MISH_FORMAT', () => loadNpy(place(cut)), /truncated/);
    const other = Buffer.concat([first, npy('<i8', Buffer.alloc(16))]);
    await assertRejects('ERR_MISH_UNSUPPORTED', () => loadNpy(place(other)), /astype/);
  });
});
