// The path argument of everything that reads or writes files.
import { fileURLToPath } from 'node:url';
import { describe, mishError } from '../base/errors.ts';

/** `URL` where the consumer's types have it (those of Node or of the DOM), else `never`. */
export type MaybeURL = typeof globalThis extends { URL: { readonly prototype: infer U } }
  ? U
  : never;
/** Where a file is: a path, relative to the working directory or absolute, or a file: URL. */
export type FilePath = string | MaybeURL;

/** @throws ERR_MISH_ARGUMENT unless `path` is a non-empty string without NUL, or a file: URL */
export function checkPath(path: unknown, name = 'path'): string {
  const text = path instanceof URL ? pathOf(path, name) : path;
  if (typeof text === 'string' && text !== '' && !text.includes('\0')) return text;
  throw mishError(
    'ERR_MISH_ARGUMENT',
    `${name}: expected a file's path as a string or a file: URL; got ${describe(path)}.`,
  );
}

function pathOf(url: URL, name: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const got = describe(String(url));
    throw mishError('ERR_MISH_ARGUMENT', `${name}: expected a file: URL; got ${got}.`, { cause });
  }
}
