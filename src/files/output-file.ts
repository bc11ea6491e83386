// Files written whole or not at all: a temporary file beside the target takes its place when it is
// complete and on disk, and is removed when anything fails.
import { rmSync } from 'node:fs';
import {
  access,
  constants,
  type FileHandle,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { mishError } from '../base/errors.ts';
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
 * Runs `body`, and makes what it has written the file at `path`; one that was there keeps its
 * permissions, a symbolic link stays one. Until the last moment `signal` can stop it. Errors call the
 * path `name`.
 * @throws ERR_MISH_ARGUMENT when something else than a regular file is there; errors of the file system
 *   under the name of the target
 */
export async function writeWhole(
  path: unknown,
  body: (write: Write) => Promise<void>,
  { signal, name = 'path' }: { readonly signal?: AbortSignal; readonly name?: string } = {},
): Promise<void> {
  const given = checkPath(path, name);
  const { target, mode } = await targetOf(absolute(given), name, given);
  // Not by path.join: "link/../a" is not "a" where the link leads elsewhere.
  const temporary = `${dirname(target)}${sep}.node-mish-${randomName()}.tmp`;
  const named = naming(temporary, given);
  const handle = await named(open(temporary, 'wx', mode ?? 0o666));
  temporaries.add(temporary);
  try {
    try {
      if (mode !== undefined) await named(handle.chmod(mode)); // also what the umask took
      await body((bytes) => named(append(handle, bytes)));
      await named(handle.sync()); // or after a power cut the name could be there without contents
    } finally {
      await handle.close();
    }
    signal?.throwIfAborted();
    await named(rename(temporary, target));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first error is the one to tell
    throw error;
  } finally {
    temporaries.delete(temporary);
  }
}

/** Loads node:crypto at the first file that is written: at import it took 1.6 of 13 ms. */
function randomName(): string {
  return process.getBuiltinModule('node:crypto').randomBytes(8).toString('hex');
}

/** Errors of the system tell the name that the caller gave: a temporary one means nothing to anybody. */
const naming =
  (temporary: string, given: string) =>
  <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: NodeJS.ErrnoException) => {
      error.message = error.message.replace(temporary, given);
      throw Object.assign(error, { path: given });
    });

async function append(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    // 2^30 at a time: a system call writes less than 2^31 bytes.
    const count = Math.min(bytes.length - done, 2 ** 30);
    done += (await handle.write(bytes, done, count)).bytesWritten;
  }
}

/** The path as of now, whatever becomes the working directory; not normalised, see above. */
function absolute(path: string): string {
  if (process.platform === 'win32') return resolve(path);
  return isAbsolute(path) ? path : `${process.cwd()}${sep}${path}`;
}

interface Target {
  readonly target: string;
  /** Permissions of the file that is there. */
  readonly mode?: number;
}

/** Where the file is, or is to be, behind symbolic links. */
async function targetOf(path: string, name: string, given: string): Promise<Target> {
  if (path.endsWith(sep)) {
    const got = `got '${given}', a folder`;
    throw mishError('ERR_MISH_ARGUMENT', `${name}: expected the name of a file; ${got}.`);
  }
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!found) {
    const link = await readlink(path).catch(() => undefined); // one that leads to no file yet
    if (link === undefined) return { target: path };
    return targetOf(isAbsolute(link) ? link : `${dirname(path)}${sep}${link}`, name, given);
  }
  if (!found.isFile()) throw notRegular(name, given); // a rename would put a file in place of /dev/null
  const target = await realpath(path);
  await access(target, constants.W_OK); // a rename asks the folder only
  return { target, mode: found.mode & 0o777 }; // without setuid: the owner may be another one now
}
