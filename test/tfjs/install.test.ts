// install() and uninstall(): what they report, refuse and restore; twice, in two copies of TensorFlow.js, beside
// another copy of node-mish, with backends that come and go.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { backend } from 'node-mish';
import { install, type TensorFlow, uninstall } from 'node-mish/tfjs';
import { assertCode } from '../support/errors.ts';
import { node, root, scratchDirectory } from '../support/repository.ts';
import { kernelsOf, tf } from '../support/tfjs.ts';

const names = ['NodeMish', 'NodeMishGrad', 'NodeMishGradGrad'];
const any = (value: unknown) => value as typeof tf;
const best = backend.name;

/** What tf knows: everything that an installation may change. */
function everything(): unknown {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const kernels = tf
    .engine()
    .backendNames()
    .flatMap((name) => tf.getKernelsForBackend(name));
  return [{ ...classNameMap }, kernels, names.map((name) => tf.getGradient(name))];
}

describe('install() in TensorFlow.js', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => uninstall(tf));

  it('tells the path on each backend, and why, also to console.log', () => {
    const installation = install(tf);
    assert.deepEqual(installation.paths, { cpu: best, wasm: best });
    assert.equal(installation.reason, best === 'js' ? backend.reason : undefined);
    assert.equal(installation.installed, true);
    const printed = inspect(installation);
    assert.match(printed, /paths: \{ cpu: '(native|js)', wasm: '(native|js)' \}/);
    assert.match(printed, /activation: true/);
    uninstall(tf);
    const forced = install(tf, { paths: { cpu: 'js' } });
    assert.deepEqual(forced.paths, { cpu: 'js', wasm: best });
    assert.equal(installation.installed, false);
    assert.equal(installation.activation, false);
  });

  it('registers three kernels and their gradients, and uninstall restores everything', () => {
    const untouched = everything();
    const { uninstall: takeOut } = install(tf);
    for (const name of names) {
      assert.ok(tf.getKernel(name, 'cpu') && tf.getKernel(name, 'wasm') && tf.getGradient(name));
      assert.equal(tf.getGradient(name).outputsToSave, undefined);
    }
    assert.notDeepEqual(everything(), untouched);
    takeOut();
    takeOut();
    uninstall(tf);
    assert.deepEqual(everything(), untouched);
  });

  it('is the same when called twice, but with other options', () => {
    const installation = install(tf, { precision: 'fast' });
    assert.equal(install(tf), installation);
    assert.equal(install(tf, { precision: 'fast', paths: {} }), installation);
    assert.equal(install({ ...tf }), installation, 'another object of the same module');
    assertCode('ERR_MISH_ARGUMENT', () => install(tf, {}));
    assertCode('ERR_MISH_ARGUMENT', () => install(tf, { precision: 'fast', paths: { cpu: 'js' } }));
    uninstall({ ...tf });
    assert.equal(installation.installed, false);
    assert.notEqual(install(tf), installation);
  });

  it('uses fast kernels when asked', function () {
    if (best === 'js') this.skip(); // its kernels are exact all the same
    const x = tf.linspace(-10, 10, 1000);
    const exact = install(tf).mish(x).dataSync();
    uninstall(tf);
    assert.notDeepEqual(install(tf, { precision: 'fast' }).mish(x).dataSync(), exact);
  });

  it('refuses what is not TensorFlow.js, bad options, unknown backends and impossible paths', () => {
    const throwing = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    for (const nothing of [undefined, null, 1, 'tf', {}, { ...tf, getKernel: 1 }, throwing]) {
      const error = assertCode('ERR_MISH_ARGUMENT', () => install(any(nothing)));
      assert.match(error.message, /^tf: expected TensorFlow\.js 4.*got .* without \w+/);
      assertCode('ERR_MISH_ARGUMENT', () => uninstall(any(nothing)));
    }
    const withoutMap = { ...tf, serialization: {} };
    assertCode('ERR_MISH_ARGUMENT', () => install(withoutMap as unknown as TensorFlow));
    const wrong = (options: unknown) => () => install(tf, options as { precision: 'fast' });
    for (const options of [1, [], { device: 'cpu' }, { precision: 'slow' }, { paths: 'native' }]) {
      assertCode('ERR_MISH_ARGUMENT', wrong(options));
    }
    const unknown = assertCode('ERR_MISH_ARGUMENT', wrong({ paths: { webgpu: 'portable' } }));
    assert.match(unknown.message, /'webgpu'; known here: cpu, wasm/);
    assertCode('ERR_MISH_ARGUMENT', wrong({ paths: { cpu: 'gpu' } }));
    if (best === 'js') assertCode('ERR_MISH_NATIVE', wrong({ paths: { cpu: 'native' } }));
    assert.equal(tf.getKernel('NodeMish', 'cpu'), undefined, 'nothing is left of it');
  });

  it('refuses tensors that have no Mish, by name', () => {
    const { mish } = install(tf);
    const of = (make: () => tf.Tensor) => () => tf.tidy(() => mish(make()));
    for (const make of [
      () => tf.tensor1d([true, false], 'bool'),
      () => tf.tensor1d(['a']),
      () => tf.complex([1], [2]),
    ]) {
      const error = assertCode('ERR_MISH_DTYPE', of(make));
      assert.match(
        error.message,
        /^x: expected a tensor of float32 or int32; got one of (bool|string|complex64)\./,
      );
    }
    const gone = tf.scalar(1);
    gone.dispose();
    assertCode('ERR_MISH_DISPOSED', () => mish(gone));
    const before = tf.memory();
    assertCode('ERR_MISH_DTYPE', () => mish([true]));
    assert.deepEqual(tf.memory(), before);
    for (const nothing of [undefined, null, {}, new Map()])
      assert.throws(() => mish(any(nothing) as never));
    assert.deepEqual(tf.memory(), before);
  });

  it('makes mish(x) throw once uninstalled, also in a gradient under way', () => {
    const { mish } = install(tf);
    const x = tf.scalar(1);
    assertCode('ERR_MISH_UNSUPPORTED', () => {
      tf.grad((x: tf.Tensor) => {
        const y = mish(x);
        uninstall(tf);
        return y;
      })(x);
    });
    assertCode('ERR_MISH_UNSUPPORTED', () => mish(x));
    install(tf);
    assertCode('ERR_MISH_UNSUPPORTED', () => mish(x));
  });

  /** Runs with a backend that is cpu by another name, with kernels of cpu's. */
  async function withBackend(name: string, copyKernels: () => void, run: () => Promise<void>) {
    tf.registerBackend(name, () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
    try {
      copyKernels();
      await tf.setBackend(name);
      await run();
    } finally {
      await tf.setBackend('cpu');
      tf.removeBackend(name);
    }
  }

  it('serves a backend that was registered later, by tf ops', async () => {
    const { paths, mish } = install(tf);
    assert.ok(!('later' in paths));
    const copyKernels = () => {
      for (const config of tf.getKernelsForBackend('cpu')) {
        if (names.includes(config.kernelName)) continue;
        tf.registerKernel({ ...config, backendName: 'later' });
      }
    };
    await withBackend('later', copyKernels, async () => {
      assert.equal(install(tf).paths['later'], 'portable');
      assert.equal(mish(1).dataSync()[0]!.toFixed(5), '0.86510');
      assert.equal(tf.grad(mish)(tf.scalar(1)).dataSync()[0]!.toFixed(5), '1.04904');
      const ran = await kernelsOf(() => mish(1));
      assert.ok(ran.includes('Exp') && ran.includes('NodeMish'));
      uninstall(tf);
      const impossible = () => install(tf, { paths: { later: 'native' } });
      const { message } = assertCode('ERR_MISH_UNSUPPORTED', impossible);
      assert.match(message, /^paths\.later: expected 'portable', as only tensors of cpu and wasm/);
      install(tf).mish(1);
    });
    assert.ok(tf.getKernel('NodeMish', 'later'), 'tf keeps those of a backend that is removed');
    uninstall(tf);
    for (const name of names) assert.equal(tf.getKernel(name, 'later'), undefined);
  });

  it('takes kernels away from a backend that tf copied them to', async () => {
    const { mish } = install(tf);
    const copyKernels = () => tf.copyRegisteredKernels('cpu', 'copied');
    await withBackend('copied', copyKernels, async () => {
      assert.ok(!(await kernelsOf(() => mish(1))).includes('Exp'));
      uninstall(tf);
      for (const name of names) assert.equal(tf.getKernel(name, 'copied'), undefined);
    });
  });
});

// ---- copies, in processes of their own: loading another one prints a warning for each kernel
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
for (const order of ['lastFirst', 'firstFirst']) {
  const [a, b] = [install(tf), other.install(tf)];
  const dense = tf.layers.activation({ activation: 'mish' });
  const [one, two] = order === 'lastFirst' ? [b, a] : [a, b];
  const both = layer(dense);
  one.uninstall();
  // The kernels of the last that was installed are those that are registered.
  const kernels = tf.getKernel('NodeMish', 'cpu') !== undefined;
  const left = [layer(dense), layer(tf.layers.activation({ activation: 'mish' }))];
  two.uninstall();
  const end = [layer(dense), layer(tf.layers.activation({ activation: 'mish' }))].map(String);
  found[order] = { both, kernels, left, end, gone: tf.getKernel('NodeMish', 'cpu') === undefined };
}
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
    const expected = { both: 0, left: [0, 0], end: ['NaN', 'NaN'], gone: true };
    assert.deepEqual(run(twoOfUs, entry), {
      lastFirst: { ...expected, kernels: false },
      firstFirst: { ...expected, kernels: true },
      warnings: [],
    });
  });
});
