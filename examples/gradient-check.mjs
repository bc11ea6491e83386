// Checks what mishBackward and mishDoubleBackward give for the loss |mish(w x + b) - target|^2 / 2 of a small layer, in
// float64: its gradients for w, b and x against central differences of the loss, which mish alone computes, and its
// Hessian times a vector against central differences of the gradients. Exits with 1 when one is off.
//
//   node examples/gradient-check.mjs [--seed 1]
import { parseArgs } from 'node:util';
import { mish, mishBackward, mishDoubleBackward } from 'node-mish';

function readSeed() {
  try {
    const { seed } = parseArgs({ options: { seed: { type: 'string', default: '1' } } }).values;
    if (/^\d{1,9}$/.test(seed)) return Number(seed);
    throw new Error(`--seed: expected an integer from 0 to 999999999; got '${seed}'.`);
  } catch (error) {
    console.error(error.message);
    return process.exit(2);
  }
}

/** Normal deviates, the same for the same seed (mulberry32, Box and Muller). */
function normals(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const next = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return (length) => Float64Array.from({ length }, next);
}

// ---- the layer; all there is a gradient for is one array: w row by row, then b, then x
const [inputs, outputs] = [8, 4];
const weights = outputs * inputs;
const size = weights + outputs + inputs;
const split = (all) => [
  all.subarray(0, weights),
  all.subarray(weights, weights + outputs),
  all.subarray(weights + outputs),
];
const combine = (a, b, factor) => a.map((each, i) => each + factor * b[i]);

/** w x + b */
function dense([w, b, x]) {
  const z = b.slice();
  for (let i = 0; i < outputs; i++)
    for (let j = 0; j < inputs; j++) z[i] += w[i * inputs + j] * x[j];
  return z;
}

/** Adds to `into` the gradients of the sum of dz times w x + b. */
function addDenseBackward(dz, [w, , x], [dw, db, dx]) {
  for (let i = 0; i < outputs; i++) {
    db[i] += dz[i];
    for (let j = 0; j < inputs; j++) {
      dw[i * inputs + j] += dz[i] * x[j];
      dx[j] += dz[i] * w[i * inputs + j];
    }
  }
}

const draw = normals(readSeed());
const [point, target] = [draw(size), draw(outputs)];
const vector = draw(size).map((each) => each / Math.sqrt(size)); // of length 1 or so

function loss(all) {
  const error = combine(mish(dense(split(all))), target, -1);
  return error.reduce((sum, each) => sum + each * each, 0) / 2;
}

/** What backward computes on its way: of the loss, for y = mish(z) and for z = w x + b. */
function backward(all) {
  const z = dense(split(all));
  const dy = combine(mish(z), target, -1);
  return { z, dy, dz: mishBackward(z, dy) };
}

function gradient(all) {
  const result = new Float64Array(size);
  addDenseBackward(backward(all).dz, split(all), split(result));
  return result;
}

/** The gradient of the sum of v times gradient(all), by backward of backward. */
function hessianTimes(v, all) {
  const [[w, b, x], [vw, vb, vx]] = [split(all), split(v)];
  const { z, dy, dz } = backward(all);
  const ddz = dense([w, dense([vw, vb, x]), vx]); // of that sum, for dz
  const back = mishDoubleBackward(z, dy, ddz); // for z and dy behind dz; dy is y - target, and y is mish(z)
  mishBackward(z, back.dy, { out: back.x, accumulate: true });
  const result = new Float64Array(size);
  const [rw, rb, rx] = split(result);
  addDenseBackward(back.x, [w, b, x], [rw, rb, rx]);
  addDenseBackward(dz, [vw, vb, vx], [rw, new Float64Array(outputs), rx]); // gradient(all) has w and x themselves
  return result;
}

// ---- the check
const step = Math.cbrt(Number.EPSILON); // where truncation and rounding of the differences are about as large
const allowed = 1e-8; // of the largest element; of 1,000 seeds the worst was 1.8e-9

/** Of f, an array, along a direction. */
function centralDifference(f, direction) {
  const [above, below] = [1, -1].map((sign) => f(combine(point, direction, sign * step)));
  return combine(above, below, -1).map((each) => each / (2 * step));
}

const axes = Array.from({ length: size }, (_, i) => new Float64Array(size).fill(1, i, i + 1));
const lossAsArray = (all) => Float64Array.of(loss(all));
const slopes = axes.map((axis) => centralDifference(lossAsArray, axis)[0]);
const checks = [
  ['mishBackward', gradient(point), slopes],
  ['mishDoubleBackward', hessianTimes(vector, point), centralDifference(gradient, vector)],
];

const line = (...cells) =>
  console.log(
    cells
      .map((cell) => cell.padEnd(20))
      .join('')
      .trimEnd(),
  );
line('checked', 'differs by', 'at most', '');
for (const [name, found, expected] of checks) {
  const scale = Math.max(...expected.map(Math.abs));
  const off = Math.max(...found.map((each, i) => Math.abs(each - expected[i]))) / scale;
  const isFine = off <= allowed; // NaN is not
  if (!isFine) process.exitCode = 1;
  line(name, off.toExponential(1), allowed.toExponential(1), isFine ? 'fine' : 'off');
}
