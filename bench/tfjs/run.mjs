// npm run bench:tfjs: Mish in TensorFlow.js, its own beside ours by turns in one run: forward, forward and backward,
// second order; kernels, and the tensors and bytes that are alive.
//
//   npm run bench:tfjs -- [--quick] [--json] [--save <file>]
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { aliveBetween, builtIn, derivatives, profileOf } from '../../build/bench/tfjs/counts.js';
import { machine, program } from '../../build/src/cli/bench/machine.js';
import { timeByTurns } from '../../build/src/cli/bench/timing.js';
import { install, uninstall } from '../../dist/tfjs.js';
import { print } from '../peers/tables.mjs';
import { memoryTable, speedTable } from './tables.mjs';

const flags = parseArgs({
  options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, save: { type: 'string' } },
}).values;
const tell = (line) => process.stderr.write(`${line}\n`);

tf.enableProdMode(); // without its advice to install another backend
setWasmPaths(
  `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`,
);

const sizes = flags.quick ? [2 ** 10, 2 ** 16] : [2 ** 10, 2 ** 16, 2 ** 20];
const effort = flags.quick
  ? { milliseconds: 50, leastRounds: 3 }
  : { milliseconds: 1500, leastRounds: 9 };

/** What is timed, of a Mish. */
const operations = {
  forward: (mish) => mish,
  'forward and backward': (mish) => derivatives(mish)[0],
  "f'' by two gradients": (mish) => derivatives(mish)[1],
};

function measureSpeed(mish, size) {
  const x = tf.randomNormal([size], 0, 2, 'float32', 1);
  const points = Object.entries(operations).map(([operation, of]) => {
    const [theirs, ours] = [builtIn, mish].map(of).map((compute) => () => {
      tf.dispose(compute(x));
    });
    const { calls, rounds } = timeByTurns([theirs, ours], effort);
    return { operation, size, rounds, builtIn: calls[0], ours: calls[1] };
  });
  x.dispose();
  return points;
}

/** tf counts kernels that run inside of a portable one, too. */
async function memoryOf(mish, x) {
  const forwardAndBackward = operations['forward and backward'](mish);
  return { between: aliveBetween(mish, x), ...(await profileOf(() => forwardAndBackward(x))) };
}

async function measureMemory(mish, size) {
  const x = tf.zeros([size]);
  const [theirs, ours] = [await memoryOf(builtIn, x), await memoryOf(mish, x)];
  x.dispose();
  return { size, builtIn: theirs, ours };
}

const setups = [
  { backend: 'cpu' },
  { backend: 'cpu', paths: { cpu: 'js' } },
  { backend: 'wasm' },
  { backend: 'wasm', paths: { wasm: 'portable' } },
];

async function measure({ backend, paths }) {
  await tf.setBackend(backend);
  const installation = install(tf, { paths });
  const path = installation.paths[backend];
  tell(`${backend}, ${path}`);
  const points = sizes.flatMap((size) => measureSpeed(installation.mish, size));
  const memory = await measureMemory(installation.mish, sizes.at(-1));
  uninstall(tf);
  return { backend, path, points, memory };
}

const { version_core: tfjs } = tf;
const report = { date: new Date().toISOString(), program: program(), machine: machine(), tfjs };
report.setups = [];
for (const setup of setups) report.setups.push(await measure(setup));

if (flags.save) writeFileSync(flags.save, `${JSON.stringify(report, null, 1)}\n`);
if (flags.json) console.log(JSON.stringify(report, null, 1));
else {
  console.log(
    `Nanoseconds of an element, TensorFlow.js ${tfjs}: its own Mish / ours (times as fast)\n`,
  );
  print(speedTable(report));
  print(memoryTable(report));
}
