// Every kernel keeps the accuracy that the README promises: one table per group of operations, whose
// rows carry the bounds. References: test/vectors (220-bit arithmetic), and bench/reference.ts
// (double-double) at more points. Products of derivatives: gradients.test.ts.
import assert from 'node:assert/strict';
import {
  derivativeExact,
  forwardExact,
  roundToFloat32,
  secondDerivativeExact,
} from '../../bench/reference.ts';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  opCases,
  plain,
} from '../support/calls/calls.ts';
import { bounds, checkError, roots } from '../support/values/bounds.ts';
import { numberToHalf } from '../support/values/half.ts';
import {
  assertSameBits,
  bitsOf,
  type Column,
  columns,
  type DTypeName,
  dtypeNames,
  type Elements,
  halfNames,
  loadFloat32,
  loadFloat64,
  loadHalf,
  random,
} from '../support/values/vectors.ts';

const op = Object.fromEntries(opCases.map((it) => [it.name, it]));
const opOf = { f: op['forward']!, f1: op['derivative']!, f2: op['secondDerivative']! };
const exactOf = { f: forwardExact, f1: derivativeExact, f2: secondDerivativeExact };
const vectors = { float32: loadFloat32(), float64: loadFloat64() };

/** Points around 0, the roots and both tails, beside the vectors' own. */
function morePoints(dtype: DTypeName, length: number): Elements {
  const next = random(17);
  const points = newElements(dtype, length);
  const centres = [0, ...roots.f1, ...roots.f2];
  for (let i = 0; i < length; i++) {
    const spread = (next() - 0.5) * 2 ** (4 - Math.floor(next() * 40));
    points[i] = i % 2 ? (next() - 0.7) * (i % 4 === 1 ? 150 : 30) : centres[(i % 5) % 4]! + spread;
  }
  return points;
}

function elementwiseTests(device: DeviceName): void {
  for (const row of bounds.filter((it) => it.device === device)) {
    const { dtype, column, ulp, misrounded, besideRoots } = row;
    const promise = misrounded === 0 ? 'correctly rounded' : `<= ${ulp} ulp`;
    const also = besideRoots ? `, or ${besideRoots.absolute} beside the roots` : '';
    it(`${dtype} ${column} ${promise}${also}`, () => {
      const { x, nearest, exact } = vectors[dtype];
      const [actual] = plain(opOf[column], dtype, device, [x]);
      if (misrounded === 0) assertSameBits(actual!, nearest[column], column);
      for (let i = 0; i < x.length; i++) {
        // So near 0 the vectors' low half has lost bits, which the other reference keeps.
        const tiny = dtype === 'float64' && Math.abs(nearest[column][i]!) < 2 ** -960;
        const expected = tiny ? exactOf[column](x[i]!) : exact(column, i);
        checkError(row, x[i]!, actual![i]!, expected);
      }
    });
    it(`${dtype} ${column} ${promise} at 40,000 more points${also}`, () => {
      const x = morePoints(dtype, 40_000);
      const [actual] = plain(opOf[column], dtype, device, [x]);
      const exact = Array.from(x, exactOf[column]);
      for (let i = 0; i < x.length; i++) checkError(row, x[i]!, actual![i]!, exact[i]!);
      if (misrounded !== 0) return;
      assertSameBits(actual!, Float32Array.from(exact, roundToFloat32), column);
    });
  }
}

// The floats whose results lie nearest to the middle of two floats: in f, x n / d has to be evaluated in
// that order for this one of the 2^32; in JS, f' as a double is that very middle.
const hardest = { f: -1.25 * 2 ** -24, f1: -1.25 * 2 ** -27 } as const;

function hardestTests(device: DeviceName): void {
  for (const column of ['f', 'f1'] as const) {
    it(`float32 ${column} correctly rounded at its hardest input`, () => {
      const x = new Float32Array(40).fill(hardest[column]); // vector bodies and tails
      const [actual] = plain(opOf[column], 'float32', device, [x]);
      const nearest = roundToFloat32(exactOf[column](hardest[column]));
      assertSameBits(actual!, new Float32Array(40).fill(nearest), column);
    });
  }
}

function halfTests(device: DeviceName): void {
  for (const dtype of halfNames) {
    const { x, nearest } = loadHalf(dtype);
    for (const column of columns) {
      it(`${dtype} ${column}: all 65,536 inputs correctly rounded`, () => {
        const [actual] = plain(opOf[column], dtype, device, [x]);
        assertSameBits(actual!, nearest[column], column);
      });
    }
  }
}

// ---------------------------------------------------------------- limits and NaN

const limits: readonly { readonly x: number; readonly values: Partial<Record<Column, number>> }[] =
  [
    { x: 0, values: { f: 0, f1: 0.6, f2: 0.64 } },
    { x: -0, values: { f: -0, f1: 0.6, f2: 0.64 } },
    { x: Number.POSITIVE_INFINITY, values: { f: Number.POSITIVE_INFINITY, f1: 1, f2: -0 } },
    { x: Number.NEGATIVE_INFINITY, values: { f: -0, f1: -0, f2: -0 } },
  ];

const nanBits: Readonly<Record<DTypeName, { readonly all: readonly bigint[]; canonical: bigint }>> =
  {
    float32: { all: [0x7fc00000n, 0xffc00000n, 0x7f800001n, 0xffedcba9n], canonical: 0x7fc00000n },
    float64: {
      all: [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff0000000000001n, 0xfffedcba98765432n],
      canonical: 0x7ff8000000000000n,
    },
    float16: { all: [0x7e00n, 0xfe00n, 0x7c01n, 0xfdcbn], canonical: 0x7e00n },
    bfloat16: { all: [0x7fc0n, 0xffc0n, 0x7f81n, 0xffedn], canonical: 0x7fc0n },
  };

function elementsOf(dtype: DTypeName, values: readonly number[]): Elements {
  const elements = newElements(dtype, values.length);
  const half = elements instanceof Uint16Array;
  values.forEach((value, i) => {
    elements[i] = half ? numberToHalf(dtype as 'float16', value) : value;
  });
  return elements;
}

/** 24 elements, so that vector bodies and tails both see NaN. */
function nans(dtype: DTypeName): Elements {
  const elements = newElements(dtype, 24);
  const bits = bitsOf(elements);
  for (let i = 0; i < bits.length; i++) {
    const nan = nanBits[dtype].all[i % 4]!;
    bits[i] = bits instanceof BigUint64Array ? nan : Number(nan);
  }
  return elements;
}

function limitTests(device: DeviceName): void {
  for (const dtype of dtypeNames) {
    it(`${dtype}: limits at 0 and infinity, by bits`, () => {
      const x = elementsOf(
        dtype,
        limits.map((limit) => limit.x),
      );
      for (const column of columns) {
        const [actual] = plain(opOf[column], dtype, device, [x]);
        const expected = elementsOf(
          dtype,
          limits.map(({ values }) => values[column]!),
        );
        assertSameBits(actual!, expected, column);
      }
    });
    it(`${dtype}: a NaN of any kind in any operand gives the canonical NaN`, () => {
      for (const each of opCases) checkNaN(each.name, dtype, device);
    });
  }
}

function checkNaN(name: string, dtype: DTypeName, device: DeviceName): void {
  const each = op[name]!;
  const ones = elementsOf(dtype, new Array(24).fill(1));
  const operands = each.inputs + (each.accumulates ? 1 : 0);
  for (let at = 0; at < operands; at++) {
    const all = Array.from({ length: operands }, (_, i) => (i === at ? nans(dtype) : ones));
    const results = plain(each, dtype, device, all.slice(0, each.inputs), all[each.inputs]);
    results.forEach((result, output) => {
      if (name === 'doubleBackward' && output === 1 && at === 1) return; // ddx f'(x) does not read dy
      const bits = new Set(Array.from(bitsOf(result) as ArrayLike<number | bigint>, BigInt));
      assert.deepEqual([...bits], [nanBits[dtype].canonical], `${name}, operand ${at}`);
    });
  }
}

describeOnEachDevice('kernels', (device) => {
  elementwiseTests(device);
  hardestTests(device);
  halfTests(device);
  limitTests(device);
});
