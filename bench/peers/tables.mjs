// The reports of npm run bench:peers and bench:onnx as tables of text cells; for the terminal here, and for docs.
import { digits, sizeName } from '../../build/src/cli/bench/report.js';

/** Nanoseconds of an element, and how many times memcpy's. */
function speedCell({ points }, op, dtype, size) {
  const point = points.find((p) => p.op === op && p.dtype === dtype && p.size === size);
  if (!point) return '';
  const { ns, memcpy } = point;
  return `${digits(ns.median / size)} (${digits(ns.median / memcpy.median)})`;
}

/** A row for each peer that has the dtype, a column for each size. */
export function speedTable({ peers }, op, dtype) {
  const of = (peer) => peer.points.filter((p) => p.op === op && p.dtype === dtype);
  const rows = peers.filter((peer) => of(peer).length > 0);
  const sizes = of(rows[0] ?? { points: [] }).map(({ size }) => size);
  return [
    [`${op}, ${dtype}`, ...sizes.map(sizeName)],
    ...rows.map((peer) => [peer.name, ...sizes.map((size) => speedCell(peer, op, dtype, size))]),
  ];
}

/** Nanoseconds of a call on one element. */
export function callTable({ peers }) {
  const cell = (peer, op) => {
    const call = peer.calls.find((each) => each.op === op);
    return call ? Math.round(call.ns.median).toLocaleString('en-US') : '';
  };
  return [
    ['ns of a call, 1 element', 'forward', 'backward'],
    ...peers.map((peer) => [peer.name, cell(peer, 'forward'), cell(peer, 'backward')]),
  ];
}

/** An error in ulp, or the name of what is none. */
export const ulp = (error) => {
  if (typeof error === 'string') return error;
  return error >= 1e5 ? error.toExponential(1).replace('e+', 'e') : digits(error);
};

const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;

export function accuracyTable({ peers }) {
  const names = Object.keys(peers[0].accuracy.maxUlp);
  const row = ({ name, accuracy }) => [
    name,
    ...names.map((region) => ulp(accuracy.maxUlp[region])),
    percent(accuracy.misroundedForward, 1),
    accuracy.atMinusInfinity.f,
    accuracy.atMinusInfinity["f'"],
  ];
  const heads = ['max ulp, float32', ...names, 'f not the nearest', 'f(-inf)', "f'(-inf)"];
  return [heads, ...peers.map(row)];
}

/** A row for each peer: float32 in a cache and in memory, what a call costs, and whether f is right. */
export function summaryTable({ peers }) {
  const shown = [2 ** 16, 2 ** 24];
  const ops = ['forward', 'backward'];
  const worst = ({ accuracy }) => {
    const errors = Object.entries(accuracy.maxUlp).filter(([name]) => name.startsWith('f,'));
    return ulp(Math.max(...errors.map(([, error]) => Number(error))));
  };
  const heads = ops.flatMap((op) => shown.map((size) => `${op}, ${sizeName(size)}`));
  return [
    ['float32, one thread', ...heads, 'ns of a call', 'f, max ulp', 'f(-inf)'],
    ...peers.map((peer) => [
      peer.name,
      ...ops.flatMap((op) => shown.map((size) => speedCell(peer, op, 'float32', size))),
      Math.round(peer.calls[0].ns.median).toLocaleString('en-US'),
      worst(peer),
      peer.accuracy.atMinusInfinity.f,
    ]),
  ];
}

/** A row for each dtype and part of the line: both against the truth, and each other. */
export function conformanceTable({ rows, onnxruntime }) {
  const heads = ['f of', 'points', 'max ulp', `ONNX Runtime ${onnxruntime}, max ulp`];
  return [
    [...heads, 'not the nearest', 'ONNX Runtime', 'other bits', 'apart, max ulp'],
    ...rows.map(({ dtype, x, points, ours, theirs, differ, apart }) => [
      `${dtype}: ${x}`,
      points.toLocaleString('en-US'),
      ulp(ours.maxUlp),
      ulp(theirs.maxUlp),
      percent(ours.misrounded, points),
      percent(theirs.misrounded, points),
      percent(differ, points),
      ulp(apart),
    ]),
  ];
}

/** On the terminal: columns aligned. */
export function print(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const pad = (cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  for (const row of rows) console.log(row.map(pad).join('  ').trimEnd());
  console.log();
}
