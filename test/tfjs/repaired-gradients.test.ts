// repairGradients: second derivatives of TensorFlow.js's own operations beside finite differences of first ones, first
// derivatives with tf's bits, and everything restored by uninstall().
import assert from 'node:assert/strict';
import { install, uninstall } from 'node-mish/tfjs';
import { assertCode } from '../support/errors.ts';
import { tf } from '../support/tfjs.ts';

type Op = (x: tf.Tensor) => tf.Tensor;

/** Elements of both signs, away from the points where pieces of functions meet. */
const points = [-1.3, -0.4, 0.6, 1.7];
const positive = (x: tf.Tensor) => tf.add(x, 2);
/** One more, as a row of logits to be weighed: sums of softmax are 1. */
const weighed = (x: tf.Tensor) => tf.mul(x, tf.tensor1d([1, -2, 4, 3]));

/** Operations whose second derivatives are silently wrong, or refused, in tf; and some that depend on them. */
const ops: Readonly<Record<string, Op>> = {
  exp: (x) => tf.exp(x),
  sigmoid: (x) => tf.sigmoid(x),
  tanh: (x) => tf.tanh(x),
  elu: (x) => tf.elu(x),
  selu: (x) => tf.selu(x),
  softmax: (x) => weighed(tf.softmax(x)),
  'pow, of the base': (x) => tf.pow(positive(x), 2.5),
  'pow, of the exponent': (x) => tf.pow(tf.scalar(2.5), x),
  sqrt: (x) => tf.sqrt(positive(x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  softplus: (x) => tf.softplus(x),
  relu6: (x) => tf.mul(tf.relu6(x), x),
  leakyRelu: (x) => tf.mul(tf.leakyRelu(x, 0.1), x),
  prelu: (x) => tf.mul(tf.prelu(x, tf.scalar(0.2)), x),
  max: (x) => tf.mul(tf.max(x), tf.square(x)),
  min: (x) => tf.mul(tf.min(x), tf.square(x)),
  'log softmax by logSumExp': (x) => weighed(tf.sub(x, tf.logSumExp(x, -1, true))),
  'cross-entropy as the guide writes it': (x) => {
    const logProbabilities = tf.sub(x, tf.logSumExp(x, -1, true));
    const labels = tf.tensor1d([0, 0, 1, 0]);
    return tf.neg(tf.mean(tf.sum(tf.mul(labels, logProbabilities), -1)));
  },
  'swish, composed': (x) => tf.mul(x, tf.sigmoid(x)),
  'gelu, composed': (x) => tf.mul(x, tf.add(tf.erf(tf.div(x, Math.SQRT2)), 1)),
};

const direction = [1, -0.5, 0.25, 0.75];

/** The operation, summed, along a line through the points. */
const alongLine = (op: Op) => (t: tf.Tensor) =>
  tf.sum(op(tf.add(tf.tensor1d(points), tf.mul(t, tf.tensor1d(direction)))));

/** The second derivative at t = 0, by tf's tape; and by finite differences of the first. */
function secondDerivatives(op: Op): readonly [tape: number, difference: number] {
  return [
    tf.tidy(
      () =>
        tf
          .grad((t) => tf.grad(alongLine(op))(t))(tf.scalar(0))
          .dataSync()[0]!,
    ),
    tf.tidy(() => {
      const h = 2 ** -7;
      const at = (t: number) => tf.grad(alongLine(op))(tf.scalar(t)).dataSync()[0]!;
      return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    }),
  ];
}

const firstDerivative = (op: Op): readonly number[] =>
  tf.tidy(() => [
    ...tf
      .grad((x) => tf.sum(op(x)))(tf.tensor1d(points))
      .dataSync(),
  ]);

for (const backend of ['cpu', 'wasm'] as const) {
  describe(`repaired gradients of TensorFlow.js on ${backend}`, () => {
    before(() => tf.setBackend(backend));
    after(() => tf.setBackend('cpu'));
    afterEach(() => uninstall(tf));

    for (const [name, op] of Object.entries(ops)) {
      it(`${name}: the second derivative is that of finite differences`, function () {
        if (backend === 'wasm' && ['gelu, composed'].includes(name)) this.skip(); // tf has no erf there
        install(tf, { repairGradients: true });
        const [tape, difference] = secondDerivatives(op);
        const error = Math.abs(tape - difference);
        assert.ok(error < 2e-4 * Math.max(1, Math.abs(difference)), `${tape}, not ${difference}`);
      });
      it(`${name}: the first derivative has the bits of tf's own`, function () {
        if (backend === 'wasm' && ['gelu, composed'].includes(name)) this.skip();
        const own = firstDerivative(op);
        install(tf, { repairGradients: true });
        assert.deepEqual(firstDerivative(op), own);
      });
    }

    it('frees what a penalty on gradients of a softmax network takes', () => {
      install(tf, { repairGradients: true });
      const w = tf.variable(tf.randomNormal([4, 3], 0, 1, 'float32', 5));
      const penalty = () => {
        const slope = tf.grad((x: tf.Tensor) => weighed(tf.softmax(tf.squeeze(x))));
        return tf.sum(tf.square(slope(tf.sum(w, 1)))) as tf.Scalar;
      };
      const step = () => tf.dispose(tf.variableGrads(penalty).grads);
      const optimizer = tf.train.sgd(0.1);
      tf.tidy(step);
      const before = tf.memory().numTensors;
      for (let i = 0; i < 20; i++) tf.tidy(() => void optimizer.minimize(penalty));
      assert.equal(tf.memory().numTensors, before);
      w.dispose();
    });
  });
}

describe('gradients of TensorFlow.js that are not repaired', () => {
  before(() => tf.setBackend('cpu'));
  afterEach(() => uninstall(tf));
  const names = [
    'Exp',
    'Sigmoid',
    'Tanh',
    'Softmax',
    'LogSoftmax',
    'Pow',
    'Elu',
    'Greater',
    'Equal',
  ];
  const registered = () => names.map((name) => tf.getGradient(name));

  it("are tf's own without the option, and again after uninstall()", () => {
    const own = registered();
    install(tf);
    assert.deepEqual(registered(), own);
    uninstall(tf);
    install(tf, { repairGradients: true });
    registered().forEach((config, i) => {
      assert.notEqual(config, own[i], names[i]);
    });
    uninstall(tf);
    registered().forEach((config, i) => {
      assert.equal(config, own[i], names[i]);
    });
  });

  it('are not put back over one that another program has registered since', () => {
    install(tf, { repairGradients: true });
    const other = { kernelName: 'Exp', inputsToSave: ['x'], gradFunc: () => ({}) };
    const own = tf.getGradient('Exp');
    tf.unregisterGradient('Exp');
    tf.registerGradient(other);
    uninstall(tf);
    try {
      assert.equal(tf.getGradient('Exp'), other);
    } finally {
      tf.unregisterGradient('Exp');
      tf.registerGradient(own);
      install(tf, { repairGradients: true });
    }
  });

  // What tf composes with a custom gradient, it drops: here all of it, which is an error.
  const dropped: Readonly<Record<string, Op>> = {
    'tf.logSoftmax': (x) => weighed(tf.logSoftmax(x)),
    'tf.losses.softmaxCrossEntropy': (x) =>
      tf.losses.softmaxCrossEntropy(tf.tensor1d([0, 0, 1, 0]), x),
  };
  for (const [name, op] of Object.entries(dropped)) {
    it(`of ${name} are lost at second order: the guide says so`, () => {
      install(tf, { repairGradients: true });
      tf.env().set('IS_TEST', false); // or tf takes what softmaxCrossEntropy saves for a leak
      try {
        assert.throws(() => secondDerivatives(op), /Cannot compute gradient/);
      } finally {
        tf.env().set('IS_TEST', true);
      }
    });
  }

  it('repairGradients has to be a boolean, and the same for all copies', () => {
    assertCode('ERR_MISH_ARGUMENT', () => install(tf, { repairGradients: 1 as never }));
    install(tf, { repairGradients: true });
    assertCode('ERR_MISH_ARGUMENT', () => install(tf, {}));
    assert.ok(install(tf).installed);
  });
});
