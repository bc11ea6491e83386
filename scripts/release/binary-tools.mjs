// Readers of binaries for check-binary.mjs and its parts.
import { spawnSync } from 'node:child_process';

/** Thrown by a check that cannot be made here. */
export class Skip extends Error {}

/** What that tool prints of the file. Throws a Skip where it is missing. */
export function tool(name, args, file, source = 'binutils') {
  const { error, status, stdout, stderr } = spawnSync(name, [...args, file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 2 ** 28,
  });
  if (error?.code === 'ENOENT') throw new Skip(`no ${name} here: install ${source}`);
  if (error || status !== 0) throw new Error(`${name} cannot read it: ${error ?? stderr.trim()}`);
  return stdout;
}

export const lines = (text) => text.split('\n').filter(Boolean);

export const once = (f) => {
  let value;
  return () => {
    value ??= f();
    return value;
  };
};
