// The report of npm run gpu-check: JSON as bench/results/ has it, with the date, the machine and the program, and
// its tables as Markdown.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { root } from '../root.mjs';

/** As an object, of the rows of gpu_check's table of the device. */
export function factsOf(device) {
  return Object.fromEntries((device?.device ?? []).map(({ fact, value }) => [fact, value]));
}

// ---- Markdown
function cell(value) {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number' || Number.isInteger(value)) return `${value ?? ''}`;
  return `${value < 100 ? Number(value.toPrecision(3)) : Math.round(value)}`;
}

/** With the columns that any row has. */
function markdown(rows) {
  if (!rows?.length) return '';
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const isNumber = (column) => rows.some((row) => typeof row[column] === 'number');
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map((column) => (isNumber(column) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => cell(row[column])))),
  ].join('\n');
}

/** As a table; empty where PyTorch did not run. */
export const pytorchOf = (report) => markdown(besidePytorch(report));

export const timesOf = (parts) => {
  const rows = parts.map(({ part, result, seconds }) => ({ part, result, seconds }));
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  return markdown([...rows, { part: 'all', result: '', seconds }]);
};

/** Ours beside PyTorch's, by operation and dtype; `fast` beside its float32. */
function besidePytorch({ speed, pytorch }) {
  const peers = pytorch?.pytorch ?? [];
  return (speed?.speed ?? []).flatMap(({ op, dtype, elements, ms, ofCopy }) => {
    const plain = dtype === 'float32Fast' ? 'float32' : dtype;
    const peer = peers.find((row) => row.op === op && row.dtype === plain);
    if (!peer) return [];
    const perElement = (row) => (1e6 * row.ms) / row.elements; // ns
    const times = perElement(peer) / perElement({ ms, elements });
    return [
      { op, dtype, elements, ms, ofCopy, pytorchMs: peer.ms, pytorchOfCopy: peer.ofCopy, times },
    ];
  });
}

const units = {
  speed:
    'GB/s of bytes read and written; ofCopy is the time over that of a copy on the device of as many bytes.',
  pytorch: "times: PyTorch's time of an element over ours.",
};

/** A line for each part that failed or was left out, and for what parts left out. */
function reasons(report) {
  const parts = report.parts.filter(({ why }) => why);
  const skipped = nativeTables.flatMap((name) => report[name]?.skipped ?? []);
  return [
    ...parts.map(({ part, result, why }) => `- ${part}, ${result}: ${why}`),
    ...skipped.map(({ what, why }) => `- skipped: ${what}: ${why}`),
  ].join('\n');
}

const nativeTables = ['bits', 'speed', 'candidates', 'transfers'];
const titles = [...nativeTables, 'calls', 'sanitizer'];

const fenced = (text) => `\`\`\`text\n${text.trim()}\n\`\`\``;
const withUnit = (name, rows) => (rows?.length ? [units[name], markdown(rows)] : []);

function document(report) {
  const { gpu, date, program, parts, suite } = report;
  const { passing, failing, pending, failures } = suite ?? {};
  const sections = [
    ['parts', timesOf(parts), reasons(report)],
    ['device', markdown(Object.entries(gpu).map(([fact, value]) => ({ fact, value })))],
    ...titles.map((name) => [name, ...withUnit(name, report[name]?.[name])]),
    ['PyTorch', ...withUnit('pytorch', besidePytorch(report))],
    ['suite', suite && markdown([{ passing, failing, pending }]), failures && fenced(failures)],
  ];
  const compiled = `nvcc ${gpu.nvcc} and ${program.compiler}, driver ${gpu.driverRelease} for CUDA ${gpu.driver}`;
  const from = `node-mish ${program.version} at commit ${program.commit}, Node ${program.node}`;
  const body = sections
    .map(([title, ...texts]) => [title, texts.filter(Boolean).join('\n\n')])
    .filter(([, text]) => text)
    .map(([title, text]) => `## ${title}\n\n${text}\n`);
  const head = `# gpu-check on ${gpu.name ?? 'no device'}\n\n${date}, ${from}, ${compiled}.\n`;
  return [head, ...body].join('\n');
}

// ---- where it comes from
function commitHere() {
  try {
    const args = ['-C', root, 'describe', '--always', '--dirty', '--exclude', '*'];
    return execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown'; // no git, or no checkout
  }
}

async function machineHere() {
  try {
    const { machine } = await import('../../build/src/cli/bench/machine.js');
    return machine();
  } catch {
    return { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), caches: [] };
  }
}

/** Of the driver, as its releases are numbered; the API knows only which CUDA it serves. */
function driverRelease() {
  try {
    const text = readFileSync('/proc/driver/nvidia/version', 'utf8');
    return /Kernel Module(?: for \S+)?\s+([\d.]+)/.exec(text)?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

/** "NVIDIA H200" and "gcc 12.2.0" make h200-gcc-12. */
function slugOf({ name = 'no-device', compiler = 'none' }) {
  const gpu = name
    .toLowerCase()
    .replace(/^nvidia /, '')
    .replaceAll(/[^a-z0-9]+/g, '-');
  const [, brand = 'none', major = '0'] = /(gcc|clang) (\d+)/i.exec(compiler) ?? [];
  return `${gpu}-${brand.toLowerCase()}-${major}`;
}

/** The names of its files. */
export async function writeReport(directory, report, facts, commit = commitHere()) {
  const gpu = { ...facts, driverRelease: driverRelease() };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const date = new Date().toISOString();
  const compiler = gpu.compiler ?? 'unknown';
  const program = { version, commit, node: process.versions.node, compiler };
  const whole = { date, program, machine: await machineHere(), gpu, ...report };
  mkdirSync(directory, { recursive: true });
  const name = join(directory, `${date.slice(0, 10)}-${slugOf(gpu)}.cuda`);
  writeFileSync(`${name}.json`, `${JSON.stringify(whole, null, 1)}\n`);
  writeFileSync(`${name}.md`, document(whole));
  return [`${name}.json`, `${name}.md`];
}
