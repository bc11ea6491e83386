// install() and uninstall(): what they report, refuse and restore; twice, failing half way, with backends that come
// and go.
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { backend } from 'node-mish';
import { install, type TensorFlow, uninstall } from 'node-mish/tfjs';
import { assertCode } from '../support/errors.ts';
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
    assert.equal(install(tf, { precision: 'fast', paths: { cpu: best } }), installation);
    assert.equal(install({ ...tf }), installation, 'another object of the same module');
    assertCode('ERR_MISH_ARGUMENT', () => install(tf, {}));
    assertCode('ERR_MISH_ARGUMENT', () =>
      install(tf, { precision: 'fast', paths: { cpu: 'portable' } }),
    );
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
      assert.match(
        error.message,
        /^tf: expected TensorFlow\.js 3 or later.*got .* without \w+.*Install/,
      );
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

  it('refuses a tf that lacks any function that is used, and names it', () => {
    const used = [
      ...['tidy', 'tensor', 'cast', 'exp', 'maximum', 'minimum', 'add', 'sub', 'mul', 'div'],
      ...['greaterEqual', 'where', 'onesLike', 'zerosLike', 'getKernel', 'registerKernel'],
      ...['unregisterKernel', 'getGradient', 'registerGradient', 'unregisterGradient'],
    ];
    for (const name of used) {
      const error = assertCode('ERR_MISH_ARGUMENT', () =>
        install(any({ ...tf, [name]: undefined })),
      );
      assert.match(error.message, new RegExp(`without ${name}\\.`));
    }
  });

  it('refuses the engine of tf 1 and 2', () => {
    const engine = {
      ...tf.engine(),
      backendNames: () => ['cpu'],
      runKernel: (...args: [1, 2, 3, 4, 5]) => args,
    };
    Object.defineProperty(engine.runKernel, 'length', { value: 5 }); // kernel, inputs, attrs, two lists
    const old = { ...tf, version_core: '2.0.0', engine: () => engine };
    const error = assertCode('ERR_MISH_ARGUMENT', () => install(any(old)));
    assert.match(error.message, /of version 2\.0\.0 without the engine of TensorFlow\.js 3/);
    assertCode('ERR_MISH_ARGUMENT', () => install(any({ ...tf, engine: () => ({}) })));
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
    for (const nothing of [undefined, null, {}, new Map(), new Float64Array(1)]) {
      const error = assertCode('ERR_MISH_ARGUMENT', () => mish(nothing as never));
      assert.match(error.message, /^x: expected a tensor, or a number/);
    }
    assert.deepEqual(tf.memory(), before);
  });

  it('leaves nothing behind when it fails half way', () => {
    const untouched = everything();
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    const copyOfTf = (register: (map: typeof classNameMap, cls: { className: string }) => void) => {
      const map = { classNameMap: { ...classNameMap } };
      const ofMap = (cls: { className: string }) => register(map.classNameMap, cls);
      const SerializationMap = { getMap: () => map, register: ofMap };
      return { module: { ...tf, serialization: { SerializationMap } }, map };
    };
    const frozen = copyOfTf(() => {
      throw new Error('frozen');
    });
    assert.throws(() => install(frozen.module), /frozen/);
    assert.deepEqual(everything(), untouched);
    // The activation is replaced first; then the options turn out to be others than those in use.
    install(tf, { precision: 'fast' });
    const other = copyOfTf((map, cls) => {
      map[cls.className] = [cls] as never;
    });
    assertCode('ERR_MISH_ARGUMENT', () => install(other.module));
    assert.equal(other.map.classNameMap['mish']![0], classNameMap['mish']![0]);
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
