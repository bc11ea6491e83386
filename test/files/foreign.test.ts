// Files of other formats, and of the other of the two, named as what they are, with what to do.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { loadNpy, loadSafetensors, saveNpy, saveSafetensors, Tensor } from 'node-mish';
import { checkpointFile } from '../support/checkpoint.ts';
import { cli, failure } from '../support/cli/command-line.ts';
import { assertRejects } from '../support/errors.ts';
import { scratchDirectory } from '../support/repository.ts';

/** A file that begins so, in hexadecimal, with 100 bytes more. */
const begin = (hex: string) => Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(100, 1)]);
const text = (contents: string) => Buffer.from(contents.padEnd(100));

/** First bytes as the programs write them, which were looked at. */
const foreign: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
  'x.npz': [begin('504b030414000000'), /zip archive.*\.npz.*unzip/],
  'empty.npz': [Buffer.from('504b0506'.padEnd(44, '0'), 'hex'), /zip archive/],
  'pytorch_model.bin': [begin('504b030400000808'), /\.bin files of PyTorch.*safetensors\.torch/],
  'legacy.pt': [begin('80028a0a6cfc9c46f9206aa8'), /pickle.*safetensors\.torch\.save_file/],
  'protocol0.pkl': [text('(dp0\nVa\np1\n(lp2\n'), /pickle/],
  'protocol1.pkl': [begin('7d710058010000006171'), /pickle/],
  'protocol5.pkl': [begin('8005951300000000'), /pickle/],
  'array.pkl': [text('cnumpy.core.multiarray\n_reconstruct\n'), /pickle/],
  'model.gguf': [begin('4747554603000000'), /GGUF/],
  'model.h5': [begin('894844460d0a1a0a'), /HDF5.*Keras/],
  'model.onnx': [begin('08071207707974'), /ONNX.*numpy_helper\.to_array/],
  'graph-first.onnx': [begin('08093af0a10b'), /ONNX/],
  'saved_model.pb': [begin('080112e5'), /SavedModel/],
  'model.tflite': [begin('1c00000054464c33'), /TensorFlow Lite/],
  'data.mat': [text('MATLAB 5.0 MAT-file, Platform: GLNXA64'), /MATLAB.*scipy\.io\.loadmat/],
  'x.npy.gz': [gzipSync('x'), /gunzip/],
  'x.npy.zst': [begin('28b52ffd'), /unzstd/],
  'x.npy.xz': [begin('fd377a585a00'), /unxz/],
  'x.npy.bz2': [begin('425a6839'), /bunzip2/],
  'pointer.safetensors': [text('version https://git-lfs.github.com/spec/v1\n'), /git lfs pull/],
  'login.safetensors': [text('\n<!DOCTYPE html>\n<html>'), /HTML page.*download/],
  'page.npy': [text('<HTML>'), /HTML page/],
  'model.safetensors.index.json': [text('{"weight_map": {}}'), /JSON.*sharded/],
};

describe('a file of another format', () => {
  const directory = scratchDirectory();
  const place = (name: string, contents: Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, contents);
    return path;
  };

  for (const [name, [contents, message]] of Object.entries(foreign)) {
    it(`${name} is named as what it is, with what to do`, async () => {
      const path = place(name, contents);
      await assertRejects('ERR_MISH_FORMAT', () => loadNpy(path), message);
      await assertRejects('ERR_MISH_FORMAT', () => loadSafetensors(path), message);
    });
  }

  it('apply and inspect name it too', () => {
    const path = place('x.onnx', foreign['model.onnx']![0]);
    for (const line of [
      ['inspect', path],
      ['apply', path, '-o', join(directory, 'y.npy')],
    ]) {
      assert.match(failure(cli(line)), /^1 ERR_MISH_FORMAT .*ONNX/);
    }
  });

  it('a .npy given to loadSafetensors, and the other way round, names the right function', async () => {
    const [array, model] = [join(directory, 'own.npy'), join(directory, 'own.safetensors')];
    await saveNpy(array, Tensor.from([1]));
    await saveSafetensors(model, new Map([['a', Tensor.from([1])]]));
    await assertRejects('ERR_MISH_FORMAT', () => loadSafetensors(array), /load it with loadNpy/);
    await assertRejects('ERR_MISH_FORMAT', () => loadNpy(model), /load it with loadSafetensors/);
    assert.equal((await loadNpy(array)).item(), 1);
    assert.equal((await loadSafetensors(model)).size, 1);
  });

  it('a .safetensors that is cut off in its header is never called something else', async () => {
    // Lengths whose first bytes look like a pickle, a model, an archive; those of 640 to 1408 are multiples of 8.
    for (const length of [0x280, 0x380, 0x480, 0x580, 0x120308, 0x8b1f, 0x04034b50]) {
      const start = Buffer.alloc(8);
      start.writeBigUInt64LE(BigInt(length));
      const path = place('cut.safetensors', Buffer.concat([start, text('{"a":{"dtype":"F32"')]));
      await assertRejects('ERR_MISH_FORMAT', () => loadSafetensors(path), /truncated/);
      assert.match(failure(cli(['inspect', path])), /truncated/);
    }
    const cut = place('short.safetensors', checkpointFile().subarray(0, 40));
    await assertRejects('ERR_MISH_FORMAT', () => loadSafetensors(cut), /truncated/);
  });

  it('elements without a header are sent to Tensor.fromBytes', async () => {
    const path = place('raw.bin', new Uint8Array(Float32Array.of(-3, -2, 1, 2).buffer));
    await assertRejects('ERR_MISH_FORMAT', () => loadNpy(path), /Tensor\.fromBytes/);
  });

  it('is not written by its ending: apply says what to write instead', async () => {
    const input = join(directory, 'in.npy');
    await saveNpy(input, Tensor.from([1]));
    for (const ending of ['npz', 'pt', 'PTH', 'pkl', 'gguf', 'onnx', 'h5']) {
      const out = failure(cli(['apply', input, '-o', join(directory, `y.${ending}`)]));
      assert.match(out, /^2 ERR_MISH_ARGUMENT -o: expected \.npy or \.safetensors.* Write a/);
    }
  });
});
