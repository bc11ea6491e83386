// What .d.ts files declare, read in a process of its own: TypeScript's server, which its API ends by a signal, says so
// on stderr.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readEntries } from './declarations.mjs';

const script = fileURLToPath(import.meta.url);

/**
 * What those files of one package export, each an absolute path.
 * @returns {import('./declarations.mjs').Entry[]} in their order
 */
export function entriesOf(files) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...files], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`the declarations cannot be read:\n${stderr}`);
  const { entries, problem } = JSON.parse(stdout);
  if (problem !== undefined) throw new Error(problem);
  return entries;
}

function told(files) {
  try {
    return { entries: readEntries(files) };
  } catch (error) {
    return { problem: error.message };
  }
}

if (process.argv[1] === script) {
  process.stdout.write(JSON.stringify(told(process.argv.slice(2))));
}
