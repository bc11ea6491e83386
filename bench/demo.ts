// npm run demo: Mish forward and backward on a layer's activations, in every dtype on every device
// here, checked against a double-double reference and timed beside memcpy. Writes mish.svg. Exits
// with 1 when a result is not what is promised.
import { writeFileSync } from 'node:fs';
import {
  backend,
  type Device,
  type DeviceInfo,
  type DType,
  device,
  devices,
  mish,
  mishBackward,
  mishDerivative,
  Tensor,
} from 'node-mish';
import { accuracy, bounds, type Operation } from './demo/accuracy.ts';
import { medianSeconds, memcpySeconds } from './demo/measure.ts';
import { mishPlotSvg } from './plot.ts';

const shape = [32, 64, 56, 56] as const;
const dtypes: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
const usable = devices().filter(({ available }) => available);
let failures = 0;

/** Normal deviates from a linear congruential generator and Box-Muller; the same on every run. */
function normal(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

function showOnnxTest(): void {
  const x = Float32Array.from({ length: 10000 }, (_, i) => -10 + (20 * i) / 9999);
  const expected = x.map((v) => v * Math.tanh(Math.log1p(Math.exp(v))));
  for (const { id } of usable) {
    const got = mish(x, { device: id });
    const outside = (y: number, i: number) =>
      Math.abs(y - expected[i]!) > 1e-7 + 1e-3 * Math.abs(expected[i]!);
    const wrong = got.reduce((count, y, i) => count + (outside(y, i) ? 1 : 0), 0);
    if (wrong > 0) failures++;
    const verdict = wrong === 0 ? 'pass' : `${wrong} WRONG`;
    console.log(
      `  ONNX Mish test, linspace(-10, 10, 10000), rtol 1e-3 atol 1e-7, ${id}: ${verdict}`,
    );
  }
}

interface Row {
  readonly bits: Uint8Array;
  readonly cells: readonly string[];
}

function measureRow(
  { isa = '' }: DeviceInfo,
  on: Device,
  dtype: DType,
  op: Operation,
  data: Tensor,
  grad: Tensor,
): Row {
  const [x, dy] = [data.cast(dtype).to(on), grad.cast(dtype).to(on)];
  const out = Tensor.zeros(shape, { dtype, device: on });
  const run = op === 'forward' ? () => mish(x, { out }) : () => mishBackward(x, dy, { out });
  const repeats = on.kind === 'js' ? 1 : 7;
  const seconds = medianSeconds(run, repeats);
  const bytes = x.byteLength * (op === 'forward' ? 2 : 3);
  const { ulp, misrounded } = accuracy(op, dtype, x, dy, out);
  const bound = bounds(on.kind, dtype, op);
  const fine = ulp <= bound.ulp && misrounded <= bound.misrounded;
  if (!fine) failures++;
  const cells = [
    on.id,
    isa,
    dtype,
    op,
    ulp.toFixed(6),
    String(misrounded),
    (bytes / seconds / 1e9).toFixed(2),
    (memcpySeconds(bytes) / seconds).toFixed(2),
    fine ? 'ok' : 'WRONG',
  ];
  const view = out.data;
  const bits = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { bits, cells };
}

/** How many elements differ in their bits between two devices. */
function differing(a: Uint8Array, b: Uint8Array, bytesPerElement: number): number {
  let count = 0;
  for (let i = 0; i < a.length; i += bytesPerElement) {
    let same = true;
    for (let k = 0; k < bytesPerElement; k++) same &&= a[i + k] === b[i + k];
    if (!same) count++;
  }
  return count;
}

const heads = [
  'device',
  'ISA',
  'dtype',
  'op',
  'max ulp',
  'misrounded',
  'GB/s',
  'x memcpy',
  'bound',
  'differs from cpu',
];
const widths = [6, 9, 8, 8, 9, 10, 6, 8, 5, 16];
const line = (cells: readonly string[]) =>
  console.log(`  ${cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}`);

function showTable(): void {
  const length = shape.reduce((a, b) => a * b, 1);
  const x = Tensor.from(normal(length, 1), { shape, device: 'js' });
  const dy = Tensor.from(normal(length, 2), { shape, device: 'js' });
  line(heads);
  for (const dtype of dtypes) {
    for (const op of ['forward', 'backward'] as const) {
      let first: Row | undefined;
      for (const info of [...usable].reverse()) {
        const row = measureRow(info, device(info.id), dtype, op, x, dy);
        const bytesPerElement = row.bits.length / length;
        line([
          ...row.cells,
          first ? String(differing(first.bits, row.bits, bytesPerElement)) : '-',
        ]);
        first ??= row;
      }
    }
  }
}

function writePlot(): void {
  const curves = [
    { label: 'f', y: (x: number) => mish(x) },
    { label: "f'", y: (x: number) => mishDerivative(x) },
    { label: "f''", y: (x: number) => mishDerivative(x, { order: 2 }) },
  ];
  writeFileSync('mish.svg', mishPlotSvg(curves, { y: [-0.5, 1.6] }));
}

const native = backend.name === 'native' ? `native ${backend.isa}` : 'js';
console.log(`\nnode-mish ${backend.version}, Node ${process.versions.node}, ${native}`);
if (backend.reason) console.log(backend.reason);
console.log();
showOnnxTest();
console.log(`\n  activations [${shape.join(', ')}], normal, seed 1; dy normal, seed 2`);
showTable();
writePlot();
console.log('\n  max ulp and misrounded: against a double-double reference, every 64th element.');
console.log(
  '  GB/s: bytes read and written; x memcpy: its speed over that of copying as many bytes.',
);
console.log("  Wrote mish.svg (f, f', f''). Next: npm test, or README.md.\n");
if (failures > 0) {
  console.log(`  ${failures} results are outside their bounds.`);
  process.exitCode = 1;
}
