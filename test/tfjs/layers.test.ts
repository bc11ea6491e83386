// Mish in models: by the name 'mish' without a change to them, as a layer, saved and loaded with and without us,
// trained beside the built-in, and living on when it is uninstalled.
import assert from 'node:assert/strict';
import { type Installation, install, uninstall } from 'node-mish/tfjs';
import { assertCode } from '../support/errors.ts';
import { kernelsOf, tf } from '../support/tfjs.ts';

const dense = (units: number, name: string, rest: object = {}): tf.layers.Layer => {
  const kernelInitializer = tf.initializers.glorotNormal({ seed: units });
  return tf.layers.dense({ units, name, kernelInitializer, ...rest });
};

/** As users write it: nothing in it knows node-mish. */
const buildModel = (): tf.Sequential =>
  tf.sequential({
    name: 'model',
    layers: [
      dense(8, 'first', { activation: 'mish', inputShape: [2] }),
      dense(6, 'second'),
      tf.layers.activation({ activation: 'mish', name: 'third' }),
      dense(1, 'last'),
    ],
  });

const points = (): tf.Tensor2D => tf.randomNormal([32, 2], 0, 2, 'float32', 3) as tf.Tensor2D;

/** What it predicts for the points. */
const predictions = (model: tf.LayersModel): Float32Array =>
  tf.tidy(() => (model.predict(points()) as tf.Tensor).dataSync<'float32'>());

const kernels = (model: tf.LayersModel): Promise<readonly string[]> =>
  kernelsOf(() => model.predict(points()) as tf.Tensor);

async function saved(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts!;
}
const loaded = (artifacts: tf.io.ModelArtifacts): Promise<tf.LayersModel> =>
  tf.loadLayersModel(tf.io.fromMemory(artifacts));

function assertNear(actual: Float32Array, expected: Float32Array): void {
  for (const [i, y] of actual.entries()) assert.ok(Math.abs(y - expected[i]!) < 1e-6);
}

describe('Mish in models of TensorFlow.js', () => {
  let models: tf.LayersModel[] = [];
  const kept = <M extends tf.LayersModel>(model: M): M => {
    models.push(model);
    return model;
  };
  let installation: Installation<typeof tf>;

  before(() => tf.setBackend('cpu'));
  beforeEach(() => {
    installation = install(tf);
  });
  afterEach(() => {
    for (const model of models) model.dispose();
    models = [];
    uninstall(tf);
  });

  it("is ours for activation: 'mish', and the built-in for models from before", async () => {
    assert.equal(installation.activation, true);
    const ran = await kernels(kept(buildModel()));
    assert.equal(ran.filter((name) => name === 'NodeMish').length, 2);
    assert.ok(!ran.includes('Softplus'));
    uninstall(tf);
    const model = kept(buildModel());
    install(tf);
    assert.ok((await kernels(model)).includes('Softplus'));
  });

  it('is in a recurrent and a convolutional layer too', async () => {
    const sequence = kept(
      tf.sequential({
        layers: [
          tf.layers.conv1d({ filters: 2, kernelSize: 2, activation: 'mish', inputShape: [4, 1] }),
          tf.layers.simpleRNN({ units: 2, activation: 'mish' }),
        ],
      }),
    );
    const x = tf.ones([1, 4, 1]);
    const ran = await kernelsOf(() => sequence.predict(x) as tf.Tensor);
    assert.equal(ran.filter((name) => name === 'NodeMish').length, 1 + 3);
    x.dispose();
  });

  it('saves what tf saves without us', async () => {
    const ours = await saved(kept(buildModel()));
    uninstall(tf);
    const theirs = await saved(kept(buildModel()));
    assert.deepEqual(ours.modelTopology, theirs.modelTopology);
    assert.deepEqual(ours.weightSpecs, theirs.weightSpecs);
    assert.deepEqual(ours.weightData, theirs.weightData);
    assert.match(JSON.stringify(ours.modelTopology), /"activation":"mish"/);
  });

  it('loads with us what was saved without, and without us what was saved with', async () => {
    const model = kept(buildModel());
    const [expected, withUs] = [predictions(model), await saved(model)];
    uninstall(tf);
    const without = kept(await loaded(withUs));
    assert.ok((await kernels(without)).includes('Softplus'));
    assertNear(predictions(without), expected);
    const again = await saved(without);
    install(tf);
    const back = kept(await loaded(again));
    assert.ok((await kernels(back)).includes('NodeMish'));
    assert.deepEqual(predictions(back), expected);
  });

  it('is a layer, saved as the activation layer that tf has', async () => {
    const { Mish } = installation;
    assert.equal(Mish, installation.Mish);
    const layers = [dense(8, 'first', { inputShape: [2] }), new Mish({ name: 'second' })];
    const model = kept(tf.sequential({ layers: [...layers, new Mish()] }));
    assert.ok(layers[1] instanceof Mish);
    assert.deepEqual(layers[1].getConfig(), {
      ...tf.layers.activation({ activation: 'mish', name: 'second' }).getConfig(),
    });
    assert.equal(layers[1].getClassName(), 'Activation');
    const [expected, artifacts] = [predictions(model), await saved(model)];
    assert.ok((await kernels(model)).includes('NodeMish'));
    uninstall(tf);
    assertNear(predictions(kept(await loaded(artifacts))), expected);
  });

  it('is registered with tf under a name of its own, and other activation layers stay', async () => {
    const { Mish } = installation;
    tf.serialization.registerClass(Mish as never);
    const config = { activation: 'relu', name: 'act' };
    const model = kept(
      tf.sequential({
        layers: [dense(2, 'in', { inputShape: [2] }), tf.layers.activation(config as never)],
      }),
    );
    const again = kept(await loaded(await saved(model)));
    assert.ok((await kernels(again)).includes('Relu'));
    assert.ok(!(await kernels(again)).includes('NodeMish'));
    uninstall(tf);
    assert.ok(!('Mish' in tf.serialization.SerializationMap.getMap().classNameMap));
  });

  it('loads models that name a layer class Mish, once it is registered, and saves them as tf does', async () => {
    tf.serialization.registerClass(installation.Mish as never);
    const layer = {
      class_name: 'Mish',
      config: { name: 'mish_1', trainable: true, dtype: 'float32' },
    };
    const model = kept(buildModel());
    const topology = (await saved(model)).modelTopology as { config: { layers: object[] } };
    const { config } = (await saved(model)).modelTopology as { config: { layers: object[] } };
    const layers = [...config.layers, layer];
    const artifacts = {
      ...(await saved(model)),
      modelTopology: { ...topology, config: { ...config, layers } },
    };
    const yolo = kept(await loaded(artifacts as tf.io.ModelArtifacts));
    assert.equal((await kernels(yolo)).filter((name) => name === 'NodeMish').length, 3);
    assert.doesNotMatch(JSON.stringify((await saved(yolo)).modelTopology), /"Mish"/);
  });

  it('is refused with another activation', () => {
    const { Mish } = installation;
    const error = assertCode('ERR_MISH_ARGUMENT', () => new Mish({ activation: 'relu' } as never));
    assert.match(error.message, /tf\.layers\.activation/);
    new Mish({ activation: 'mish' } as never);
  });

  it('lives on uninstalled, as the built-in, and is ours again once installed again', async () => {
    const model = kept(buildModel());
    const expected = predictions(model);
    uninstall(tf);
    assert.ok((await kernels(model)).includes('Softplus'));
    assertNear(predictions(model), expected);
    install(tf);
    assert.ok((await kernels(model)).includes('NodeMish'));
    assert.deepEqual(predictions(model), expected);
  });

  it('trains to the loss of the built-in, to 6 digits after 20 epochs', async () => {
    const train = async (): Promise<readonly number[]> => {
      const model = kept(buildModel());
      model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
      const x = points();
      const y = tf.tidy(() => tf.sin(tf.sum(x, 1, true)));
      const { history } = await model.fit(x, y, { epochs: 20, shuffle: false, verbose: 0 });
      tf.dispose([x, y]);
      return history['loss'] as number[];
    };
    const ours = await train();
    uninstall(tf);
    const theirs = await train();
    assert.equal(ours.length, 20);
    assert.ok(ours.at(-1)! < 0.9 * ours[0]!, 'it learns');
    for (const [i, loss] of ours.entries()) assert.ok(Math.abs(loss / theirs[i]! - 1) < 1e-6);
  });

  it('is not the activation of a tf that has none, nor a layer', async () => {
    const map = tf.serialization.SerializationMap.getMap().classNameMap;
    uninstall(tf);
    const { mish } = map;
    delete map['mish'];
    try {
      const without = install(tf);
      assert.equal(without.activation, false);
      assertCode('ERR_MISH_UNSUPPORTED', () => without.Mish);
      assert.equal(without.mish(1).dataSync()[0]!.toFixed(5), '0.86510');
      // As when layers are loaded after an installation in tfjs-core.
      map['mish'] = mish!;
      assert.equal(install(tf), without);
      assert.equal(without.activation, true);
      uninstall(tf);
      delete map['mish'];
      install(tf);
      uninstall(tf);
      assert.ok(!('mish' in map));
    } finally {
      map['mish'] = mish!;
    }
  });
});
