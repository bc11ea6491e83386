// An error as one sentence with a remedy and a code, whoever threw it.
import { isMishError } from '../base/errors.ts';

/** What people see of the errors that file systems give. */
const system: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder. Check the path',
  EACCES: 'permission denied. Check who may read or write there',
  EPERM: 'not permitted. Check who may read or write there',
  EISDIR: 'it is a folder. Name a file',
  ENOTDIR: 'a part of the path is no folder. Check the path',
  ENOSPC: 'no space left. Free some, or write elsewhere',
  EDQUOT: 'the quota is used up. Free some space, or write elsewhere',
  EFBIG: 'the file would be larger than allowed there. Write elsewhere',
  EROFS: 'the file system is read-only. Write elsewhere',
  EMFILE: 'too many open files. Close some, or raise the limit',
  ELOOP: 'its symbolic links lead in a circle. Check the path',
  ENAMETOOLONG: 'the name is too long. Choose a shorter one',
  EIO: 'the disk failed to read or write',
};

export function errorSentence(error: unknown): { sentence: string; code: string } {
  if (isMishError(error)) return { sentence: error.message, code: error.code };
  if (!(error instanceof Error)) return { sentence: String(error), code: 'ERR_UNKNOWN' };
  const { code = 'ERR_UNKNOWN', path } = error as NodeJS.ErrnoException;
  const known = Object.hasOwn(system, code) ? system[code] : undefined;
  if (known) return { sentence: `${path === undefined ? '' : `${path}: `}${known}.`, code };
  return { sentence: error.message, code };
}
