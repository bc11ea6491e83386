// Benchmark tables and figures for docs/ and README.md, from the newest reports: tables, and figures in sentences.
// Figures are rounded as `node-mish bench` prints them.
import { mishDerivative } from 'node-mish';
import { importTable } from '../../bench/import-table.mjs';
import {
  accuracyTable,
  callTable,
  conformanceTable,
  speedTable,
  summaryTable,
} from '../../bench/peers/tables.mjs';
import * as tfjsTables from '../../bench/tfjs/tables.mjs';
import { digits, sizeName } from '../../build/src/cli/bench/report.js';
import { secondDerivativeWithDrop } from './function.mjs';
import { newest, where } from './reports.mjs';

const [bench, peers, instructions, tfjs, epochs, onnx, imports] = [
  ...['bench', 'peers', 'instructions', 'tfjs', 'epochs', 'onnx', 'import'],
].map(newest);

// ---- npm run bench
const sizes = [10, 16, 20, 24, 26].map((power) => 2 ** power);
const { isa } = bench.points[0];
const threadCounts = [...new Set(bench.points.map(({ threads }) => threads))];

const nameOf = ({ dtype, precision }) => (precision === 'fast' ? `${dtype}, fast` : dtype);
const unique = (values) => [...new Set(values)];
const ratio = (a, b) => digits(a.median / b.median);

/** Rows of a dtype each; cells of ns per element and times memcpy. */
function speed(op, threads, shown = sizes) {
  const points = bench.points.filter((p) => p.op === op && p.isa === isa && p.threads === threads);
  const at = (name, size) => points.find((p) => nameOf(p) === name && p.size === size);
  const cells = (name, cell) => shown.map((size) => cell(at(name, size)));
  const copies = [
    [`${bench.baseline}, float32`, ...cells('float32', (p) => (p ? digits(p.memcpy.median) : ''))],
    [
      'streaming copy, float32',
      ...cells('float32', (p) =>
        p?.streaming ? `${digits(p.streaming.median)} (${ratio(p.streaming, p.memcpy)})` : '',
      ),
    ],
  ];
  const rows = unique(points.map(nameOf)).map((name) => [
    name,
    ...cells(name, (p) => (p ? `${digits(p.ns.median)} (${ratio(p.ns, p.memcpy)})` : '')),
  ]);
  const on = `${op}, ${threads} thread${threads === 1 ? '' : 's'}`;
  return [[on, ...shown.map(sizeName)], ...copies, ...rows];
}

function calls() {
  const rows = bench.calls.map(({ call, elements, ns }) => [
    `\`${call}\``,
    String(elements),
    ns.median.toFixed(0),
    `${ns.q1.toFixed(0)}-${ns.q3.toFixed(0)}`,
  ]);
  return [['call', 'elements', 'ns', 'quartiles'], ...rows];
}

/** What memory allows and what computing takes, beside what is measured in a cache and in memory. */
function roofline() {
  const [inCache, inMemory] = [2 ** 16, Math.max(...bench.points.map(({ size }) => size))];
  const ours = bench.points.filter((p) => p.isa === isa && p.threads === 1);
  const rows = ours
    .filter(({ size }) => size === inMemory)
    .map((far) => {
      const near = ours.find(
        (p) => p.op === far.op && nameOf(p) === nameOf(far) && p.size === inCache,
      );
      const floor = Math.min(far.memcpy.median, far.streaming?.median ?? Number.POSITIVE_INFINITY);
      const executed = instructionsOf(isa, far);
      return [
        `${far.op}, ${nameOf(far)}`,
        String(far.bytes / far.size),
        digits(floor),
        executed === undefined ? '' : digits(executed),
        digits(near.ns.median),
        digits(far.ns.median),
        near.ns.median > floor ? 'computing' : 'memory',
      ];
    });
  const heads = ['', 'bytes', 'fastest copy, ns', 'instructions', `ns at ${sizeName(inCache)}`];
  return [[...heads, `ns at ${sizeName(inMemory)}`, 'what is longer'], ...rows];
}

// ---- instructions
const instructionDtype = ({ dtype, precision }) => (precision === 'fast' ? `${dtype}Fast` : dtype);
const instructionsOf = (level, point) =>
  instructions.levels[level]?.[point.op]?.[instructionDtype(point)];

function instructionTable() {
  const levels = Object.keys(instructions.levels).toReversed();
  const kernels = instructions.levels[levels[0]];
  const dtypes = Object.keys(Object.values(kernels)[0]);
  const rows = Object.keys(kernels).map((op) => [
    op,
    ...dtypes.map((dtype) =>
      levels.map((level) => digits(instructions.levels[level][op][dtype])).join(' / '),
    ),
  ]);
  return [[levels.join(' / '), ...dtypes], ...rows];
}

// ---- where
function whereMeasured() {
  const counted = `Instructions, ${instructions.date.slice(0, 10)}: ${instructions.compiler}.`;
  return [where(bench, 'Speed'), where(peers, 'Peers'), counted].join('\n\n');
}

/** How many times as fast as tf's own that is, on backend cpu with the largest size. */
function timesTensorFlow(operation) {
  const [{ points }] = tfjs.setups;
  const { builtIn, ours } = points.filter((point) => point.operation === operation).at(-1);
  return (builtIn.median / ours.median).toFixed(0);
}

/** How many times as fast whole epochs are. */
const epochRatios = () => epochs.rows.map(({ builtIn, ours }) => builtIn.median / ours.median);

/** What node-mish/tfjs mends; test/tfjs/defects.test.ts holds each row. */
function tfjsDefects() {
  const [{ memory }] = tfjs.setups;
  const { accuracy } = peers.peers.find(({ name }) => name === 'TensorFlow.js, cpu');
  const tail = digits(accuracy.maxUlp['f, [-104, -87.3)']);
  const rows = [
    [
      "f''(1), by a gradient of a gradient",
      secondDerivativeWithDrop(1).toFixed(3),
      `${mishDerivative(1, { order: 2 }).toFixed(3)}, as it is`,
    ],
    ['the gradient of a penalty on slopes', 'more than 10 % off', 'within 10<sup>-5</sup>'],
    ["f(-inf); f' and f'' at both infinities", 'NaN', '-0; 0 and 1; 0'],
    [
      'kernels that forward and backward run',
      String(memory.builtIn.kernels.length),
      String(memory.ours.kernels.length),
    ],
    [
      'tensors kept between forward and backward',
      String(memory.builtIn.between.tensors),
      `${memory.ours.between.tensors}: x and the result`,
    ],
    ['f in float32, backends cpu and wasm', `${tail} ulp off in the tail`, 'correctly rounded'],
  ];
  return {
    rows: [[`Mish of TensorFlow.js ${tfjs.tfjs}`, 'its own', 'ours'], ...rows],
    align: 'left',
  };
}

const kernel = (op, dtype = 'float32') => instructions.levels['x86-64-v4'][op][dtype];

export const contents = {
  where: whereMeasured,
  forward: () => speed('forward', 1),
  backward: () => speed('backward', 1),
  threads: () =>
    threadCounts.length > 1
      ? speed('forward', Math.max(...threadCounts))
      : 'This run has figures of one thread only.',
  calls,
  roofline,
  instructions: instructionTable,
  'peers-forward': () => speedTable(peers, 'forward', 'float32'),
  'peers-backward': () => speedTable(peers, 'backward', 'float32'),
  'peers-forward-bfloat16': () => speedTable(peers, 'forward', 'bfloat16'),
  'peers-backward-bfloat16': () => speedTable(peers, 'backward', 'bfloat16'),
  'peers-calls': () => callTable(peers),
  'peers-accuracy': () => accuracyTable(peers),
  'where-peers': () => where(peers, 'Peers'),
  summary: () => summaryTable(peers),
  'forward-instructions-of-8': () => (8 * kernel('forward')).toFixed(0),
  'derivative-instructions': () => (kernel('derivative') / kernel('forward')).toFixed(1),
  'second-derivative-instructions': () => {
    return (kernel('secondDerivative') / kernel('forward')).toFixed(1);
  },
  import: () => importTable(imports),
  'import-where': () => where(imports, 'Importing'),
  'tfjs-epoch-least': () => Math.min(...epochRatios()).toFixed(2),
  'tfjs-epoch-most': () => Math.max(...epochRatios()).toFixed(2),
  'tfjs-epochs': () => tfjsTables.epochTable(epochs),
  'tfjs-epochs-where': () => where(epochs, `TensorFlow.js ${epochs.tfjs}`),
  'tfjs-forward': () => timesTensorFlow('forward'),
  'tfjs-backward': () => timesTensorFlow('forward and backward'),
  'tfjs-defects': tfjsDefects,
  'tfjs-where': () => where(tfjs, `TensorFlow.js ${tfjs.tfjs}`),
  'tfjs-speed': () => tfjsTables.speedTable(tfjs),
  'tfjs-memory': () => tfjsTables.memoryTable(tfjs),
  'onnx-where': () => where(onnx, `onnxruntime-node ${onnx.onnxruntime}`),
  onnx: () => conformanceTable(onnx),
};
