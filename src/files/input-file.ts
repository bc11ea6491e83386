// Files read at given positions: regular files only, every byte that was asked for or an error.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { mishError } from '../base/errors.ts';
import { checkPath } from './path.ts';

/** A file open for reading. Errors of the system pass through as Node makes them, with their code. */
export class InputFile {
  readonly path: string;
  readonly byteLength: number;
  readonly #handle: FileHandle;

  private constructor(path: string, byteLength: number, handle: FileHandle) {
    this.path = path;
    this.byteLength = byteLength;
    this.#handle = handle;
  }

  /** @throws ERR_MISH_ARGUMENT for a directory, pipe or device: what has no size has no layout */
  static async open(path: unknown, name = 'path'): Promise<InputFile> {
    const checked = checkPath(path, name);
    // Before it is opened: opening a pipe waits until somebody writes to it.
    if (!(await stat(checked)).isFile()) throw notRegular(name, checked);
    const handle = await open(checked, 'r');
    const { size } = await handle.stat();
    return new InputFile(checked, size, handle);
  }

  /** Fills `bytes` from `position` on. @throws ERR_MISH_FORMAT where the file ends before */
  async read(position: number, bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      // 2^30 at a time: a system call reads less than 2^31 bytes.
      const count = Math.min(bytes.length - done, 2 ** 30);
      const { bytesRead } = await this.#handle.read(bytes, done, count, position + done);
      if (bytesRead === 0) {
        const got = `expected ${bytes.length} bytes at ${position}; the file ends at ${position + done}`;
        throw this.formatError(`${got}. Is it complete, and was it changed meanwhile?`);
      }
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** The error for contents that are not what the format says. */
  formatError(what: string, options?: ErrorOptions): Error {
    return mishError('ERR_MISH_FORMAT', `${this.path}: ${what}`, options);
  }
}

export function notRegular(name: string, path: string): Error {
  return mishError(
    'ERR_MISH_ARGUMENT',
    `${name}: expected a regular file; '${path}' is a directory, a pipe or a device.`,
  );
}

/** Opens a file, runs `use` on it, and closes it whatever happens. */
export async function withInputFile<R>(
  path: unknown,
  use: (file: InputFile) => Promise<R>,
): Promise<R> {
  const file = await InputFile.open(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
