// Every device against the reference vectors, bit by bit: each row below is a bound that is promised.
// The vectors are correctly rounded values from 220-bit arithmetic.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { devices, mish, mishDerivative } from 'node-mish';

type Name = 'f' | 'f1' | 'f2';
const names: readonly Name[] = ['f', 'f1', 'f2'];
const directory = new URL('../../test/vectors/', import.meta.url);
const usable = devices().filter(({ available }) => available);

function table(file: string): (column: string) => string[] {
  const { columns, rows } = JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as {
    columns: string[];
    rows: string[][];
  };
  return (column) => rows.map((row) => row[columns.indexOf(column)]!);
}

const bits32 = (hex: string[]) => Uint32Array.from(hex, (h) => Number.parseInt(h, 16));
const doubles = (hex: string[]) =>
  new Float64Array(BigUint64Array.from(hex, (h) => BigInt(`0x${h}`)).buffer);

type Options = { device: 'js' | 'cpu'; dtype?: never };
function compute<A>(name: Name, x: A, options: object): A {
  const on = options as Options;
  if (name === 'f') return mish(x as never, on) as A;
  return mishDerivative(x as never, { order: name === 'f1' ? 1 : 2, ...on }) as A;
}

/** The spacing of doubles at |x|; of subnormals below 2^-1022. */
function ulp64(x: number): number {
  if (Math.abs(x) < 2 ** -1022) return 2 ** -1074;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  return 2 ** (((bits.getUint16(0) >> 4) & 0x7ff) - 1075);
}

function ulp32(x: number): number {
  return Math.max(ulp64(x) * 2 ** 29, 2 ** -149);
}

const bounds64 = {
  cpu: { f: 0.75, f1: 0.75, f2: 2, besideRoots: 2 ** -50 },
  js: { f: 5, f1: 8, f2: 30, besideRoots: 1e-15 },
};
const roots = { f: [], f1: [-1.1924312145154951], f2: [-2.256376396360793, 1.4905711794854284] };

for (const { id, isa } of usable) {
  const kind = id as 'js' | 'cpu';
  describe(`vectors on ${kind} ${isa ?? ''}`, () => {
    const float32 = table('float32.json');
    const x32 = new Float32Array(bits32(float32('x')).buffer);
    for (const name of names) {
      it(`float32 ${name}: ${name === 'f2' ? 'at most 0.500001 ulp' : '0 misrounded'}`, () => {
        const got = compute(name, x32, { device: kind });
        const gotBits = new Uint32Array(got.buffer);
        const expected = bits32(float32(name));
        const truth = doubles(float32(`${name}_f64`));
        for (const [i, want] of expected.entries()) {
          if (gotBits[i] === want) continue;
          const error = Math.abs(got[i]! - truth[i]!) / ulp32(truth[i]!);
          assert.ok(name === 'f2' && error <= 0.500001, `x = ${x32[i]}: ${error} ulp`);
        }
      });
    }

    const float64 = table('float64.json');
    const x64 = doubles(float64('x'));
    for (const name of names) {
      const bound = bounds64[kind][name];
      it(`float64 ${name}: at most ${bound} ulp`, () => {
        const got = compute(name, x64, { device: kind });
        const hi = doubles(float64(name));
        const lo = doubles(float64(`${name}_lo`));
        for (const [i, want] of hi.entries()) {
          if (Object.is(got[i], want)) continue;
          // Below 2^-1022 lo is rounded away, so half an ulp of the reference is unknown.
          const slack = Math.abs(want) < 2 ** -1022 ? 0.5 : 0;
          const error = Math.abs(got[i]! - want - lo[i]!);
          const beside = roots[name].some((root) => Math.abs(x64[i]! - root) < 0.01);
          const absolute = beside && (kind === 'js' || name === 'f2');
          const fine = absolute
            ? error <= bounds64[kind].besideRoots
            : error / ulp64(want) <= bound + slack;
          assert.ok(fine, `x = ${x64[i]}: got ${got[i]}, expected ${want}`);
        }
      });
    }

    for (const dtype of ['float16', 'bfloat16']) {
      for (const name of names) {
        it(`${dtype} ${name}: all 65,536 inputs right`, () => {
          const inputs = Uint16Array.from({ length: 65536 }, (_, i) => i);
          const file = readFileSync(new URL(`${dtype}.${name}.u16.bin`, directory));
          const got = compute(name, inputs, { device: kind, dtype });
          for (const i of inputs) {
            const want = file.readUInt16LE(2 * i);
            assert.equal(got[i], want, `input 0x${i.toString(16)}`);
          }
        });
      }
    }
  });
}
