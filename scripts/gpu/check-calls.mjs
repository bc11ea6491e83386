// The cost of a small call on cuda:0 from JavaScript: 1,024 elements, through the package's own interface.
// A part of npm run gpu-check; exits with 2 when this package cannot use the device.
//
// node scripts/gpu/check-calls.mjs FILE [--quick]
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mish, probeDevices, Tensor } from 'node-mish';

const [file, quick] = process.argv.slice(2);
const elements = 1024;
const batches = 20;
const calls = (quick ? 2_000 : 20_000) / batches;
/** Microseconds of one call that only asks for work. */
const goal = 10;

const device = (await probeDevices()).find(({ id }) => id === 'cuda:0');
if (!device?.available) {
  console.log(`cuda:0: ${device?.reason ?? 'there is none'}`);
  process.exit(2);
}

const values = Float32Array.from({ length: elements }, (_, i) => i / 128 - 4);
const x = Tensor.from(values, { device: 'cuda:0' });
const out = Tensor.empty([elements], { device: 'cuda:0' });
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Microseconds a call, the median of batches; the device is done with one before the next begins. */
function measure(name, call, count = calls) {
  const batch = () => {
    const begin = performance.now();
    for (let i = 0; i < count; i++) call();
    return (1000 * (performance.now() - begin)) / count;
  };
  const times = Array.from({ length: batches + 2 }, () => {
    const time = batch();
    out.readSync();
    return time;
  }).slice(2); // the first are to warm up
  return { call: name, calls: batches * count, us: median(times) };
}

/** All calls at once, until the device is done with the last. */
function measureSustained(name, call, count = batches * calls) {
  const begin = performance.now();
  for (let i = 0; i < count; i++) call();
  out.readSync();
  return { call: name, calls: count, us: (1000 * (performance.now() - begin)) / count };
}

const rows = [
  { ...measure('mish(x, { out })', () => mish(x, { out })), goal },
  measureSustained('mish(x, { out }), until all are done', () => mish(x, { out })),
  measure('mish(x).dispose()', () => mish(x).dispose()),
  measure('Tensor.empty().dispose()', () =>
    Tensor.empty([elements], { device: 'cuda:0' }).dispose(),
  ),
  measure(
    'mish(x, { out }), out.readSync()',
    () => {
      mish(x, { out });
      out.readSync();
    },
    calls / 10,
  ),
].map((row) => (row.goal ? { ...row, goalMet: row.us <= row.goal } : row));

const onHost = mish(values);
assert.deepEqual(new Uint32Array(out.readSync().buffer), new Uint32Array(onHost.buffer));
for (const { call, us, goal: wanted, goalMet } of rows) {
  const verdict = wanted ? `  goal ${wanted}: ${goalMet ? 'met' : 'missed'}` : '';
  console.log(`  ${call.padEnd(40)} ${us.toFixed(2).padStart(8)} us${verdict}`);
}
writeFileSync(file, JSON.stringify({ calls: rows }));
