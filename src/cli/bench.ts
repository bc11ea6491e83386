// node-mish bench: how fast operations are here beside copies of as many bytes, as a table, JSON and a chart.
import { access } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { writeWhole } from '../files/output-file.ts';
import { timeCalls } from './bench/calls.ts';
import { chartSvg } from './bench/chart.ts';
import { measureLevels } from './bench/levels.ts';
import { machine, program } from './bench/machine.ts';
import { baseline, type Point } from './bench/measure.ts';
import { printCalls, printHead, printSeries, type Report } from './bench/report.ts';
import { benchFlags, type Request, requestOf } from './bench/request.ts';
import { type Command, checkNoOperands, type Flags, usageError } from './command.ts';
import { json, type Output, printable } from './output.ts';

const help = `node-mish bench: how fast it is here, beside memcpy

Usage: node-mish bench [flags]

Times operations with out given, on memory that was touched before, by turns
with memcpy and with a copy by streaming stores that read and write as many
bytes. Tells nanoseconds per element (median and quartiles), how many times
the copies' time that is, and bytes read and written per second; then what a
call costs whatever its work. Takes a minute or two; close other programs.

Flags, of which each takes a list separated by commas:
  --op <ops>         forward,backward (default), derivative, derivative2,
                     accumulate, double-backward
  --dtype <dtypes>   float32,float64,float16,bfloat16 (default)
  --precision <p>    exact,fast (default); fast is for float32
  --size <sizes>     elements, as 1000, 64Ki or 16Mi; default 1Ki to 64Mi in
                     powers of 4
  --threads <n>      1,all (default), or numbers of them
  --isa <levels>     levels of kernels of this CPU, or all; default: that in use

Other flags:
  --quick            float32, 1Ki, 64Ki and 1Mi, in a few seconds
  --json             the same for programs
  --save <file>      writes that JSON to a file too
  --chart <file.svg> nanoseconds per element over size, with the caches marked

Examples:
  node-mish bench --quick
  node-mish bench --op backward --dtype bfloat16 --size 64Ki,16Mi
  node-mish bench --chart bench.svg --save bench.json
`;

/** The file that a flag names. Its folder is looked for now, not when the measurements are done. */
async function pathFlag(flags: Flags, name: string): Promise<string | undefined> {
  const path = flags[name] as string | undefined;
  if (path === '') throw usageError(`--${name}: expected a file to write; got none.`);
  if (path !== undefined) await access(dirname(path));
  return path;
}

async function measureAll(request: Request, print: (points: readonly Point[]) => void) {
  const points: Point[] = [];
  await measureLevels(request.plan, request.levels, (series) => {
    points.push(...series);
    print(series);
  });
  return points;
}

async function run(operands: readonly string[], flags: Flags, output: Output): Promise<number> {
  checkNoOperands(operands);
  const request = requestOf(flags);
  const [save, chart] = [await pathFlag(flags, 'save'), await pathFlag(flags, 'chart')];
  if (chart !== undefined && extname(chart).toLowerCase() !== '.svg') {
    throw usageError(`--chart: expected a name that ends with .svg; got '${chart}'.`);
  }
  const head = {
    date: new Date().toISOString(),
    program: program(),
    machine: machine(),
    baseline: baseline(),
  };
  const quiet = flags['json'] === true;
  if (!quiet) printHead(head, output);
  const points = await measureAll(request, (series) => quiet || printSeries(series, output));
  const calls = timeCalls(request.plan.effort);
  const report: Report = { ...head, points, calls };
  if (quiet) output.print(json(report));
  else printCalls(calls, output);
  if (!quiet && (save || chart)) output.print();
  const files = [
    [save, '--save', () => `${json(report)}\n`],
    [chart, '--chart', () => chartSvg(report)],
  ] as const;
  for (const [path, name, text] of files) {
    if (path === undefined) continue;
    await writeWhole(path, (write) => write(Buffer.from(text())), { name });
    if (!quiet) output.print(printable(`Wrote ${path}.`));
  }
  return 0;
}

export const bench: Command = {
  name: 'bench',
  summary: 'how fast it is here, beside memcpy',
  help,
  flags: benchFlags,
  run,
};
