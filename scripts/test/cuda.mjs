// The test suite on a CUDA device: in a copy of this checkout whose addon is the test build, with the fake driver
// in place of the real one; with --real, on the GPU of this machine.
//
// node scripts/test/cuda.mjs [--real] [test files or folders, as cuda/tensors or async]
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { runMocha } from './mocha.mjs';
import { chosen, filesOf } from './runs.mjs';
import { fakeDriver, makeTree } from './tree.mjs';

const args = process.argv.slice(2);
const isReal = args.includes('--real');
const only = args.filter((arg) => arg !== '--real');
const names = chosen(filesOf('cuda'), only);
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
const env = isReal ? { MISH_TEST_DEVICES: 'cuda:0' } : fakeDriver(build);
process.exit(runMocha('cuda', names, { tree, env }));
