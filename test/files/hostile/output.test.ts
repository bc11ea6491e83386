// Files left by a write: the whole file or the old one, its mode and links, and never a temporary file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { loadNpy, saveNpy, Tensor } from 'node-mish';
import { assertRejects } from '../../support/errors.ts';
import { root, scratchDirectory } from '../../support/repository.ts';

const tensor = Tensor.from([1, 2, 3]);

interface OutputFile {
  writeWhole(
    path: string,
    body: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
    options?: { signal?: AbortSignal },
  ): Promise<void>;
  removeTemporaries(): void;
}
const { writeWhole, removeTemporaries } = (await import(
  `${root}build/src/files/output-file.js`
)) as OutputFile;

const posix = process.platform !== 'win32';
const onPosix = posix ? it : it.skip;

describe('a file written', () => {
  let directory: string;
  const scratch = scratchDirectory();
  let count = 0;
  beforeEach(() => {
    directory = join(scratch, String(count++));
    mkdirSync(directory);
  });

  it('replaces the one that was there', async () => {
    const path = join(directory, 'a.npy');
    writeFileSync(path, 'old');
    await saveNpy(path, tensor);
    assert.deepEqual((await loadNpy(path)).toArray(), [1, 2, 3]);
    assert.deepEqual(readdirSync(directory), ['a.npy']);
  });

  onPosix('keeps the mode of the one that was there, and a link to it', async () => {
    const path = join(directory, 'a.npy');
    writeFileSync(path, 'old');
    chmodSync(path, 0o4640);
    symlinkSync('a.npy', join(directory, 'link.npy'));
    await saveNpy(join(directory, 'link.npy'), tensor);
    assert.equal(statSync(path).mode & 0o7777, 0o640, 'without setuid');
    assert.ok(lstatSync(join(directory, 'link.npy')).isSymbolicLink());
    assert.equal((await loadNpy(path)).size, 3);
  });

  it('is the old one still when writing fails in the middle', async () => {
    const path = join(directory, 'a.npy');
    writeFileSync(path, 'old');
    const failure = new Error('in the middle');
    const failing = writeWhole(path, async (write) => {
      await write(Buffer.from('new'));
      throw failure;
    });
    await assert.rejects(failing, failure);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(readdirSync(directory), ['a.npy']);
  });

  it('is the old one still when it is stopped at the last moment', async () => {
    const path = join(directory, 'a.npy');
    writeFileSync(path, 'old');
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = writeWhole(path, async () => controller.abort(reason), {
      signal: controller.signal,
    });
    await assert.rejects(stopped, reason);
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assert.deepEqual(readdirSync(directory), ['a.npy']);
  });

  onPosix('is made where a link leads that led nowhere', async () => {
    mkdirSync(join(directory, 'folder'));
    symlinkSync('folder/target.npy', join(directory, 'second.npy'));
    symlinkSync(join(directory, 'second.npy'), join(directory, 'first.npy'));
    await saveNpy(join(directory, 'first.npy'), tensor);
    assert.ok(lstatSync(join(directory, 'first.npy')).isSymbolicLink());
    assert.ok(lstatSync(join(directory, 'second.npy')).isSymbolicLink());
    assert.equal((await loadNpy(join(directory, 'folder/target.npy'))).size, 3);
    assert.deepEqual(readdirSync(join(directory, 'folder')), ['target.npy']);
  });

  onPosix('is made behind a link to a folder, not beside the link', async () => {
    mkdirSync(join(directory, 'far/away'), { recursive: true });
    symlinkSync('far/away', join(directory, 'link'));
    await saveNpy(`${directory}/link/../a.npy`, tensor);
    assert.deepEqual(readdirSync(join(directory, 'far')).sort(), ['a.npy', 'away']);
  });

  it('is made where the path led at the call', async () => {
    const before = process.cwd();
    try {
      process.chdir(directory);
      const saved = saveNpy('a.npy', tensor);
      process.chdir(before);
      await saved;
    } finally {
      process.chdir(before);
    }
    assert.deepEqual(readdirSync(directory), ['a.npy']);
  });

  it('leaves nothing when the process is told to end', async () => {
    const path = join(directory, 'a.npy');
    const failing = writeWhole(path, async (write) => {
      await write(Buffer.from('new'));
      assert.equal(readdirSync(directory).length, 1);
      removeTemporaries();
      assert.deepEqual(readdirSync(directory), []);
    });
    await assert.rejects(failing, { code: 'ENOENT' });
    assert.deepEqual(readdirSync(directory), []);
  });

  it('names the target, not the temporary file, where there is no folder', async () => {
    const path = join(directory, 'missing', 'a.npy');
    const rightError = { code: 'ENOENT', path, message: /open '.*missing.a\.npy'/ };
    await assert.rejects(saveNpy(path, tensor), rightError);
    const folder = join(directory, 'folder/');
    await assertRejects('ERR_MISH_ARGUMENT', () => saveNpy(folder, tensor), /name of a file/);
    mkdirSync(join(directory, 'gone'));
    const gone = writeWhole(join(directory, 'gone/a.npy'), async () => {
      rmSync(join(directory, 'gone'), { recursive: true });
    });
    await assert.rejects(gone, { code: 'ENOENT' });
  });

  // The same question keeps devices: not tried, since failing would cost this machine its /dev/null.
  onPosix('never takes the place of a pipe or a folder', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    symlinkSync(pipe, join(directory, 'link'));
    for (const path of [pipe, join(directory, 'link'), directory]) {
      await assertRejects('ERR_MISH_ARGUMENT', () => saveNpy(path, tensor), /regular file/);
    }
    assert.ok(lstatSync(pipe).isFIFO());
    await assertRejects('ERR_MISH_ARGUMENT', () => loadNpy(pipe), /regular file/);
  });

  const asRoot = process.getuid?.() === 0;
  it(`is refused where it may not be written${asRoot ? ' (root may everything)' : ''}`, async function () {
    if (asRoot || !posix) this.skip();
    const path = join(directory, 'a.npy');
    writeFileSync(path, 'old');
    chmodSync(path, 0o444);
    await assert.rejects(saveNpy(path, tensor), { code: 'EACCES' });
    assert.equal(readFileSync(path, 'utf8'), 'old');
  });
});
