// Writes generated files; with `--check` on the command line, reports those that are stale instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { root } from '../root.mjs';

/**
 * With `--check` nothing is written, and the process exits with 1 when a file is stale.
 * @param files - texts by path from the root of the repository
 * @param generator - the file in scripts/constants/ that makes them
 */
export function writeOrCheck(files, generator) {
  for (const [path, text] of Object.entries(files)) {
    const file = `${root}${path}`;
    if (!process.argv.includes('--check')) {
      writeFileSync(file, text);
    } else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${path} is stale: run node scripts/constants/${generator}`);
      process.exitCode = 1;
    }
  }
}
