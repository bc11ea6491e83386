// The test suite on a CUDA device: in a copy of this checkout whose addon is the test build, with the fake driver
// in place of the real one; with --real, on the GPU of this machine. Only what is tested by device, and test/cuda.
//
// node scripts/test/cuda.mjs [--real] [names of test files]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fakeDriver, makeTree, root, testNames } from './tree.mjs';

/** Files whose tests go through the devices that MISH_TEST_DEVICES names. */
const byDevice = [
  'async',
  'async-tensors',
  'async-abort',
  'async-hostile',
  'cli/apply',
  'fast',
  'files/npy',
  'files/safetensors',
  'float16-array',
  'gradients',
  'hostile',
  'kernels',
  'operations',
  'operators',
  'properties',
  'properties-overlap',
  'tails',
  'vectors',
  'workers',
];

const longest = ['cuda/tensors', 'properties', 'operations', 'workers'];

const args = process.argv.slice(2);
const isReal = args.includes('--real');
const only = args.filter((arg) => arg !== '--real');
const build = join(root, 'build');
const addonIn = (directory) => join(build, directory, 'node-mish.node');
const needed = [addonIn('Release'), addonIn('seams')];
if (!isReal) needed.push(join(build, 'fake-cuda/libcuda.so.1')); // which there is on Linux only
const missing = needed.filter((file) => !existsSync(file));
if (missing.length > 0) {
  console.log(`CUDA tests: skipped, as there is no ${missing.join(', no ')}`);
  process.exit(0);
}

const tree = join(build, 'cuda-tree');
makeTree(tree, { Release: addonIn(isReal ? 'Release' : 'seams'), seams: addonIn('seams') });
const isTaken = (name) =>
  only.length > 0 ? only.includes(name) : name.startsWith('cuda/') || byDevice.includes(name);
const files = testNames(tree, longest)
  .filter(isTaken)
  .map((name) => `build/test/${name}.test.js`);

const environment = isReal ? { MISH_TEST_DEVICES: 'cuda:0' } : fakeDriver(build);
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...files], {
  cwd: tree,
  stdio: 'inherit',
  env: { ...process.env, ...environment },
});
process.exit(status ?? 1);
