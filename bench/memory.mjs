// npm run bench:memory: what the way that results are written costs. Forward and backward by one thread, into other
// memory by plain and by streaming stores, and in place, by turns in one run beside memcpy of as many bytes.
//
//   npm run bench:memory -- [--quick] [--json] [--save <file>]
//
// By the test build of the addon, whose last-level cache is as large as it is told: of one that is small, every output
// is too large.
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, program } from '../build/src/cli/bench/machine.js';
import { timeByTurns } from '../build/src/cli/bench/timing.js';
import { storesTable } from './memory-tables.mjs';
import { print } from './peers/tables.mjs';

const flags = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, save: { type: 'string' } },
}).values;
const file = fileURLToPath(new URL('../build/seams/node-mish.node', import.meta.url));
if (!existsSync(file)) {
  console.error(`There is no ${file}, the test build of the addon: npm run build:native.`);
  process.exit(1);
}
const addon = createRequire(import.meta.url)(file);
addon.setThreads(1);

const sizes = (flags.quick ? [16, 20] : [16, 20, 24, 26]).map((power) => 2 ** power);
const effort = { milliseconds: flags.quick ? 50 : 1000, leastRounds: 3 };
/** From 20 on f(x) = x and f'(x) = 1: computed in place again and again, values stay as they are. */
const memory = Float32Array.from({ length: 3 * sizes.at(-1) }, (_, i) => 20 + (i % 1024) / 64);

/** Calls it on a machine whose last-level cache has so many bytes. */
const withCache = (bytes, call) => () => {
  process.env.MISH_TEST_CACHE_BYTES = bytes;
  call();
};

function measure(op, precision, size) {
  const dtype = addon.dtypes.indexOf(precision === 'fast' ? 'float32Fast' : 'float32');
  const [x, dy, out] = [0, 1, 2].map((i) => memory.subarray(i * size, (i + 1) * size));
  const inputs = op === 'forward' ? [x] : [x, dy];
  const bytes = 4 * (inputs.length + 1) * size;
  const half = bytes / 2 / 4;
  const run = (target) => () => addon.run(addon.ops.indexOf(op), dtype, ...inputs, target);
  const copy = () =>
    addon.copy(false, 0, memory.subarray(0, half), memory.subarray(half, 2 * half));
  const [none, all] = [2 ** 31 - 1, 64]; // bytes of the cache
  const calls = [
    withCache(none, run(out)),
    withCache(all, run(out)),
    withCache(none, run(inputs.at(-1))), // in place: forward writes to x, backward to dy
    copy,
  ];
  const streamedBefore = addon.streamedJobs();
  calls[1]();
  if (addon.streamedJobs() === streamedBefore) throw new Error('this CPU streams no outputs');
  const timed = timeByTurns(calls, effort);
  const [plain, streaming, inPlace, memcpy] = timed.calls;
  return { op, precision, size, bytes, plain, streaming, inPlace, memcpy };
}

const report = { date: new Date().toISOString(), program: program(), machine: machine() };
report.points = [];
for (const [op, precision] of [
  ['forward', 'exact'],
  ['forward', 'fast'],
  ['backward', 'exact'],
  ['backward', 'fast'],
]) {
  for (const size of sizes) report.points.push(measure(op, precision, size));
}
if (flags.save) writeFileSync(flags.save, `${JSON.stringify(report, null, 1)}\n`);
if (flags.json) console.log(JSON.stringify(report, null, 1));
else print(storesTable(report));
