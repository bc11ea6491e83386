// Writes the tables of docs/ and README.md between their marks, <!-- bench:NAME --> and
// <!-- /bench -->, from the newest reports of each kind in bench/results/.
//
//   node scripts/generate-tables.mjs          write them
//   node scripts/generate-tables.mjs --check  exit 1 when one is not what this makes
//
// Needs dist/ (npm run build:ts): figures are rounded as `node-mish bench` prints them.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  accuracyTable,
  callTable,
  conformanceTable,
  speedTable,
  summaryTable,
} from '../bench/peers/tables.mjs';
import * as tfjsTables from '../bench/tfjs/tables.mjs';
import { byteName, digits, sizeName } from '../dist/cli/bench/report.js';

const root = new URL('../', import.meta.url);
const targets = ['README.md', 'docs/performance.md', 'docs/accuracy.md', 'docs/training.md'];

/** The report of that kind, `<name>.<kind>.json`, with the latest date. */
function newest(kind) {
  const directory = new URL('bench/results/', root);
  const reports = readdirSync(directory)
    .filter((name) => name.endsWith(`.${kind}.json`))
    .map((name) => ({ name, ...JSON.parse(readFileSync(new URL(name, directory), 'utf8')) }));
  return reports.sort((a, b) => (a.date < b.date ? -1 : 1)).at(-1);
}

const [bench, peers, instructions, verify, tfjs, onnx] = [
  ...['bench', 'peers', 'instructions', 'verify', 'tfjs', 'onnx'],
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

// ---- npm run verify:exhaustive
const claims = (ofReference) =>
  verify.claims.filter(({ kernel }) => (kernel === 'reference') === ofReference);

function verifyTable() {
  const rows = claims(false).map((claim) => [
    `${claim.kernel} ${claim.claim}`,
    claim.run,
    String(claim.inputs),
    String(claim.misrounded),
    claim.bound === 0 ? '0' : `${Number(claim.maxUlp.toPrecision(9))} ${claim.unit}`,
    claim.at ?? '',
    claim.bound === 0 ? 'the right bits' : `${claim.bound} ${claim.unit}`,
    claim.ok ? 'yes' : 'NO',
  ]);
  const heads = ['kernel', 'run', 'results', 'not the nearest', 'largest error', 'at x', 'bound'];
  return [[...heads, 'holds'], ...rows];
}

function referenceTable() {
  const rows = claims(true).map(({ claim, run, inputs, ok }) => {
    return [claim, run.replace('MPFR: ', ''), String(inputs), ok ? 'yes' : 'NO'];
  });
  return [['reference', 'largest difference', 'points', 'holds'], ...rows];
}

// ---- where
function where({ date, program, machine }, what) {
  const { version, commit, node, compiler } = program;
  const caches = machine.caches.map(({ name, bytes }) => `${name} ${byteName(bytes)}`);
  const settings = Object.entries(machine.settings).map(([name, value]) => `${name} ${value}`);
  const facts = [
    `${what}, ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores`,
    ...caches,
    machine.system,
    ...settings,
    `node-mish ${version}${commit ? ` (${commit})` : ''}, ${compiler ?? 'no addon'}, Node ${node}`,
  ];
  return `${facts.join('; ')}.`;
}

function whereMeasured() {
  const counted = `Instructions, ${instructions.date.slice(0, 10)}: ${instructions.compiler}.`;
  return [where(bench, 'Speed'), where(peers, 'Peers'), counted].join('\n\n');
}

/** A table, or a paragraph, by the name in its marks. */
const contents = {
  where: whereMeasured,
  forward: () => speed('forward', 1),
  backward: () => speed('backward', 1),
  threads: () =>
    threadCounts.length > 1
      ? speed('forward', Math.max(...threadCounts))
      : 'This run has figures of one thread only.',
  calls,
  'where-verify': () => where(verify, 'Accuracy'),
  verify: verifyTable,
  reference: referenceTable,
  roofline,
  instructions: instructionTable,
  'peers-forward': () => speedTable(peers, 'forward', 'float32'),
  'peers-backward': () => speedTable(peers, 'backward', 'float32'),
  'peers-forward-bfloat16': () => speedTable(peers, 'forward', 'bfloat16'),
  'peers-backward-bfloat16': () => speedTable(peers, 'backward', 'bfloat16'),
  'peers-calls': () => callTable(peers),
  'peers-accuracy': () => accuracyTable(peers),
  summary: () => summaryTable(peers),
  'tfjs-where': () => where(tfjs, `TensorFlow.js ${tfjs.tfjs}`),
  'tfjs-speed': () => tfjsTables.speedTable(tfjs),
  'tfjs-memory': () => tfjsTables.memoryTable(tfjs),
  'onnx-where': () => where(onnx, `onnxruntime-node ${onnx.onnxruntime}`),
  onnx: () => conformanceTable(onnx),
};

/** Columns aligned, as formatters of Markdown have them; figures to the right. */
function markdown(rows) {
  if (typeof rows === 'string') return rows;
  const widths = rows[0].map((_, i) => Math.max(3, ...rows.map((row) => row[i].length)));
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [head, ...body] = rows.map((row) => line(row.map(pad)));
  return [head, line(rule), ...body].join('\n');
}

const marks = /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g;

let stale = false;
for (const target of targets) {
  const file = new URL(target, root);
  const text = readFileSync(file, 'utf8');
  const fresh = text.replace(marks, (_, begin, name, end) => {
    if (!contents[name]) throw new Error(`${target}: there is no table '${name}'`);
    return `${begin}\n${markdown(contents[name]())}\n\n${end}`;
  });
  if (process.argv.includes('--check')) {
    if (fresh === text) continue;
    console.error(
      `${target}: its tables are not those of bench/results: node scripts/generate-tables.mjs`,
    );
    stale = true;
  } else {
    writeFileSync(file, fresh);
  }
}
if (stale) process.exitCode = 1;
