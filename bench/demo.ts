// npm run demo: Mish on real input, on every device here. The ONNX operator test; a layer's activations
// forward and backward in every dtype, checked against a double-double reference and timed beside
// memcpy; and mish.svg. Exits with 1 when a result is not what is promised.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { backend, type DType, devices, mish, scope } from 'node-mish';
import { differing, type Measured, measure, normalActivations, shape } from './demo/activations.ts';
import { composedMish, judgeOnnx, onnxInput } from './demo/onnx.ts';

const dtypes: readonly DType[] = ['float32', 'float64', 'float16', 'bfloat16'];
// The native device first: the others are compared with it.
const usable = devices()
  .filter(({ available }) => available)
  .toReversed();
const first = usable[0]!.id;
let broken = 0;

const print = (text = ''): void => console.log(text);
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

function printHead(): void {
  const kernels = backend.name === 'native' ? `native kernels, ${backend.isa}` : 'JS kernels';
  print(`\nnode-mish ${backend.version} on Node ${process.versions.node}: ${kernels}`);
  if (backend.reason) print(backend.reason);
}

// ---- (a) the operator test
function printOnnx(name: string, results: Float32Array): void {
  const { failed, maxUlp, misrounded } = judgeOnnx(results);
  const verdict = failed === 0 ? 'pass' : `FAIL at ${failed} points`;
  const rounding = `${percent(misrounded, results.length)} not the nearest float32`;
  print(`  ${name.padEnd(38)}${verdict}, max ${maxUlp.toFixed(2)} ulp, ${rounding}`);
  if (failed > 0) broken++;
}

function showOnnxTest(): void {
  print('\nONNX operator test of Mish: float32 linspace(-10, 10, 10000), rtol 1e-3, atol 1e-7');
  for (const { id } of usable) printOnnx(`node-mish, ${id}`, mish(onnxInput, { device: id }));
  printOnnx('x * tanh(log1p(exp(x))) in float32', onnxInput.map(composedMish));
}

// ---- (b) the layer
const heads = ['device', 'ISA', 'dtype', 'op', 'max ulp', 'misrounded', 'GB/s', 'x memcpy'];
const lastHeads = ['kept', `unlike ${first}`];
const widths = [6, 9, 8, 8, 8, 10, 5, 8, 4, 10];

function printLine(cells: readonly string[]): void {
  print(`  ${cells.map((cell, i) => cell.padStart(widths[i]!)).join('  ')}`);
}

function printRow(row: Measured, unlike: string): void {
  if (!row.asPromised) broken++;
  printLine([
    ...[row.device, row.isa, row.dtype, row.op],
    row.maxUlp.toFixed(6),
    String(row.misrounded),
    row.gigabytesPerSecond.toFixed(2),
    row.memcpyRatio.toFixed(3),
    row.asPromised ? 'yes' : 'NO',
    unlike,
  ]);
}

function showLayer(): void {
  const [x, dy] = [normalActivations(1), normalActivations(2)];
  print(`\nA layer's activations, [${shape.join(', ')}], normal; ${x.size} elements`);
  printLine([...heads, ...lastHeads]);
  let checked = 0;
  for (const dtype of dtypes) {
    for (const op of ['forward', 'backward'] as const) {
      let reference: Measured | undefined;
      for (const device of usable) {
        const row = scope(() => measure(device, dtype, op, x, dy));
        printRow(row, reference ? String(differing(reference.bits, row.bits)) : '-');
        reference ??= row;
        checked = row.checked;
      }
    }
  }
  for (const line of explanation(checked)) print(`  ${line}`);
}

function threadsInWords(): string {
  const count = usable[0]?.threads ?? 1;
  return count === 1 ? 'one thread' : `by ${count} threads on cpu, one in JS`;
}

function explanation(checked: number): readonly string[] {
  return [
    `max ulp, misrounded: of ${checked} elements, against a double-double reference.`,
    `GB/s: read and written, ${threadsInWords()}; the median of 7 runs, in JS one cold run.`,
    'x memcpy: over the speed of copying as many bytes in this run, on one thread.',
    "kept: the promise of docs/accuracy.md; float64 in JS beside the root of f' in absolute terms.",
    `unlike ${first}: of all elements, those whose bits are not the ones of ${first}.`,
  ];
}

// ---- the picture
function writePlot(): void {
  // By the command, as users do.
  const command = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
  execFileSync(process.execPath, [command, 'plot', '--derivatives', '2', '-o', 'mish.svg']);
}

printHead();
showOnnxTest();
showLayer();
writePlot();
print("\nWrote mish.svg: f, f', f''. Next: README.md to use it, npm test for every promise.\n");
if (broken > 0) {
  print(`${broken} of the results above are not what is promised.`);
  process.exitCode = 1;
}
