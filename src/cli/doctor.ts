// node-mish doctor: what computes here and why, for a person or, with --json, a program.

import { backend } from '../api/backend-info.ts';
import { availability } from '../backend/registry.ts';
import { getDefaultDevice } from '../device/default-device.ts';
import { type DeviceInfo, probeDevices } from '../device/devices.ts';
import { type Command, checkNoOperands } from './command.ts';
import { json, type Output, printable, table, wrap } from './output.ts';

interface Report {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly libc?: string;
  readonly native: {
    readonly file?: string;
    readonly isa?: string;
    readonly compiler?: string;
    readonly reason?: string;
  };
  readonly threads: { readonly count: number; readonly from: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly devices: readonly DeviceInfo[];
  /** Why an environment variable makes calls fail. */
  readonly problem?: string;
}

const help = `node-mish doctor: what computes here, and why

Usage: node-mish doctor [--json]

Prints platform, libc, Node, which native file was loaded or what was tried and
why each failed, the instruction set of its kernels, threads, and every device,
GPUs among them, with the reason when it cannot be used. Exits with 1 when an
environment variable is wrong, so that calls of the library would fail.

Flags:
  --json    the same for programs

Examples:
  node-mish doctor
  node-mish doctor --json | jq .native
  NODE_MISH_ISA=x86-64-v3 node-mish doctor
`;

/** The C library, as Node reports it; undefined where there is no choice of them. */
function libc(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  Reflect.set(process.report, 'excludeNetwork', true); // or it would ask name servers
  const report = process.report.getReport() as unknown as {
    header?: { glibcVersionRuntime?: string };
    sharedObjects?: readonly string[];
  };
  const version = report.header?.glibcVersionRuntime;
  if (version) return `glibc ${version}`;
  return report.sharedObjects?.some((file) => /musl/.test(file)) ? 'musl' : 'unknown';
}

/** What every call without a device named throws. */
function environmentProblem(): string | undefined {
  try {
    getDefaultDevice();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Of a large call on the host. */
function threads(): Report['threads'] {
  const cpu = availability('cpu');
  const found = cpu.backend ? cpu.threads?.get() : undefined;
  return found ?? { count: 1, from: 'JavaScript computes on the thread that calls' };
}

async function diagnose(): Promise<Report> {
  const { version, file, isa, reason } = backend;
  const devices = await probeDevices();
  const c = libc();
  const cpu = availability('cpu');
  const problem = environmentProblem();
  return {
    version,
    node: `${process.versions.node} (V8 ${process.versions.v8}, Node-API ${process.versions['napi']})`,
    platform: `${process.platform}-${process.arch}`,
    ...(c === undefined ? {} : { libc: c }),
    native: {
      ...(file === undefined ? {} : { file }),
      ...(isa === undefined ? {} : { isa }),
      ...(cpu.backend && cpu.compiler ? { compiler: cpu.compiler } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
    threads: threads(),
    environment: Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) =>
        name.startsWith('NODE_MISH_') ? [[name, value ?? '']] : [],
      ),
    ),
    devices,
    ...(problem === undefined ? {} : { problem }),
  };
}

const firstLine = (reason = '') =>
  printable(reason.split('\n')[0]!.replace(/ Tried:$/, ' See below.'));

function describeDevice(info: DeviceInfo, { paint }: Output) {
  const { id, available, name, isa, reason } = info;
  if (!available) return [id, paint('yellow', 'no'), firstLine(reason)];
  return [id, paint('green', 'yes'), [name, isa, ...gpuFacts(info)].filter(Boolean).join(', ')];
}

const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

function gpuFacts({ computeCapability, memory, driver }: DeviceInfo): string[] {
  return [
    ...(computeCapability ? [`compute capability ${computeCapability.join('.')}`] : []),
    ...(memory ? [`${gibibytes(memory.free)} of ${gibibytes(memory.total)} GiB free`] : []),
    ...(driver ? [`driver for CUDA ${driver}`] : []),
  ];
}

function print(report: Report, output: Output): void {
  const { native, threads, environment } = report;
  const facts: [string, string][] = [
    ['node-mish', report.version],
    ['Node', report.node],
    ['platform', report.platform],
  ];
  if (report.libc) facts.push(['libc', report.libc]);
  facts.push(['native', native.file ?? 'none is loaded: the JavaScript kernels compute']);
  if (native.isa) facts.push(['kernels', `${native.isa}, compiled by ${native.compiler}`]);
  facts.push(['threads', `${threads.count}: ${threads.from}`]);
  for (const [name, value] of Object.entries(environment)) facts.push([name, value]);
  for (const line of table(facts, '')) output.print(printable(line));
  output.print();
  output.print('devices');
  const rows = report.devices.map((each) => describeDevice(each, output));
  for (const line of table(rows)) {
    output.print(line);
  }
  for (const text of [native.reason, report.problem]) {
    // What is one line is in the list above already.
    if (!text || (text === native.reason && !text.includes('\n'))) continue;
    output.print();
    for (const line of text.split('\n')) {
      for (const part of wrap(printable(line), '    ')) output.print(part);
    }
  }
}

async function run(
  operands: readonly string[],
  flags: Readonly<Record<string, unknown>>,
  output: Output,
): Promise<number> {
  checkNoOperands(operands);
  const report = await diagnose();
  if (flags['json']) output.print(json(report));
  else print(report, output);
  return report.problem ? 1 : 0;
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'what computes here, and why',
  help,
  flags: { json: { type: 'boolean' } },
  run,
};
