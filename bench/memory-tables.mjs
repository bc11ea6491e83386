// The report of npm run bench:memory as a table of text cells; for the terminal there, and for docs.
import { digits, sizeName } from '../build/src/cli/bench/report.js';

/** A row for each operation and way to write its result: nanoseconds of an element, and times memcpy's. */
export function storesTable({ points }) {
  const sizes = [...new Set(points.map(({ size }) => size))];
  const ways = { plain: 'plain stores', streaming: 'streaming stores', inPlace: 'in place' };
  const kinds = [...new Set(points.map(({ op, precision }) => `${op} ${precision}`))];
  const rows = kinds.flatMap((kind) => {
    const own = points.filter(({ op, precision }) => `${op} ${precision}` === kind);
    return Object.entries(ways).map(([way, name]) => [
      `${kind.replace(' exact', '').replace(' fast', ', fast')}: ${name}`,
      ...own.map(({ size, memcpy, [way]: time }) => {
        return `${digits(time.median / size)} (${digits(time.median / memcpy.median)})`;
      }),
    ]);
  });
  return [['float32, 1 thread', ...sizes.map(sizeName)], ...rows];
}
