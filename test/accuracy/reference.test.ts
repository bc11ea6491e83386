// The double-double reference that judges the kernels is itself right: against the vectors, which come
// from other code (220-bit arithmetic), in value and in how it counts ulp and rounds.
import assert from 'node:assert/strict';
import {
  derivativeExact,
  forwardExact,
  roundToFloat32,
  secondDerivativeExact,
  ulpErrorFloat32,
  ulpErrorFloat64,
} from '../../bench/reference.ts';
import { columns, loadFloat32, loadFloat64 } from '../support/values/vectors.ts';

const exactOf = { f: forwardExact, f1: derivativeExact, f2: secondDerivativeExact };

describe('the double-double reference', () => {
  const [float32, float64] = [loadFloat32(), loadFloat64()];
  for (const column of columns) {
    it(`${column}: hi is the nearest float64, lo the rest to 2^-95`, () => {
      float64.x.forEach((x, i) => {
        const { hi, lo } = exactOf[column](x);
        const expected = float64.exact(column, i);
        assert.ok(Object.is(hi, expected.hi), `x = ${x}: ${hi}, not ${expected.hi}`);
        if (!Number.isFinite(hi) || Math.abs(hi) < 2 ** -960) return; // lo has too few bits there
        const off = Math.abs(lo - expected.lo) / Math.abs(hi);
        assert.ok(!(off > 2 ** -95), `x = ${x}: lo ${lo}, not ${expected.lo}`);
      });
    });
    it(`${column}: rounds to the nearest float32`, () => {
      float32.x.forEach((x, i) => {
        const rounded = roundToFloat32(exactOf[column](x));
        assert.ok(Object.is(rounded, float32.nearest[column][i]), `x = ${x}: ${rounded}`);
      });
    });
  }

  it('counts ulp: of the binade of the exact value, lo included, and of subnormals', () => {
    const one = { hi: 1, lo: 0 };
    const belowOne = { hi: 1, lo: -(2 ** -80) };
    assert.equal(ulpErrorFloat64(1 + 2 ** -52, one), 1);
    assert.equal(ulpErrorFloat64(1 - 2 ** -53, one), 0.5);
    assert.equal(ulpErrorFloat64(1 - 2 ** -53, belowOne), 1 - 2 ** -27);
    assert.equal(ulpErrorFloat32(1 + 2 ** -23, one), 1);
    assert.equal(ulpErrorFloat32(0, { hi: 2 ** -150, lo: 0 }), 0.5);
    assert.equal(ulpErrorFloat32(Infinity, { hi: Infinity, lo: 0 }), 0);
    assert.equal(ulpErrorFloat32(NaN, one), Infinity);
  });

  it('rounds once where two roundings would differ', () => {
    const tie = 1 + 2 ** -24; // between two floats, to even: 1
    assert.equal(roundToFloat32({ hi: tie, lo: 0 }), 1);
    assert.equal(roundToFloat32({ hi: tie, lo: 2 ** -80 }), 1 + 2 ** -23);
    assert.equal(roundToFloat32({ hi: tie, lo: -(2 ** -80) }), 1);
  });
});
