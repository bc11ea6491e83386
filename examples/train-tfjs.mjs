// A training job in TensorFlow.js with Mish: two spirals, once plainly and once with a gradient penalty, for which
// second derivatives matter; each with tf's own Mish and with ours, from the same seeds. The models know nothing of
// node-mish. Progress is shown, checkpoints are kept, Ctrl-C is safe.
//
//   node examples/train-tfjs.mjs [--epochs 300] [--out train-tfjs-out] [--resume]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { install, uninstall } from 'node-mish/tfjs';
import { loadCheckpoint, saveCheckpoint } from './train-tfjs/checkpoint.mjs';
import { curvesSvg, printCurves } from './train-tfjs/curves.mjs';
import { twoSpirals } from './train-tfjs/spirals.mjs';

function fail(message) {
  console.error(message);
  process.exit(2);
}

function readFlags() {
  try {
    const options = {
      epochs: { type: 'string', default: '300' },
      out: { type: 'string', default: 'train-tfjs-out' },
      resume: { type: 'boolean', default: false },
    };
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(error.message);
  }
}

const flags = readFlags();
const epochs = Number(flags.epochs);
if (!Number.isInteger(epochs) || epochs < 1) {
  fail(`--epochs: expected a positive integer; got '${flags.epochs}'.`);
}
tf.enableProdMode(); // without tf's advice to install another backend
await tf.setBackend('cpu');

// ---- what is trained
function buildModel() {
  const dense = (units, seed, rest) =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotNormal({ seed }), ...rest });
  return tf.sequential({
    layers: [
      dense(32, 1, { activation: 'mish', inputShape: [2] }),
      dense(32, 2, { activation: 'mish' }),
      dense(1, 3),
    ],
  });
}

const { points, classes } = twoSpirals(400);

const crossEntropy = (model) => tf.losses.sigmoidCrossEntropy(classes, model.apply(points));

/** The mean square of the slope of the model's output over its input: small, it makes smooth borders. */
function gradientPenalty(model) {
  const slope = tf.grad((x) => model.apply(x))(points);
  return tf.mean(tf.sum(tf.square(slope), 1));
}

const tasks = [
  { name: 'plain', title: 'two spirals', loss: crossEntropy },
  {
    name: 'penalty',
    title: 'two spirals, gradient penalty',
    loss: (model) => tf.add(crossEntropy(model), tf.mul(gradientPenalty(model), 0.003)),
  },
];

// ---- Ctrl-C: the epoch is finished and saved; a second one ends at once
let isStopping = false;
process.once('SIGINT', () => {
  isStopping = true;
});

function showProgress(label, epoch, loss) {
  if (!process.stderr.isTTY) return;
  const line = `${label}  epoch ${epoch} of ${epochs}, loss ${loss.toPrecision(4)}`;
  process.stderr.write(`\r${line.padEnd(78)}${epoch === epochs ? '\r\x1b[K' : ''}`);
}

async function train(task, { name, id }) {
  const folder = join(flags.out, `${task.name}-${id}`);
  const saved = flags.resume ? await loadCheckpoint(folder) : undefined;
  const model = saved?.model ?? buildModel();
  const optimizer = tf.train.adam(0.01);
  if (saved) await optimizer.setWeights(saved.state);
  const progress = saved?.progress ?? { epoch: 0, losses: [], seconds: 0 };
  if (progress.epoch > epochs) {
    fail(
      `--epochs: ${folder} has ${progress.epoch} already; got ${epochs}. Ask for as many at least.`,
    );
  }
  while (progress.epoch < epochs) {
    const begin = performance.now();
    const loss = optimizer.minimize(() => task.loss(model), true);
    progress.losses.push(loss.dataSync()[0]);
    loss.dispose();
    progress.seconds += (performance.now() - begin) / 1000;
    progress.epoch++;
    showProgress(`${task.title}, ${name}`, progress.epoch, progress.losses.at(-1));
    await nextTurn(); // signals are delivered between turns
    const isLast = progress.epoch === epochs;
    if (isLast || isStopping || progress.epoch % 25 === 0) {
      await saveCheckpoint(folder, model, optimizer, progress);
    }
    if (isStopping && !isLast) stop(folder, progress.epoch);
  }
  const logits = model.apply(points);
  optimizer.dispose();
  model.dispose();
  return { name, folder, logits, right: partRight(logits), ...progress };
}

function partRight(logits) {
  return tf.tidy(() => {
    const isRight = tf.equal(tf.greater(logits, 0), tf.cast(classes, 'bool'));
    return tf.mean(tf.cast(isRight, 'float32')).dataSync()[0];
  });
}

function stop(folder, epoch) {
  if (process.stderr.isTTY) process.stderr.write('\n');
  console.log(`Interrupted: epoch ${epoch} is saved in ${folder}. Go on with --resume.`);
  process.exit(130);
}

// ---- what is shown
/** How far the gradient of the penalty is from finite differences of it, in percent, at the model's first step. */
function penaltyGradientError() {
  const model = buildModel();
  const bias = model.trainableWeights[1].val;
  const [step, initial] = [1e-2, bias.clone()];
  const at = (shift) => {
    bias.assign(tf.add(initial, shift));
    return gradientPenalty(model).dataSync()[0];
  };
  const percent = tf.tidy(() => {
    const slope = (at(step) - at(-step)) / (2 * step);
    bias.assign(initial);
    const { grads } = tf.variableGrads(() => gradientPenalty(model), [bias]);
    return 100 * Math.abs(tf.sum(grads[bias.name]).dataSync()[0] / slope - 1);
  });
  initial.dispose();
  model.dispose();
  return percent;
}

/** The largest difference of what the checkpoint predicts, loaded without us, from what the model did. */
async function checkpointError({ folder, logits }) {
  const { model, state } = await loadCheckpoint(folder);
  const error = tf.tidy(() => tf.max(tf.abs(tf.sub(model.apply(points), logits))).dataSync()[0]);
  tf.dispose([logits, state.map(({ tensor }) => tensor)]);
  model.dispose();
  return error;
}

await mkdir(flags.out, { recursive: true });
const setups = [
  { name: "tf's own", id: 'own', use: () => uninstall(tf) },
  { name: 'node-mish', id: 'node-mish', use: () => install(tf) },
];
const shown = [];
for (const task of tasks) {
  const runs = [];
  for (const setup of setups) {
    setup.use();
    runs.push({
      ...(await train(task, setup)),
      ...(task.name === 'penalty' && { off: penaltyGradientError() }),
    });
  }
  printCurves(task.title, runs);
  for (const { name, seconds, right, off } of runs) {
    const gradient =
      off === undefined ? '' : `; gradient of the penalty ${off.toFixed(2)} % off at first`;
    console.log(
      `  ${name}: ${seconds.toFixed(1)} s, ${(100 * right).toFixed(1)} % right${gradient}`,
    );
  }
  shown.push({ title: task.title, runs });
}

uninstall(tf);
const errors = await Promise.all(shown.flatMap(({ runs }) => runs).map(checkpointError));
console.log(
  `\nCheckpoints, loaded without node-mish: logits within ${Math.max(...errors).toExponential(0)} of the trained model's.`,
);
const file = join(flags.out, 'curves.svg');
await writeFile(file, curvesSvg(shown));
console.log(`Curves: ${file}`);
