// Checkpoints in the format of TensorFlow.js: model.json and a file of weights, which any tfjs loads, with what a
// resumed training needs beside them. model.json is put in place last and in one step, so that whatever interrupts a
// save leaves the checkpoint before it.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

/** @param progress - plain data that is returned by {@link loadCheckpoint}; `progress.epoch` names the files */
export async function saveCheckpoint(folder, model, optimizer, progress) {
  await mkdir(folder, { recursive: true });
  const stamp = String(progress.epoch).padStart(5, '0');
  const [weightsFile, optimizerFile] = [`weights-${stamp}.bin`, `optimizer-${stamp}.bin`];
  const { data, specs } = await tf.io.encodeWeights(await optimizer.getWeights());
  await writeFile(join(folder, optimizerFile), new Uint8Array(data));
  const write = async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
    await writeFile(join(folder, weightsFile), new Uint8Array(weightData));
    const text = JSON.stringify({
      ...{ format, generatedBy, convertedBy: null, modelTopology },
      weightsManifest: [{ paths: [weightsFile], weights: weightSpecs }],
      userDefinedMetadata: { progress, optimizer: { file: optimizerFile, specs } },
    });
    await writeFile(join(folder, 'model.json.new'), text);
    await rename(join(folder, 'model.json.new'), join(folder, 'model.json'));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  };
  await model.save(tf.io.withSaveHandler(write));
  const old = (name) => name.endsWith('.bin') && name !== weightsFile && name !== optimizerFile;
  for (const name of (await readdir(folder)).filter(old)) await rm(join(folder, name));
}

async function readJson(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${file} is no checkpoint: ${cause.message}. Remove it, or do not resume.`, {
      cause,
    });
  }
}

/** The model, the optimizer's state for `optimizer.setWeights`, and the progress; undefined when there is none. */
export async function loadCheckpoint(folder) {
  const file = join(folder, 'model.json');
  if (!existsSync(file)) return undefined;
  const { modelTopology, weightsManifest, userDefinedMetadata } = await readJson(file);
  const read = async (name) => new Uint8Array(await readFile(join(folder, name))).buffer;
  const [{ paths, weights: weightSpecs }] = weightsManifest;
  const weightData = await read(paths[0]);
  const model = await tf.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs, weightData }),
  );
  const { progress, optimizer } = userDefinedMetadata;
  const decoded = tf.io.decodeWeights(await read(optimizer.file), optimizer.specs);
  const state = optimizer.specs.map(({ name }) => ({ name, tensor: decoded[name] }));
  return { model, state, progress };
}
