// Several copies in one process, of TensorFlow.js and of node-mish: each computes by its own, and none breaks another.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { node, root, scratchDirectory } from '../support/repository.ts';

// In processes of their own: loading another one prints a warning for each kernel.
const twoCopies = `
import { createRequire } from 'node:module';
import { install, uninstall } from 'node-mish/tfjs';
const require = createRequire(import.meta.url);
const a = require('@tensorflow/tfjs');
a.env().set('IS_TEST', true);
for (const file of Object.keys(require.cache)) if (file.includes('@tensorflow')) delete require.cache[file];
const b = require('@tensorflow/tfjs');
const softplus = async (tf) => {
  const layer = tf.layers.activation({ activation: 'mish' });
  const { kernels } = await tf.profile(() => layer.apply(tf.ones([1, 1])));
  return kernels.some(({ name }) => name === 'Softplus');
};
const found = { apart: a !== b && a.engine() === b.engine() };
const first = install(a);
found.onlyInA = !(await softplus(a)) && (await softplus(b));
let code;
try { install(b, { precision: 'fast' }); } catch (error) { code = error.code; }
found.otherOptions = code;
const second = install(b);
found.inBoth = !(await softplus(a)) && !(await softplus(b));
uninstall(a);
found.onlyInB = (await softplus(a)) && !(await softplus(b));
try { first.mish(1); } catch (error) { found.mishOfA = error.code; }
found.gradient = b.grad(b.grad(second.mish))(b.scalar(1)).dataSync()[0].toFixed(5);
uninstall(b);
found.gone = a.getKernel('NodeMish', 'cpu') === undefined && first.installed === false;
console.log(JSON.stringify(found));
`;

const twoOfUs = `
import { createRequire } from 'node:module';
import { install } from 'node-mish/tfjs';
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
tf.env().set('IS_TEST', true);
const other = await import(process.argv.at(-1));
const warnings = [];
console.warn = (text) => warnings.push(text);
tf.env().set('IS_TEST', false);
const layer = (of) => of.apply(tf.tensor1d([-Infinity])).dataSync()[0];
const found = {};
// Each computes by its own kernels, whichever are registered.
const slope = (of) => tf.grad(tf.grad(of.mish))(tf.scalar(1)).dataSync()[0].toFixed(5);
const path = async (of) => {
  const { kernels } = await tf.profile(() => of.mish(tf.scalar(1)));
  return kernels.some(({ name }) => name === 'Exp') ? 'portable' : 'array';
};
for (const order of ['lastFirst', 'firstFirst']) {
  const [a, b] = [install(tf), other.install(tf, { paths: { cpu: 'portable' } })];
  const dense = tf.layers.activation({ activation: 'mish' });
  const [one, two] = order === 'lastFirst' ? [b, a] : [a, b];
  const both = layer(dense);
  const paths = [slope(a), slope(b), await path(a), await path(b), await path(a)];
  one.uninstall();
  // Those registered are the first's, which ran last.
  const kernels = tf.getKernel('NodeMish', 'cpu') !== undefined;
  const alone = slope(two);
  const left = [layer(dense), layer(tf.layers.activation({ activation: 'mish' }))];
  two.uninstall();
  const end = [layer(dense), layer(tf.layers.activation({ activation: 'mish' }))].map(String);
  found[order] = { both, paths, kernels, alone, left, end, gone: tf.getKernel('NodeMish', 'cpu') === undefined };
}
// Kernels are a backend's, gradients everybody's.
const [a, b] = [install(tf), other.install(tf, { paths: { cpu: 'portable' } })];
tf.registerBackend('second', tf.findBackendFactory('cpu'));
tf.copyRegisteredKernels('cpu', 'second');
await tf.setBackend('second');
slope(a);
await tf.setBackend('cpu');
found.afterSecond = [await path(a)];
await tf.setBackend('second');
slope(b);
await tf.setBackend('cpu');
b.uninstall();
found.afterSecond.push(slope(a), await path(a));
a.uninstall();
found.warnings = warnings.filter((text) => /NodeMish/.test(text));
console.log(JSON.stringify(found));
`;

describe('copies in one process', () => {
  const run = (program: string, ...args: readonly string[]) =>
    JSON.parse(node(['--input-type=module', '--eval', program, ...args]));
  const directory = scratchDirectory();

  it('of TensorFlow.js have their own activation, and share kernels until the last is uninstalled', () => {
    assert.deepEqual(run(twoCopies), {
      ...{ apart: true, onlyInA: true, otherOptions: 'ERR_MISH_ARGUMENT', inBoth: true },
      ...{ onlyInB: true, mishOfA: 'ERR_MISH_UNSUPPORTED', gradient: '0.18469', gone: true },
    });
  });

  it('of node-mish stand in for each other without a warning', () => {
    const copy = join(directory, 'node_modules', 'node-mish');
    cpSync(`${root}dist`, join(copy, 'dist'), { recursive: true });
    cpSync(`${root}package.json`, join(copy, 'package.json'));
    const entry = pathToFileURL(join(copy, 'dist', 'tfjs.js')).href;
    const f2 = '0.18469';
    const expected = {
      ...{ both: 0, paths: [f2, f2, 'array', 'portable', 'array'], alone: f2 },
      ...{ left: [0, 0], end: ['NaN', 'NaN'], gone: true },
    };
    assert.deepEqual(run(twoOfUs, entry), {
      lastFirst: { ...expected, kernels: true },
      firstFirst: { ...expected, kernels: false },
      afterSecond: ['array', f2, 'array'],
      warnings: [],
    });
  });
});
