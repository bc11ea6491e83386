// The package on the Node that runs this: imported and required it is one package, its addon loads, and mish has
// the bits of the JavaScript kernels; in float64, which is not correctly rounded (the README promises 0.75 and
// 1.25 ulp), it is at most 2 ulp from them. Prints the versions and the backend's name.
//
// run.mjs passes this as text, for the package to be found by its name from the repository's root.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { backend, mish, Tensor } from 'node-mish';

const required = createRequire(`${process.cwd()}/`)('node-mish');
assert.ok(required.Tensor === Tensor, 'import and require give different classes');

// Every bit pattern of 16 bits is an element of the half types, and the upper half of one of the others.
const halves = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
const singles = new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer);
const doubles = new Float64Array(BigUint64Array.from(halves, (bits) => BigInt(bits) << 48n).buffer);
const elements = { float16: halves, bfloat16: halves, float32: singles, float64: doubles };

const bytes = (array) => Buffer.from(array.buffer);
const ulpsApart = (a, b) => {
  const bits = new BigInt64Array(b.buffer);
  return new BigInt64Array(a.buffer).map((n, i) => (n > bits[i] ? n - bits[i] : bits[i] - n));
};
for (const [dtype, x] of Object.entries(elements)) {
  const [native, js] = ['cpu', 'js'].map((device) => mish(x, { dtype, device }));
  const same =
    dtype === 'float64'
      ? ulpsApart(native, js).every((n) => n <= 2n)
      : bytes(native).equals(bytes(js));
  assert.ok(same, `${dtype}: the addon and JavaScript give different values`);
}

console.log(`Node ${process.versions.node}, V8 ${process.versions.v8}, ${backend.name}`);
