// A checkpoint as PyTorch writes it: I64 counters of batch norm beside weights, metadata { format: 'pt' }, and shards
// with an index; listed, loaded without what Mish has not, and written so that transformers reads it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSafetensors, readSafetensorsHeader, saveSafetensors, Tensor } from 'node-mish';
import { checkpointFile } from '../support/checkpoint.ts';
import { assertRejects } from '../support/errors.ts';
import { scratchDirectory } from '../support/repository.ts';

describe('a checkpoint of PyTorch', () => {
  const directory = scratchDirectory();
  const path = join(directory, 'model.safetensors');
  before(() => writeFileSync(path, checkpointFile()));

  it('is listed with names, dtypes, shapes, bytes and metadata', async () => {
    const { tensors, metadata } = await readSafetensorsHeader(path);
    assert.deepEqual(
      [...tensors].map(([name, { dtype, shape, byteLength }]) => [name, dtype, shape, byteLength]),
      [
        ['bn1.num_batches_tracked', 'I64', [], 8],
        ['bn1.running_mean', 'F32', [4], 16],
        ['conv1.weight', 'F32', [4, 2, 1, 1], 32],
        ['head.weight', 'BF16', [3], 6],
        ['mask', 'BOOL', [2], 2],
      ],
    );
    assert.deepEqual([...metadata], [['format', 'pt']]);
  });

  it('is refused with the remedy, and loaded with it', async () => {
    await assertRejects('ERR_MISH_UNSUPPORTED', () => loadSafetensors(path), /unsupported: 'skip'/);
    const loaded = await loadSafetensors(path, { unsupported: 'skip' });
    assert.deepEqual([...loaded.keys()], ['bn1.running_mean', 'conv1.weight', 'head.weight']);
    assert.deepEqual(loaded.get('conv1.weight')!.shape, [4, 2, 1, 1]);
    assert.deepEqual(loaded.get('bn1.running_mean')!.toArray(), [0, 0.5, 1, 1.5]);
  });

  it('refuses an unsupported tensor that is asked for by name, and other words for the option', async () => {
    const names = ['mask'];
    const skip = { names, unsupported: 'skip' } as const;
    await assertRejects('ERR_MISH_UNSUPPORTED', () => loadSafetensors(path, skip), /BOOL/);
    const wrong = { unsupported: 'ignore' as never };
    await assertRejects('ERR_MISH_ARGUMENT', () => loadSafetensors(path, wrong));
  });

  it('goes back with its metadata, which transformers asks for', async () => {
    const { metadata } = await readSafetensorsHeader(path);
    const copy = join(directory, 'copy.safetensors');
    const tensors = await loadSafetensors(path, { unsupported: 'skip' });
    await saveSafetensors(copy, tensors, Object.fromEntries(metadata));
    const written = await readSafetensorsHeader(copy);
    assert.deepEqual([...written.metadata], [['format', 'pt']]);
    assert.deepEqual([...written.tensors.keys()], [...tensors.keys()]);
  });

  it('says how to pass metadata on, where the options of a call or its own Map are passed', async () => {
    const { metadata } = await readSafetensorsHeader(path);
    const tensors = new Map([['a', Tensor.from([1])]]);
    for (const wrong of [metadata, { metadata: { format: 'pt' } }]) {
      const save = () => saveSafetensors(join(directory, 'no'), tensors, wrong as never);
      await assertRejects('ERR_MISH_ARGUMENT', save, /format: 'pt'.*Object\.fromEntries/);
    }
  });

  it('has a header that is frozen and refuses what is no file', async () => {
    const { tensors } = await readSafetensorsHeader(path);
    for (const info of tensors.values()) assert.ok(Object.isFrozen(info));
    await assertRejects('ERR_MISH_ARGUMENT', () => readSafetensorsHeader(directory));
    const cut = join(directory, 'cut.safetensors');
    writeFileSync(cut, checkpointFile().subarray(0, -1));
    await assertRejects('ERR_MISH_FORMAT', () => readSafetensorsHeader(cut), /truncated/);
  });

  it('one without a tensor that can be loaded gives an empty Map', async () => {
    const empty = join(directory, 'empty.safetensors');
    await saveSafetensors(empty, new Map<string, Tensor>());
    assert.equal((await loadSafetensors(empty, { unsupported: 'skip' })).size, 0);
  });
});
