// The report of a benchmark: its one shape as JSON, and as text in 80 columns.
import { type Output, table } from '../output.ts';
import type { CallRow } from './calls.ts';
import type { Machine, Program } from './machine.ts';
import { gigabytesPerSecond, type Point, timesMemcpy, timesStreaming } from './measure.ts';
import type { Spread } from './statistics.ts';

export interface Report {
  /** When it was made, in UTC. */
  readonly date: string;
  readonly program: Program;
  readonly machine: Machine;
  readonly baseline: 'memcpy' | 'TypedArray.set';
  readonly points: readonly Point[];
  readonly calls: readonly CallRow[];
}

/** 1024 as 1 Ki, 2^20 as 1 Mi. */
export function sizeName(size: number): string {
  if (size >= 2 ** 20 && size % 2 ** 20 === 0) return `${size / 2 ** 20} Mi`;
  return size >= 1024 && size % 1024 === 0 ? `${size / 1024} Ki` : String(size);
}

/** 48 KiB, 2 MiB. */
export function byteName(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB'] as const;
  const power = Math.min(units.length, Math.max(1, Math.floor(Math.log2(bytes) / 10)));
  return `${Math.round(bytes / 1024 ** power)} ${units[power - 1]}`;
}

/** Three digits that count, without powers of ten. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 1 ? value.toPrecision(3) : value.toFixed(3);
}

const quartiles = ({ q1, q3 }: Spread) => `${digits(q1)}-${digits(q3)}`;

/** Numbers below their heads, to the right of their columns. */
function numbers(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return table(rows.map((row) => row.map((cell, i) => cell.padStart(widths[i]!))));
}

const seriesHeads = ['elements', 'ns/element', 'quartiles', 'x memcpy', 'x streaming', 'GB/s'];

export function printSeries(points: readonly Point[], output: Output): void {
  const [first] = points;
  if (!first) return;
  const { op, dtype, precision, isa, threads } = first;
  const on = `${threads} thread${threads === 1 ? '' : 's'}`;
  output.print();
  output.print(output.paint('bold', `${op}, ${dtype} ${precision}, ${isa}, ${on}`));
  const rows = points.map((point) => [
    sizeName(point.size),
    digits(point.ns.median),
    quartiles(point.ns),
    digits(timesMemcpy(point)),
    point.streaming ? digits(timesStreaming(point)!) : '-',
    digits(gigabytesPerSecond(point)),
  ]);
  for (const line of numbers([seriesHeads, ...rows])) output.print(line);
}

export function printCalls(calls: readonly CallRow[], output: Output): void {
  output.print();
  output.print(output.paint('bold', 'nanoseconds of a call'));
  const rows = calls.map(({ elements, ns, call }) => [
    String(elements),
    ns.median.toFixed(0),
    `${ns.q1.toFixed(0)}-${ns.q3.toFixed(0)}`,
    call,
  ]);
  const heads = ['elements', 'ns', 'quartiles'];
  const widths = heads.map((head, i) =>
    Math.max(...[head, ...rows.map((r) => r[i]!)].map((c) => c.length)),
  );
  const lines = [[...heads, 'call'], ...rows].map((row) =>
    row.map((cell, i) => (i < heads.length ? cell.padStart(widths[i]!) : cell)),
  );
  for (const line of table(lines)) output.print(line);
}

export function printHead(
  { program, machine, baseline }: Omit<Report, 'points' | 'calls'>,
  output: Output,
): void {
  const { version, commit, node, compiler } = program;
  const caches = machine.caches.map(({ name, bytes }) => `${name} ${byteName(bytes)}`);
  const facts: [string, string][] = [
    [
      'node-mish',
      [version, commit && `(${commit})`, compiler && `by ${compiler}`, `on Node ${node}`]
        .filter(Boolean)
        .join(' '),
    ],
    ['machine', [machine.cpu, `${machine.cores} cores`, ...caches].join(', ')],
    [
      'memcpy',
      baseline === 'memcpy'
        ? "the C library's, as many bytes, by turns with the operation"
        : 'TypedArray.set, as many bytes: there is no addon here',
    ],
  ];
  for (const line of table(facts, '')) output.print(line);
}
