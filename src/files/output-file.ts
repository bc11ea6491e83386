// Files written whole or not at all: a temporary file beside the target takes its place when it is
// complete and on disk, and is removed when anything fails.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  access,
  constants,
  type FileHandle,
  open,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { notRegular } from './input-file.ts';
import { checkPath } from './path.ts';

/** Appends all the bytes. */
export type Write = (bytes: Uint8Array) => Promise<void>;

const temporaries = new Set<string>();

/** Removes what is half-written, at once: for a process that is told to end. */
export function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { force: true });
}

/**
 * Runs `body`, and makes what it has written the file at `path`; one that was there keeps its mode,
 * a symbolic link to one stays a link.
 * @throws ERR_MISH_ARGUMENT when something else than a regular file is there
 */
export async function writeWhole(
  path: unknown,
  body: (write: Write) => Promise<void>,
): Promise<void> {
  const { target, mode } = await targetOf(checkPath(path));
  const temporary = join(dirname(target), `.node-mish-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx').catch((error: NodeJS.ErrnoException) => {
    // The temporary name means nothing to whoever reads it.
    error.message = error.message.replace(temporary, target);
    throw Object.assign(error, { path: target });
  });
  temporaries.add(temporary);
  try {
    try {
      if (mode !== undefined) await handle.chmod(mode);
      await body((bytes) => append(handle, bytes));
      await handle.sync(); // or after a power cut the new name could be there without its contents
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first error is the one to tell
    throw error;
  } finally {
    temporaries.delete(temporary);
  }
}

async function append(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(
      bytes,
      done,
      Math.min(bytes.length - done, 2 ** 30),
    );
    done += bytesWritten;
  }
}

/** Where the file really is, and the mode of the one there. */
async function targetOf(path: string): Promise<{ target: string; mode?: number }> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!found) return { target: path };
  if (!found.isFile()) throw notRegular(path); // a rename would put a file in place of /dev/null
  const target = await realpath(path);
  await access(target, constants.W_OK); // a rename asks the folder only
  return { target, mode: found.mode & 0o7777 };
}
