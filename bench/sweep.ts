// npm run sweep: f, f' and f'' at every one of the 2^32 float32 inputs, native beside JavaScript. They share
// constants but no code, so where the bits agree each vouches for the other; where they do not, the
// double-double reference says who is right. Four minutes; exits with 1 when they differ anywhere.
import { backend, mish, mishDerivative } from 'node-mish';
import {
  derivativeExact,
  forwardExact,
  secondDerivativeExact,
  ulpErrorFloat32,
} from './reference.ts';

const block = 2 ** 22;
const bits = new Uint32Array(block);
const x = new Float32Array(bits.buffer);
const newResult = () => {
  const values = new Float32Array(block);
  return { values, bits: new Uint32Array(values.buffer) };
};
const [native, js] = [newResult(), newResult()];

type Device = 'cpu' | 'js';
const functions = [
  { name: 'f', run: (device: Device, out: Float32Array) => mish(x, { device, out }) },
  { name: "f'", run: (device: Device, out: Float32Array) => mishDerivative(x, { device, out }) },
  {
    name: "f''",
    run: (device: Device, out: Float32Array) => mishDerivative(x, { device, out, order: 2 }),
  },
] as const;
const exactOf = { f: forwardExact, "f'": derivativeExact, "f''": secondDerivativeExact };

function sweep({ name, run }: (typeof functions)[number]): void {
  let [differing, maxUlpNative, maxUlpJs] = [0, 0, 0];
  for (let begin = 0; begin < 2 ** 32; begin += block) {
    for (let i = 0; i < block; i++) bits[i] = begin + i;
    run('cpu', native.values);
    run('js', js.values);
    for (let i = 0; i < block; i++) {
      if (native.bits[i] === js.bits[i]) continue;
      differing++;
      const exact = exactOf[name](x[i]!);
      maxUlpNative = Math.max(maxUlpNative, ulpErrorFloat32(native.values[i]!, exact));
      maxUlpJs = Math.max(maxUlpJs, ulpErrorFloat32(js.values[i]!, exact));
    }
  }
  const where = `max ${maxUlpNative.toFixed(9)} ulp native, ${maxUlpJs.toFixed(9)} js there`;
  console.log(`${name.padEnd(3)} ${differing} of 2^32 differ${differing > 0 ? `: ${where}` : ''}`);
  if (differing > 0) process.exitCode = 1;
}

if (backend.name !== 'native') {
  console.log(`There is nothing to compare with: ${backend.reason}`);
  process.exitCode = 1;
} else {
  console.log(`${backend.isa} beside js, Node ${process.versions.node}`);
  for (const each of functions) sweep(each);
}
