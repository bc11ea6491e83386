// npm run bench:onnx: our forward beside onnxruntime-node's Mish (opset 18) on the same tensors, both against the
// double-double reference: how far each is off, in last places, and how far apart they are.
//
//   npm run bench:onnx -- [--json] [--save <file>]
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  forwardExact,
  roundToFloat32,
  ulpErrorFloat32,
  ulpErrorFloat64,
} from '../../build/bench/reference.js';
import { machine, program } from '../../build/src/cli/bench/machine.js';
import { backend, mish, Tensor } from '../../dist/index.js';
import { installPackage } from '../../scripts/install-package.mjs';
import { regions } from './accuracy.mjs';
import { forwardModelOf } from './onnx-model.mjs';
import { conformanceTable, print } from './tables.mjs';

const require = createRequire(import.meta.url);

// ---- the two, on one Tensor
/** As ONNX Runtime has it: the same memory. */
const toOrt = (ort, tensor) => new ort.Tensor(tensor.dtype, tensor.data, tensor.shape);

/** Its result for the Tensor, which it writes to memory of ours. */
async function runOrt(ort, x) {
  const session = await ort.InferenceSession.create(forwardModelOf(x.dtype));
  const y = Tensor.empty(x.shape, { dtype: x.dtype });
  await session.run({ x: toOrt(ort, x) }, { out: toOrt(ort, y) });
  await session.release();
  return y;
}

// ---- judging
const numbersOf = (tensor) => tensor.cast('float64').data;

/** A float16's exponent is -14 at least, and it has 11 bits. */
function ulpErrorFloat16(actual, { hi }) {
  const nearest = Tensor.from([hi], { dtype: 'float16' }).item();
  if (Object.is(actual, nearest) && !Number.isFinite(nearest)) return 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(hi)) || -14));
  return Math.abs(actual - hi) / 2 ** (exponent - 10);
}

const judges = {
  float32: { error: ulpErrorFloat32, nearest: roundToFloat32 },
  float64: { error: ulpErrorFloat64, nearest: ({ hi }) => hi },
  float16: {
    error: ulpErrorFloat16,
    nearest: ({ hi }) => Tensor.from([hi], { dtype: 'float16' }).item(),
  },
};

const most = (values) => values.reduce((a, b) => Math.max(a, b), 0);

/** How far those are from the truth. */
function judge(dtype, results, exact) {
  const { error, nearest } = judges[dtype];
  const maxUlp = most(exact.map((e, i) => error(results[i], e)));
  const misrounded = exact.filter((e, i) => !Object.is(results[i], nearest(e))).length;
  return { maxUlp, misrounded };
}

async function rowOf(ort, dtype, name, x) {
  const tensor = Tensor.from(x, { dtype });
  const exact = Array.from(numbersOf(tensor), forwardExact);
  const [ours, theirs] = [mish(tensor), await runOrt(ort, tensor)].map(numbersOf);
  const differ = ours.filter((y, i) => !Object.is(y, theirs[i])).length;
  const apart = most(Array.from(ours, (y, i) => judges[dtype].error(theirs[i], { hi: y, lo: 0 })));
  const judged = { ours: judge(dtype, ours, exact), theirs: judge(dtype, theirs, exact) };
  return { dtype, x: name, points: ours.length, ...judged, differ, apart };
}

// ---- what is compared
/** The ONNX operator test's own. */
const onnxTest = Float32Array.from({ length: 10_000 }, (_, i) => i * (20 / 9999) - 10);

/** All that are finite. */
function everyFloat16() {
  const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  return numbersOf(Tensor.fromBits(bits, { dtype: 'float16' })).filter(Number.isFinite);
}

const forwardRegions = Object.entries(regions)
  .filter(([, { op }]) => op === 'forward')
  .map(([name, { x }]) => [name.replace('f, ', ''), x]);

/** Where Node has Float16Array, its float16 tensors are made of those, and onnxruntime-node 1.30 takes none. */
export const takesFloat16 = !('Float16Array' in globalThis);

/** A row for each dtype that ONNX Runtime has, and part of the line. */
export async function conformance(ort) {
  const parts = [['the ONNX test, [-10, 10]', onnxTest], ...forwardRegions];
  const rows = [];
  for (const dtype of ['float32', 'float64']) {
    for (const [name, x] of parts) rows.push(await rowOf(ort, dtype, name, x));
  }
  if (takesFloat16) {
    rows.push(await rowOf(ort, 'float16', 'every finite float16', everyFloat16()));
  }
  return rows;
}

async function main() {
  const flags = parseArgs({ options: { json: { type: 'boolean' }, save: { type: 'string' } } });
  installPackage('bench/peers');
  const report = {
    ...{ date: new Date().toISOString(), program: program(), machine: machine() },
    ...{
      isa: backend.isa ?? 'js',
      onnxruntime: require('./package.json').dependencies['onnxruntime-node'],
    },
    rows: await conformance(require('onnxruntime-node')),
  };
  if (flags.values.save) writeFileSync(flags.values.save, `${JSON.stringify(report, null, 1)}\n`);
  if (flags.values.json) console.log(JSON.stringify(report, null, 1));
  else print(conformanceTable(report));
}

if (argv[1] === fileURLToPath(import.meta.url)) await main();
