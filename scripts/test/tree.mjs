// A copy of this checkout with what was compiled of it and another addon, for test runs of that addon: the
// copy's tests import the copy's package.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../root.mjs';

/** @param addons - by directory of build/, the addon that it is to have */
export function makeTree(tree, addons) {
  rmSync(tree, { recursive: true, force: true });
  const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = spawnSync('git', listing, { cwd: root, encoding: 'utf8' });
  const compiled = ['dist', 'build/src', 'build/test', 'build/bench'];
  for (const path of [...stdout.split('\0').filter(Boolean), ...compiled]) {
    if (!existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(join(root, path), join(tree, path), { recursive: true });
  }
  for (const [directory, addon] of Object.entries(addons)) {
    mkdirSync(join(tree, 'build', directory), { recursive: true });
    cpSync(addon, join(tree, 'build', directory, 'node-mish.node'));
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
}

/** The CUDA image of the checkout's own build, for a CMake that need not compile it again: 29 s for each. */
export function imageOptions() {
  const build = join(root, 'build');
  const { status } = spawnSync('cmake', ['--build', build, '--target', 'cuda-image']); // brings it up to date
  return status === 0 ? [`--CDMISH_CUDA_IMAGE=${join(build, 'cuda', 'node-mish.fatbin')}`] : [];
}

/** The environment of tests on the fake CUDA driver that was built in that directory. */
export const fakeDriver = (build) => ({
  LD_LIBRARY_PATH: join(build, 'fake-cuda'),
  MISH_FAKE_CUDA: '1',
  MISH_TEST_DEVICES: 'cuda:0',
});
