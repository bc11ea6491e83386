// The report of npm run bench:tfjs as tables of text cells; for the terminal there, and for docs.
import { digits, sizeName } from '../../build/src/cli/bench/report.js';

/** A row for each path and operation: nanoseconds of an element, tf's own and ours, by size. */
export function speedTable({ setups }) {
  const sizes = [...new Set(setups[0].points.map(({ size }) => size))];
  const cell = ({ builtIn, ours, size }) => {
    const [theirs, own] = [builtIn, ours].map(({ median }) => median / size);
    return `${digits(theirs)} / ${digits(own)} (${digits(theirs / own)})`;
  };
  const rows = setups.flatMap(({ backend, path, points }) => {
    const operations = [...new Set(points.map(({ operation }) => operation))];
    return operations.map((operation) => [
      `${backend}, ${path}: ${operation}`,
      ...points.filter((point) => point.operation === operation).map(cell),
    ]);
  });
  return [["ns of an element, tf's own / ours", ...sizes.map(sizeName)], ...rows];
}

const mebibytes = (bytes) => `${digits(bytes / 2 ** 20)} MiB`;

/** A row for each path, and tf's own first: what forward and backward of the largest size take. */
export function memoryTable({ setups }) {
  const row = (name, { kernels, between, peak }) => [
    name,
    String(kernels.length),
    `${between.tensors}, ${mebibytes(between.bytes)}`,
    `${peak.tensors}, ${mebibytes(peak.bytes)}`,
  ];
  const { memory } = setups[0];
  return [
    [`forward and backward, ${sizeName(memory.size)}`, 'kernels', 'kept for backward', 'at most'],
    row("tf's own", memory.builtIn),
    ...setups.map(({ backend, path, memory: { ours } }) => row(`ours: ${backend}, ${path}`, ours)),
  ];
}

/** A row for each backend and net: milliseconds per epoch, tf's own and ours, and how many times as fast. */
export function epochTable({ rows }) {
  return [
    ['milliseconds per epoch', "tf's own Mish", 'ours', 'times as fast'],
    ...rows.map(({ backend, net, builtIn, ours }) => [
      `${backend}: ${net}`,
      digits(builtIn.median),
      digits(ours.median),
      (builtIn.median / ours.median).toFixed(2),
    ]),
  ];
}
