// The report of npm run bench:peers as tables of text cells; for the terminal here, and for docs.
import { digits, sizeName } from '../../dist/cli/bench/report.js';

/** Nanoseconds of an element, and how many times memcpy's. */
export function speedTable({ peers }, op, dtype) {
  const of = (peer) => peer.points.filter((p) => p.op === op && p.dtype === dtype);
  const rows = peers.filter((peer) => of(peer).length > 0);
  const sizes = of(rows[0] ?? { points: [] }).map(({ size }) => size);
  const cell = (peer, size) => {
    const point = of(peer).find((p) => p.size === size);
    if (!point) return '';
    const { ns, memcpy } = point;
    return `${digits(ns.median / size)} (${digits(ns.median / memcpy.median)})`;
  };
  return [
    [`${op}, ${dtype}`, ...sizes.map(sizeName)],
    ...rows.map((peer) => [peer.name, ...sizes.map((size) => cell(peer, size))]),
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

const ulp = (error) => {
  if (typeof error === 'string') return error;
  return error >= 1e5 ? error.toExponential(1).replace('e+', 'e') : digits(error);
};

export function accuracyTable({ peers }) {
  const names = Object.keys(peers[0].accuracy.maxUlp);
  const row = ({ name, accuracy }) => [
    name,
    ...names.map((region) => ulp(accuracy.maxUlp[region])),
    `${(100 * accuracy.misroundedForward).toFixed(1)} %`,
    accuracy.atMinusInfinity.f,
    accuracy.atMinusInfinity["f'"],
  ];
  const heads = ['max ulp, float32', ...names, 'f not the nearest', 'f(-inf)', "f'(-inf)"];
  return [heads, ...peers.map(row)];
}
