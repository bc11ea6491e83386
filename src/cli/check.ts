// node-mish check: every device here against reference values that come with the package. A table, what was
// wrong, and an exit code.

import { type DType, dtypeNames } from '../base/dtype.ts';
import { hostDevice } from '../device/default-device.ts';
import type { Device, DeviceId } from '../device/device.ts';
import { devices, probeDevices } from '../device/devices.ts';
import { type Failure, type Judgement, judge } from './check-device.ts';
import { type Command, checkNoOperands, deviceFlag, type Flags } from './command.ts';
import { count, json, type Output, printable, table, wrap } from './output.ts';

const help = `node-mish check: every device here against built-in reference values

Usage: node-mish check [--device <device>] [--json]

Computes f, f', f'', backward and double backward in every dtype on every device
that can be used here, and compares them with correctly rounded values:
float32, float16 and bfloat16 bit by bit (the half types for all 65,536 inputs),
float64 within 3 ulp, or 2^-50 beside a root. Exits with 1 when any differs.
It takes a second, and shows that this machine and build compute as they should;
the proof for every input is the test suite of the project.

Flags:
  --device <device>  only this one: js, cpu, cuda (the first), cuda:N
  --json             the same for programs

Examples:
  node-mish check
  node-mish check --device js && echo fine
`;

interface Row {
  readonly device: DeviceId;
  readonly dtype: DType;
  readonly judgements: readonly Judgement[];
}

function rowsOf(chosen: readonly Device[]): Row[] {
  return chosen.flatMap((device) =>
    dtypeNames.map((dtype) => ({ device: device.id, dtype, judgements: judge(device, dtype) })),
  );
}

const failuresOf = (rows: readonly Row[]): (Failure & Omit<Row, 'judgements'> & { op: string })[] =>
  rows.flatMap(({ device, dtype, judgements }) =>
    judgements.flatMap(({ op, failures }) =>
      failures.map((failure) => ({ device, dtype, op, ...failure })),
    ),
  );

const mostShown = 8;

function print(rows: readonly Row[], output: Output): void {
  const heads = ['device', 'dtype', 'inputs', ...rows[0]!.judgements.map(({ op }) => op)];
  const cells = rows.map(({ device, dtype, judgements }) => [
    ...[device, dtype, count(Math.max(...judgements.map((each) => each.checked)))],
    ...judgements.map(({ failures }) => (failures.length === 0 ? 'ok' : 'WRONG')),
  ]);
  const [head, ...lines] = table([heads, ...cells], '');
  output.print(head);
  for (const line of lines) {
    output.print(line.replace(/WRONG/g, (word) => output.paint('red', word)));
  }
  for (const { id, reason } of devices().filter(({ available }) => !available)) {
    const why = (reason ?? '').split('\n')[0]!.replace(/ Tried:$/, ' See node-mish doctor.');
    for (const part of wrap(printable(`${id}: not checked; ${why}`), '  ')) output.print(part);
  }
  const failures = failuresOf(rows);
  output.print();
  output.print(
    failures.length === 0
      ? output.paint('green', 'What was checked is as it should be.')
      : `${output.paint('red', `${count(failures.length)} results are wrong.`)} The first:`,
  );
  for (const { device, dtype, op, x, expected, got } of failures.slice(0, mostShown)) {
    output.print(`  ${device} ${dtype} ${op}: x = ${x}, expected ${expected}, got ${got}`);
  }
  if (failures.length > 0) {
    const right = rows
      .map(({ device }) => device)
      .find((id) => failures.every((f) => f.device !== id));
    const until = right ? `; until then use device ${right}` : '';
    output.print(`Report it with the output of node-mish doctor${until}.`);
  }
}

async function run(operands: readonly string[], flags: Flags, output: Output): Promise<number> {
  checkNoOperands(operands);
  hostDevice(); // throws for a wrong environment variable, which is to be told
  const named = deviceFlag(flags);
  const chosen: readonly Device[] = named
    ? [named]
    : (await probeDevices()).filter(({ available }) => available);
  const rows = rowsOf(chosen);
  const failures = failuresOf(rows);
  if (flags['json']) {
    const results = rows.map(({ device, dtype, judgements }) => ({
      ...{ device, dtype },
      ops: Object.fromEntries(judgements.map((each) => [each.op, each.failures.length === 0])),
    }));
    output.print(json({ ok: failures.length === 0, results, failures }));
  } else {
    print(rows, output);
  }
  return failures.length === 0 ? 0 : 1;
}

export const check: Command = {
  name: 'check',
  summary: 'every device here against built-in reference values',
  help,
  flags: { device: { type: 'string' }, json: { type: 'boolean' } },
  run,
};
