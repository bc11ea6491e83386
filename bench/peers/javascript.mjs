// Peers that run in this process: node-mish itself, onnxruntime-node, TensorFlow.js and jax-js.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { backend, mish, mishBackward } from '../../dist/index.js';
import { backwardModel, forwardModel } from './onnx-model.mjs';
import { Absent, inProcess } from './peer.mjs';

const require = createRequire(import.meta.url);
const { dependencies } = require('./package.json'); // exact versions

function nodeMish(precision) {
  const { version } = backend;
  const dtypes = precision === 'exact' ? ['float32', 'bfloat16'] : ['float32'];
  return inProcess(
    { name: `node-mish, ${precision}`, version, dtypes },
    (op, x, dy, out, dtype) => {
      const options = { out, ...(dtype === 'float32' ? { precision } : { dtype }) };
      const call =
        op === 'forward' ? () => void mish(x, options) : () => void mishBackward(x, dy, options);
      return { call, result: () => out };
    },
  );
}

async function onnxruntime() {
  const { InferenceSession, Tensor } = await load('onnxruntime-node');
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const version = dependencies['onnxruntime-node'];
  return inProcess({ name: 'onnxruntime-node', version }, async (op, x, dy, out) => {
    const model = op === 'forward' ? forwardModel : backwardModel;
    const session = await InferenceSession.create(model, options);
    const vector = (elements) => new Tensor('float32', elements, [elements.length]);
    const feeds = { x: vector(x), ...(op === 'forward' ? {} : { dy: vector(dy) }) };
    const fetches = { out: vector(out) };
    return {
      call: () => session.run(feeds, fetches),
      result: () => fetches.out.data,
      end: () => session.release(),
    };
  });
}

/** As tfjs-layers composes it; on one thread. */
async function tensorflow(name) {
  const tf = await load('@tensorflow/tfjs');
  if (name === 'wasm') {
    const library = await load('@tensorflow/tfjs-backend-wasm');
    const wasm = dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
    library.setWasmPaths(`${wasm}/`);
  }
  const composed = (x) => tf.mul(x, tf.tanh(tf.softplus(x)));
  const gradient = tf.grad(composed);
  const version = dependencies['@tensorflow/tfjs'];
  return inProcess({ name: `TensorFlow.js, ${name}`, version }, async (op, x, dy) => {
    if (!(await tf.setBackend(name))) throw new Absent(`the backend ${name} does not start`);
    const [xs, dys] = [tf.tensor1d(x), tf.tensor1d(dy)];
    const compute = op === 'forward' ? () => composed(xs) : () => gradient(xs, dys);
    let last;
    const call = () => {
      last?.dispose();
      last = tf.tidy(compute);
    };
    return { call, result: () => last.dataSync(), end: () => tf.dispose([xs, dys, last]) };
  });
}

async function jax() {
  const { blockUntilReady, defaultDevice, init, jit, nn, numpy, vjp } = await load('@jax-js/jax');
  if (!(await init('wasm')).includes('wasm')) throw new Absent('its wasm backend does not start');
  defaultDevice('wasm');
  const forward = jit((x) => nn.mish(x));
  const backward = jit((x, dy) => {
    const [, pull] = vjp(nn.mish, [x]);
    return pull(dy)[0];
  });
  const version = dependencies['@jax-js/jax'];
  return inProcess({ name: 'jax-js, wasm', version }, (op, x, dy) => {
    const [xs, dys] = [numpy.array(x), numpy.array(dy)];
    let last;
    const call = async () => {
      last?.dispose();
      last = op === 'forward' ? forward(xs.ref) : backward(xs.ref, dys.ref);
      await blockUntilReady(last);
    };
    return { call, result: () => last.ref.data() };
  });
}

async function load(name) {
  try {
    return await import(name);
  } catch (error) {
    throw new Absent(error.message.split('\n')[0]);
  }
}

export const javascript = {
  'node-mish, exact': () => nodeMish('exact'),
  'node-mish, fast': () => nodeMish('fast'),
  'onnxruntime-node': onnxruntime,
  'TensorFlow.js, wasm': () => tensorflow('wasm'),
  'TensorFlow.js, cpu': () => tensorflow('cpu'),
  'jax-js, wasm': jax,
};
