// Whole training epochs in TensorFlow.js with its own Mish and with ours, by turns in one process: what a user sees,
// where matrix products take most of the time.
//
//   node bench/tfjs/epochs.mjs [--epochs <n>] [--save <file>]     npm run bench:epochs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { machine, program } from '../../build/src/cli/bench/machine.js';
import { spreadOf } from '../../build/src/cli/bench/statistics.js';
import { install, uninstall } from '../../dist/tfjs.js';
import { print } from '../peers/tables.mjs';
import { epochTable } from './tables.mjs';

const flags = parseArgs({
  options: { epochs: { type: 'string' }, save: { type: 'string' } },
}).values;
const epochs = Number(flags.epochs ?? 9);

tf.enableProdMode();
setWasmPaths(
  `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`,
);

/** Nets of dense layers by their widths; points of an epoch, and of a batch. */
const nets = [
  { name: 'MLP 16-256-3', widths: [16, 256, 3], points: 4096, batch: 64 },
  { name: 'MLP 784-128-128-10', widths: [784, 128, 128, 10], points: 2048, batch: 64 },
];

function build({ widths }) {
  const [inputs, ...units] = widths;
  const layers = units.map((width, i) =>
    tf.layers.dense({
      units: width,
      activation: i + 1 < units.length ? 'mish' : 'softmax',
      ...(i === 0 && { inputShape: [inputs] }),
    }),
  );
  const model = tf.sequential({ layers });
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });
  return model;
}

async function measure(backend, net) {
  await tf.setBackend(backend);
  const inputs = net.widths[0];
  const x = tf.randomNormal([net.points, inputs], 0, 1, 'float32', 1);
  const classes = Int32Array.from({ length: net.points }, (_, i) => i % net.widths.at(-1));
  const y = tf.oneHot(tf.tensor1d(classes, 'int32'), net.widths.at(-1));
  const times = { builtIn: [], ours: [] };
  const models = { builtIn: build(net), ours: undefined };
  install(tf);
  models.ours = build(net);
  uninstall(tf);
  for (let epoch = -1; epoch < epochs; epoch++) {
    for (const which of ['builtIn', 'ours']) {
      if (which === 'ours') install(tf); // its model computes by ours only while it is installed
      const begin = performance.now();
      await models[which].fit(x, y, { epochs: 1, batchSize: net.batch, verbose: 0 });
      if (epoch >= 0) times[which].push(performance.now() - begin); // the first warms up
      if (which === 'ours') uninstall(tf);
    }
  }
  tf.dispose([x, y]);
  for (const model of Object.values(models)) model.dispose();
  const spread = (list) => spreadOf(list);
  return { backend, net: net.name, builtIn: spread(times.builtIn), ours: spread(times.ours) };
}

const report = {
  ...{ date: new Date().toISOString(), program: program(), machine: machine() },
  ...{ tfjs: tf.version_core, rows: [] },
};
for (const backend of ['cpu', 'wasm']) {
  for (const net of nets) report.rows.push(await measure(backend, net));
}
if (flags.save) writeFileSync(flags.save, `${JSON.stringify(report, null, 1)}\n`);
console.log(`Milliseconds per epoch, TensorFlow.js ${report.tfjs}: its own Mish, and ours\n`);
print(epochTable(report));
