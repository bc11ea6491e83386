// Installs one of this repository's packages that are no part of node-mish, unless it is: tools and runtimes
// that only some tests need. Without scripts; ends the process where npm fails.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** npm writes that file last; one older than the lock is of another version of the package. */
function isInstalled(cwd) {
  const written = join(cwd, 'node_modules', '.package-lock.json');
  const lock = join(cwd, 'package-lock.json');
  return existsSync(written) && statSync(written).mtimeMs >= statSync(lock).mtimeMs;
}

export function installPackage(directory, ...options) {
  const cwd = join(root, directory);
  if (isInstalled(cwd)) return;
  console.error(`npm ci in ${directory}`);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const stdio = ['ignore', 'ignore', 'inherit'];
  const { status } = spawnSync('npm', [...args, ...options], { cwd, stdio });
  if (status === 0) return;
  console.error(`npm ci failed in ${directory}.`);
  process.exit(1);
}
