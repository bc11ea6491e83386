// The package with the test build of its addon, whose seams make the world around it misbehave.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, seamsFile } from '../repository.ts';

/** Why it cannot be had, or nothing. */
export const noSeamsPackage: string = existsSync(seamsFile)
  ? ''
  : ' (the test build of the addon is missing)';

/** Puts into the directory what tests need of the package, with the test build of the addon. */
export function installSeams(directory: string): void {
  const parts = ['package.json', 'dist', 'binding', 'build/test', 'test/vectors'];
  for (const part of [...parts, 'node_modules/node-gyp-build']) {
    cpSync(join(root, part), join(directory, part), { recursive: true });
  }
  mkdirSync(join(directory, 'build/Release'), { recursive: true });
  cpSync(seamsFile, join(directory, 'build/Release/node-mish.node'));
}
