// The exponential of the JS kernels beside integer arithmetic; and that the kernels owe no bit to the functions of
// Math, which differ from engine to engine.
import assert from 'node:assert/strict';
import { roundToFloat32, secondDerivativeExact } from '../../bench/reference.ts';
import { newElements, opCases, plain } from '../support/calls/calls.ts';
import { root } from '../support/repository.ts';
import { assertSameBits, dtypeNames, random } from '../support/values/vectors.ts';

interface Exp {
  exp(x: number): number;
  exponential(x: number, tail: number): { readonly head: number; readonly rest: number };
  powerOfTwo(k: number): number;
}
interface Table {
  readonly powers: readonly number[];
  readonly powerTails: readonly number[];
}
interface FixedPoint {
  readonly fraction: bigint;
  readonly one: bigint;
  exp(x: bigint): bigint;
}
const kernels = `${root}build/src/backend/js/`;
const { exp, exponential, powerOfTwo } = (await import(`${kernels}exp.js`)) as Exp;
const { powers, powerTails } = (await import(`${kernels}powers.js`)) as Table;
const fixedPoint = (await import(`${root}scripts/constants/fixed-point.mjs`)) as FixedPoint;
const { fraction, one } = fixedPoint;

/** A double in fixed point, exactly where it is no multiple of less than 2^-480. */
function fixed(x: number): bigint {
  const [bits] = new BigUint64Array(Float64Array.of(x).buffer);
  const exponent = (bits! >> 52n) & 2047n;
  if (exponent === 0n) return 0n;
  const shift = exponent - 1075n + fraction;
  const mantissa = (bits! & (2n ** 52n - 1n)) | (2n ** 52n);
  const magnitude = shift < 0n ? mantissa >> -shift : mantissa << shift;
  return x < 0 ? -magnitude : magnitude;
}

const square = (v: bigint) => (v * v) >> fraction;
const repeated = (v: bigint, times: number): bigint =>
  times === 0 ? v : repeated(square(v), times - 1);
/** e^v for v from -210 to 40. */
const exact = (v: bigint) => repeated(fixedPoint.exp(v / 64n), 6);
/** |a - b| / |b| */
function relative(a: bigint, b: bigint): number {
  const ratio = ((a - b) << 200n) / b;
  return Math.abs(Number(ratio)) * 2 ** -200;
}

const next = random(29);
const points = Float32Array.from({ length: 2000 }, (_, i) =>
  i % 2 ? next() * 250 - 210 : (next() - 0.5) * 2 ** -Math.floor(next() * 40),
);

describe('the exponential of the JS kernels', () => {
  it('has a table of 2^(j/64) to 106 bits, heads to nearest', () => {
    assert.deepEqual([powers.length, powerTails.length], [64, 64]);
    for (const [j, head] of powers.entries()) {
      const tail = powerTails[j]!;
      assert.ok(Math.abs(tail) <= 2 ** -53, `${j}`);
      const back = repeated(fixed(head) + fixed(tail), 6);
      const error = relative(back, one << BigInt(j)) / 64;
      assert.ok(error < 2 ** -106, `${j}: ${error}`);
    }
  });

  it('has exact powers of two', () => {
    assert.equal(powerOfTwo(0), 1);
    for (let k = -1000; k < 500; k++) assert.equal(powerOfTwo(k + 1), 2 * powerOfTwo(k));
  });

  it('is below 1 ulp', () => {
    for (const x of points) {
      const error = relative(fixed(exp(x)), exact(fixed(x)));
      assert.ok(error < 2 ** -52, `${x}: ${error}`);
    }
  });

  it('is a sum that 1 can be taken from', () => {
    for (const x of points) {
      const tail = x * 2 ** -30;
      const { head, rest } = exponential(x, tail);
      const expected = exact(fixed(x) - fixed(tail));
      const ofSum = relative(fixed(head) + fixed(rest), expected);
      assert.ok(ofSum < 2 ** -58, `${x}: ${ofSum}`);
      const ofDifference = relative(fixed(head - 1 + rest), expected - one);
      assert.ok(ofDifference < 2 ** -51, `${x}: ${ofDifference}`);
    }
  });
});

describe('the JS kernels', () => {
  const rounding = ['abs', 'fround', 'max', 'min', 'round', 'sign', 'trunc', 'floor', 'ceil'];
  const names = Object.getOwnPropertyNames(Math).filter(
    (name) => typeof Reflect.get(Math, name) === 'function' && !rounding.includes(name),
  );

  it('call no function of Math that engines may round as they like', () => {
    assert.ok(names.includes('exp') && names.includes('expm1'));
    const originals = names.map((name) => Reflect.get(Math, name));
    const operands = dtypeNames.map((dtype) => newElements(dtype, 200).fill(0.7));
    for (const name of names) {
      Reflect.set(Math, name, () => {
        throw new Error(`Math.${name} is called`);
      });
    }
    try {
      for (const [i, dtype] of dtypeNames.entries()) {
        for (const op of opCases) plain(op, dtype, 'js', new Array(op.inputs).fill(operands[i]));
      }
    } finally {
      for (const [i, name] of names.entries()) Reflect.set(Math, name, originals[i]);
    }
  });

  it("round f'' correctly at its hardest inputs", () => {
    // Shifted to the other root than it is, all of them come out wrong.
    const x = [
      4.594512574840337e-7, 0.0025757127441465855, -1.6142939784913324e-7, -1.8227024702355266e-4,
    ];
    const op = opCases.find(({ name }) => name === 'secondDerivative')!;
    const [actual] = plain(op, 'float32', 'js', [Float32Array.from(x)]);
    const expected = Float32Array.from(x, (each) => roundToFloat32(secondDerivativeExact(each)));
    assertSameBits(actual!, expected, "f''");
  });
});
