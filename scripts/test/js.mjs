// The test suite without the addon, in a copy of this checkout that has none, but for folders whose tests are the
// same with it. What needs the addon is skipped by name.
//
//   node scripts/test/js.mjs [arguments of mocha]     npm run test:js
import { join } from 'node:path';
import { listPrebuilds } from '../release/list-prebuilds.mjs';
import { root } from '../root.mjs';
import { runMocha } from './mocha.mjs';
import { filesOf } from './runs.mjs';
import { makeTree } from './tree.mjs';

const tree = join(root, 'build', 'js-tree');
makeTree(tree, {});
listPrebuilds(tree); // none, whatever this checkout has
process.exit(runMocha('js', filesOf('js'), { tree, args: process.argv.slice(2) }));
