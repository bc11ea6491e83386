// A graph runtime of a few lines runs definitions on each device: Mish on Mish, its gradient and the gradient
// of that, against finite differences, the vectors and the functional API; in place; and Y, never read.
import assert from 'node:assert/strict';
import { mish, mishBackward, mishDoubleBackward, Tensor } from 'node-mish';
import {
  getMishGradient,
  getOperator,
  MishDoubleBackward,
  MishGradient,
  type OperatorDef,
  operators,
  validateDef,
} from 'node-mish/operators';
import { derivativeExact, roundToFloat32, secondDerivativeExact } from '../../bench/reference.ts';
import {
  type DeviceName,
  describeOnEachDevice,
  newElements,
  sample,
  tensorOf,
} from '../support/calls/calls.ts';
import { bounds, checkError } from '../support/values/bounds.ts';
import { halfToNumber, numberToHalf } from '../support/values/half.ts';
import {
  assertSameBits,
  type DTypeName,
  dtypeNames,
  type Elements,
  halfNames,
  loadFloat32,
  loadFloat64,
  loadHalf,
  random,
} from '../support/values/vectors.ts';

// ---------------------------------------------------------------- a runtime
type Blobs = Map<string, Tensor>;

function run(def: OperatorDef, blobs: Blobs): void {
  const { type, inputs, outputs, deviceOption } = validateDef(JSON.parse(JSON.stringify(def)));
  const results = getOperator(type).run({
    inputs: inputs.map((name) => blobs.get(name)!),
    outputs: outputs.map((name) => (inputs.includes(name) ? blobs.get(name) : undefined)),
    ...(deviceOption && { device: deviceOption }),
  });
  for (const [i, name] of outputs.entries()) blobs.set(name, results[i]!);
}

/** What is in the blob `wanted` after the definitions ran, one after the other, on those elements. */
function runAll(
  defs: readonly OperatorDef[],
  dtype: DTypeName,
  device: DeviceName,
  feed: Readonly<Record<string, Elements>>,
  wanted: string,
): Elements {
  const blobs: Blobs = new Map(
    Object.entries(feed).map(([name, elements]) => [name, tensorOf(dtype, device, elements)]),
  );
  for (const def of defs) run(def, blobs);
  return blobs.get(wanted)!.readSync();
}

// ---------------------------------------------------------------- the graph: X -> H -> Y
const chain = (deviceOption: DeviceName): readonly [OperatorDef, OperatorDef] => [
  { type: 'Mish', inputs: ['X'], outputs: ['H'], deviceOption, name: 'first' },
  { type: 'Mish', inputs: ['H'], outputs: ['Y'], deviceOption },
];

/** Forward, and the gradients in reverse order. */
function firstOrder(device: DeviceName): readonly OperatorDef[] {
  const [first, second] = chain(device);
  return [first, second, getMishGradient(second), getMishGradient(first)];
}

/**
 * The same, and the gradient of X_grad, with X_grad_grad as its seed: through X itself (X_grad_1), and
 * through H (H_grad_1, and from there X_grad_2).
 */
function secondOrder(device: DeviceName): readonly OperatorDef[] {
  const [first] = chain(device);
  const forward = firstOrder(device);
  const throughH = { gradients: { H: 'H_grad_1', X: 'X_grad_2' } };
  return [
    ...forward,
    getMishGradient(forward[3]!),
    getMishGradient(forward[2]!),
    getMishGradient(first, throughH),
  ];
}

// ---------------------------------------------------------------- finite differences
// With g = f(f(x)) on [-4, 4], |g'''''| < 7.2 and |g''''''| < 27. Values of g are off by 1.2e-15 at
// most and those of g' by 1.6e-15, so that five points at a distance of 2^-10 miss g' by at most
// 7.2/30 h^4 + 1.5 * 1.2e-15 / h = 2.1e-12, and g'' by 27/30 h^4 + 1.5 * 1.6e-15 / h = 3.3e-12.
const step = 2 ** -10;
const tolerance = 2 ** -38; // 3.6e-12

const count = 4000;

/** In [-4, 4] with all the points of a difference, which are exact, also in float32. */
function points(): Float64Array {
  const next = random(3);
  return Float64Array.from({ length: count }, () => Math.floor((next() - 0.5) * 8188) * step);
}

/** In [-1, 1], exact in float32. */
function factors(seed: number): Float64Array {
  const next = random(seed);
  return Float64Array.from({ length: count }, () => Math.fround(next() * 2 - 1));
}

function difference(x: Float64Array, g: (x: Float64Array) => Elements): Float64Array {
  const [a, b, c, d] = [-2, -1, 1, 2].map((steps) => g(x.map((value) => value + steps * step)));
  return x.map((_, i) => (a![i]! - d![i]! + 8 * (c![i]! - b![i]!)) / (12 * step));
}

function assertNear(actual: Elements, expected: (i: number) => number, within: number): void {
  assert.equal(actual.length, count);
  for (const [i, value] of actual.entries()) {
    const error = Math.abs(value - expected(i));
    assert.ok(error <= within, `${error} at ${i}: ${value}, not ${expected(i)}`);
  }
}

describeOnEachDevice('definitions of Mish on Mish', (device) => {
  const [X, Y_grad, X_grad_grad] = [points(), factors(5), factors(7)];
  const gradients = (x: Float64Array) =>
    runAll(firstOrder(device), 'float64', device, { X: x, Y_grad }, 'X_grad');

  it('float64: gradients agree with finite differences', () => {
    const g = (x: Float64Array) => runAll(chain(device), 'float64', device, { X: x }, 'Y');
    const slope = difference(X, g);
    assertNear(gradients(X), (i) => Y_grad[i]! * slope[i]!, tolerance);
  });

  it('float64: gradients of gradients agree with finite differences of gradients', () => {
    const slope = difference(X, gradients);
    const defs = secondOrder(device);
    const feed = { X, Y_grad, X_grad_grad };
    const [direct, throughH] = ['X_grad_1', 'X_grad_2'].map((wanted) =>
      runAll(defs, 'float64', device, feed, wanted),
    );
    const sum = X.map((_, i) => direct![i]! + throughH![i]!);
    assertNear(sum, (i) => X_grad_grad[i]! * slope[i]!, tolerance);
    // X_grad is linear in Y_grad: the gradient of that is X_grad at Y_grad = 1, times the seed.
    const ones = newElements('float64', count).fill(1);
    const linear = runAll(defs, 'float64', device, { ...feed, Y_grad: ones }, 'X_grad');
    const gradient = runAll(defs, 'float64', device, feed, 'Y_grad_grad');
    assertNear(gradient, (i) => X_grad_grad[i]! * linear[i]!, 2 ** -49);
  });

  // Rounding H moves f'(H) by 2^-24 |H f''(H) f'(X)| < 0.26 * 2^-24; of the two products, up to 1.2,
  // each rounds by 2^-24 at most, and the first of these grows by f'(X) < 1.09.
  it('float32: gradients agree with those of float64 within 2.5 * 2^-24', () => {
    const feed = { X: Float32Array.from(X), Y_grad: Float32Array.from(Y_grad) };
    const wide = gradients(X);
    const actual = runAll(firstOrder(device), 'float32', device, feed, 'X_grad');
    assertNear(actual, (i) => wide[i]!, 2.5 * 2 ** -24);
  });

  for (const dtype of dtypeNames) {
    it(`${dtype}: the bits of the functional API`, () => {
      const [X, Y_grad, X_grad_grad] = [1, 5, 7].map((seed) => sample(dtype, 999, seed));
      const feed = { X: X!, Y_grad: Y_grad!, X_grad_grad: X_grad_grad! };
      const [x, dy, ddx] = Object.values(feed).map((it) => tensorOf(dtype, device, it));
      const h = mish(x!);
      const dh = mishBackward(h, dy!);
      const pair = mishDoubleBackward(x!, dh, ddx!);
      const expected = { Y: mish(h), X_grad: mishBackward(x!, dh), X_grad_1: pair.x };
      for (const [name, tensor] of Object.entries({ ...expected, H_grad_grad: pair.dy })) {
        const actual = runAll(secondOrder(device), dtype, device, feed, name);
        assertSameBits(actual, tensor.readSync(), name);
      }
    });
  }
});

// ---------------------------------------------------------------- vectors

/** f, f' and f'' as the operators give them: gradients with dY = 1, and with ddX = 1. */
function derivatives(dtype: DTypeName, device: DeviceName, x: Elements): readonly Elements[] {
  const mishDef: OperatorDef = { type: 'Mish', inputs: ['X'], outputs: ['Y'] };
  const gradient = getMishGradient(mishDef);
  const defs = [mishDef, gradient, getMishGradient(gradient)];
  const one = dtype === 'float16' ? 0x3c00 : dtype === 'bfloat16' ? 0x3f80 : 1;
  const ones = newElements(dtype, x.length).fill(one);
  const feed = { X: x, Y_grad: ones, X_grad_grad: ones };
  return ['Y', 'X_grad', 'X_grad_1'].map((name) => runAll(defs, dtype, device, feed, name));
}

describeOnEachDevice('operators at the vectors', (device) => {
  it("float32: f and f' have the bits, f'' is within its bound", () => {
    const { x, nearest, exact } = loadFloat32();
    const [f, f1, f2] = derivatives('float32', device, x);
    assertSameBits(f!, nearest.f, 'f');
    assertSameBits(f1!, nearest.f1, "f'");
    const row = bounds.find(
      (it) => it.device === device && it.dtype === 'float32' && it.column === 'f2',
    )!;
    x.forEach((at, i) => {
      if (Number.isFinite(at)) checkError(row, at, f2![i]!, exact('f2', i));
    });
  });

  it('float64: the bits of the functional API, which api/operations/vectors.test.ts judges', () => {
    const { x } = loadFloat64();
    const [t, ones] = [x, x.map(() => 1)].map((it) => tensorOf('float64', device, it));
    const pair = mishDoubleBackward(t!, ones!, ones!);
    const expected = [mish(t!), mishBackward(t!, ones!), pair.x];
    for (const [i, actual] of derivatives('float64', device, x).entries()) {
      assertSameBits(actual, expected[i]!.readSync(), `order ${i}`);
    }
  });

  for (const dtype of halfNames) {
    it(`${dtype}: f, float32(f') and float32(f'') have the bits, at every input`, () => {
      const { x, nearest } = loadHalf(dtype);
      const rounded = (exact: typeof derivativeExact) =>
        x.map((bits) => numberToHalf(dtype, roundToFloat32(exact(halfToNumber(dtype, bits)))));
      const [f, f1, f2] = derivatives(dtype, device, x);
      assertSameBits(f!, nearest.f, 'f');
      assertSameBits(f1!, rounded(derivativeExact), "f'");
      assertSameBits(f2!, rounded(secondDerivativeExact), "f''");
    });
  }
});

// ---------------------------------------------------------------- memory
describeOnEachDevice('operators and memory', (device) => {
  const make = (seed: number) => tensorOf('float32', device, sample('float32', 777, seed));
  const inputsOf = {
    Mish: ['X'],
    MishGradient: ['X', 'dY'],
    MishDoubleBackward: ['X', 'dY', 'ddX'],
  };

  for (const operator of Object.values(operators)) {
    const { type, schema } = operator;
    const names: readonly string[] = inputsOf[type];
    const anyOperator = getOperator(type);
    const fresh = () => names.map((_, i) => make(i + 1));

    for (const [input, output] of schema.inPlace) {
      it(`${type}: ${output} over ${input} has the bits, and is that tensor`, () => {
        const expected = anyOperator.run({ inputs: fresh() });
        const inputs = fresh();
        const at = schema.outputs.findIndex(({ name }) => name === output);
        const over = inputs[names.indexOf(input)]!;
        const outputs = schema.outputs.map((_, i) => (i === at ? over : undefined));
        const results = anyOperator.run({ inputs, outputs });
        assert.equal(results[at], over);
        for (const [i, result] of results.entries()) {
          assertSameBits(result.readSync(), expected[i]!.readSync(), `${i}`);
        }
      });
    }

    it(`${type}: runs of no elements, and of a scalar`, () => {
      for (const shape of [[0, 3], []]) {
        const zeros = names.map(() => Tensor.zeros(shape, { device }));
        const results = anyOperator.run({ inputs: zeros });
        for (const result of results) assert.deepEqual(result.shape, shape);
      }
    });
  }

  it('Mish: an output that was given is written and returned', () => {
    const [x, y] = [make(1), make(2)];
    assert.equal(operators.Mish.run({ inputs: [x], outputs: [y] })[0], y);
    assertSameBits(y.readSync(), mish(x).readSync(), 'Y');
  });

  it('MishDoubleBackward: of two outputs one may be given', () => {
    const [x, dy, ddx, out] = [make(1), make(2), make(3), make(4)];
    const outputs = [undefined, out] as const;
    const [gradX, gradDY] = MishDoubleBackward.run({ inputs: [x, dy, ddx], outputs });
    assert.equal(gradDY, out);
    const expected = mishDoubleBackward(x, dy, ddx);
    assertSameBits(gradX.readSync(), expected.x.readSync(), 'gradX');
    assertSameBits(gradDY.readSync(), expected.dy.readSync(), 'gradDY');
  });

  it('MishGradient: Y is never read, so NaN in it, or no Y, gives the same bits', () => {
    const [x, dy] = [make(1), make(2)];
    const y = tensorOf('float32', device, newElements('float32', 777).fill(Number.NaN));
    const expected = MishGradient.run({ inputs: [x, mish(x), dy] })[0].readSync();
    assertSameBits(MishGradient.run({ inputs: [x, y, dy] })[0].readSync(), expected, 'NaN');
    assertSameBits(MishGradient.run({ inputs: [x, dy] })[0].readSync(), expected, 'no Y');
    assert.ok(y.readSync().every(Number.isNaN));
  });
});
