// npm run bench:peers: node-mish beside other implementations of Mish in one run on one thread: speed over
// memcpy, what a call costs, accuracy. Each peer that is not here is skipped by its name with the reason.
//
//   npm run bench:peers -- [--quick] [--json] [--save <file>] [--only <part of a name>]
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const flags = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    save: { type: 'string' },
    only: { type: 'string' },
  },
}).values;
const tell = (line) => process.stderr.write(`${line}\n`);

if (!existsSync(`${here}node_modules`)) {
  tell('Installing the peers, without their scripts: npm ci in bench/peers');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) tell('npm ci failed: peers from npm will be skipped.');
}

// Only now can what they need be found.
const { external } = await import('./external.mjs');
const { javascript } = await import('./javascript.mjs');
const { Absent } = await import('./peer.mjs');
const { accuracyOf } = await import('./accuracy.mjs');
const { accuracyTable, callTable, print, speedTable } = await import('./tables.mjs');
const { machine, program } = await import('../../build/src/cli/bench/machine.js');
const { backend, setThreads } = await import('../../dist/index.js');
setThreads(1);

const ops = ['forward', 'backward'];
const sizes = flags.quick ? [2 ** 10, 2 ** 16] : [2 ** 10, 2 ** 16, 2 ** 20, 2 ** 24];
const effort = flags.quick
  ? { milliseconds: 20, leastRounds: 3 }
  : { milliseconds: 300, leastRounds: 7 };

async function measure(peer) {
  const [points, calls] = [[], []];
  for (const dtype of peer.dtypes) {
    for (const op of ops) {
      for (const size of sizes) {
        points.push({ op, dtype, size, ...(await peer.time(op, dtype, size, effort)) });
      }
    }
  }
  for (const op of ops) {
    const { ns } = await peer.time(op, 'float32', 1, effort);
    calls.push({ op, ns });
  }
  const { name, version } = peer;
  return { name, version, points, calls, accuracy: await accuracyOf(peer) };
}

async function measureAll() {
  const report = { date: new Date().toISOString(), program: program(), machine: machine() };
  Object.assign(report, { isa: backend.isa ?? 'js', peers: [], skipped: [] });
  for (const [name, open] of Object.entries({ ...javascript, ...external })) {
    if (flags.only && !name.includes(flags.only)) continue;
    try {
      tell(name);
      report.peers.push(await measure(await open()));
    } catch (error) {
      if (name.startsWith('node-mish')) throw error;
      const reason = error instanceof Absent ? error.message : `it failed: ${error.message}`;
      tell(`  skipped: ${reason}`);
      report.skipped.push({ name, reason });
    }
  }
  return report;
}

const report = await measureAll();
if (flags.save) writeFileSync(flags.save, `${JSON.stringify(report, null, 1)}\n`);
if (flags.json) console.log(JSON.stringify(report, null, 1));
else {
  console.log('Nanoseconds of an element (times memcpy of as many bytes), one thread\n');
  for (const dtype of ['float32', 'bfloat16']) {
    for (const op of ops) print(speedTable(report, op, dtype));
  }
  print(callTable(report));
  print(accuracyTable(report));
  for (const { name, reason } of report.skipped) console.log(`skipped: ${name}: ${reason}`);
}
