// The test suite where the addon cannot be had, in a copy of this checkout without one, but for tests that are the
// same with it. What needs it is skipped by name.
//
//   node scripts/test/js.mjs [arguments of mocha]     npm run test:js
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { listPrebuilds } from '../release/list-prebuilds.mjs';
import { makeTree, ofFormats, ofNoAddon, root } from './tree.mjs';

const tree = join(root, 'build', 'js-tree');
makeTree(tree, {});
listPrebuilds(tree); // none, whatever this checkout has
const begins = [...ofNoAddon, ...ofFormats];
const ignored = begins.map((begin) => `--ignore=build/test/${begin}{*,/**/*}.test.js`);
const args = ['build/test/**/*.test.js', ...ignored, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
  cwd: tree,
  stdio: 'inherit',
});
process.exit(status ?? 1);
