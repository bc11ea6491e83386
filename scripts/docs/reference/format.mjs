// Signatures as the project formats its TypeScript: lines of at most 100 columns.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { root } from '../../root.mjs';

const biome = fileURLToPath(import.meta.resolve('@biomejs/biome/bin/biome'));
const separator = '// ---';

/** All of them in one run. @param {string[]} snippets - declarations */
export function formatted(snippets) {
  const input = snippets.join(`\n${separator}\n`);
  const args = [biome, 'format', '--stdin-file-path=reference.d.ts'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    input,
  });
  if (status !== 0) throw new Error(`biome cannot format the signatures:\n${stderr}`);
  return stdout.split(separator).map((text) => text.trim());
}
