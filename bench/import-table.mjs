// The report of npm run bench:import as a table of text cells; for the terminal there, and for docs.
import { digits } from '../build/src/cli/bench/report.js';

/** A row for each program: milliseconds of the process, and those more than without the package. */
export function importTable({ rows }) {
  const median = (name) => rows.find((row) => row.name === name).median;
  return [
    ['a process that does nothing but', 'ms', 'more than without, ms'],
    ...rows.map(({ name, beside, median: time }) => [
      name,
      digits(time),
      beside === undefined ? '' : digits(time - median(beside)),
    ]),
  ];
}
