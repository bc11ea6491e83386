// Figures of memory traffic for docs/: how results are written, what passes over memory cost, and copies to a GPU.
import { readFileSync } from 'node:fs';
import { storesTable } from '../../bench/memory-tables.mjs';
import { digits, sizeName } from '../../build/src/cli/bench/report.js';
import { root } from '../root.mjs';
import { newest, where } from './reports.mjs';

const bench = newest('bench');
const memory = newest('memory');
const FLOAT32_BYTES = 4;

// ---- one pass, or several
/** Nanoseconds of a byte that is read or written, by the faster of the copies of the largest size. */
function nsPerByte() {
  const size = Math.max(...bench.points.map((point) => point.size));
  const far = bench.points.find((point) => {
    return point.op === 'forward' && point.dtype === 'float32' && point.size === size;
  });
  return Math.min(far.memcpy.median, far.streaming?.median ?? Infinity) / (far.bytes / size);
}

/** Operands that each pass reads and writes. */
const ways = [
  { name: 'node-mish', forward: [2], backward: [3], kept: ['x'] },
  {
    name: 'softplus, tanh and a product, each a pass',
    forward: [2, 2, 3], // x to p, p to t, x and t to y
    // dy, x, t to dt and the first part of dx; dt, t to dp; dp, x to the second part; their sum
    backward: [5, 3, 3, 3],
    kept: ['x', 't'],
  },
];

const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

function passes() {
  const rows = ways.map(({ name, forward, backward, kept }) => {
    const [bytes, bytesBack] = [forward, backward].map((each) => FLOAT32_BYTES * sum(each));
    return [
      name,
      `${forward.length}, ${backward.length}`,
      `${bytes}, ${bytesBack}`,
      digits((bytes + bytesBack) * nsPerByte()),
      String(FLOAT32_BYTES * kept.length),
    ];
  });
  const heads = ['', 'passes forward, backward', 'bytes moved forward, backward'];
  return [[...heads, 'ns for moving them', 'bytes kept between'], ...rows];
}

// ---- a copy to a GPU and back
const log = readFileSync(`${root}bench/results/2026-11-26-h200-formulas.txt`, 'utf8');

/** Gigabytes a second to the device and from it, of that kind of host memory. */
function transfersOf(kind) {
  const [, to, from] = new RegExp(
    `^${kind} 256 MiB +to device ([\\d.]+) GB/s, from device ([\\d.]+)`,
    'm',
  ).exec(log);
  return [Number(to), Number(from)];
}

function gpuCopies() {
  const size = Math.max(...bench.points.map((point) => point.size));
  const { isa } = bench.points[0];
  const forward = (threads) =>
    bench.points.find((p) => {
      const isForward = p.op === 'forward' && p.dtype === 'float32' && p.precision === 'exact';
      return isForward && p.isa === isa && p.threads === threads && p.size === size;
    });
  const both = (kind) => sum(transfersOf(kind).map((gigabytes) => FLOAT32_BYTES / gigabytes));
  const [one, most] = [1, Math.max(...bench.points.map(({ threads }) => threads))].map(forward);
  return [
    [`float32, ${sizeName(size)}`, 'ns of an element'],
    ['forward here, one thread', digits(one.ns.median)],
    [`forward here, ${most.threads} threads`, digits(most.ns.median)],
    ['to the GPU and back, from pinned memory: the bus', digits(both('pinned'))],
    [
      'and copied into pinned memory and out of it: memcpy, twice',
      digits(both('pinned') + 2 * one.memcpy.median),
    ],
    [
      'to the GPU and back, from memory as programs have it, by the driver',
      digits(both('pageable')),
    ],
  ];
}

export const contents = {
  'where-stores': () => where(memory, 'Stores'),
  stores: () => storesTable(memory),
  passes,
  'gpu-copies': gpuCopies,
};
