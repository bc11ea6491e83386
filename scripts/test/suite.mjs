// All of the test suite, on the devices of this machine; npm test runs it, and then scripts/test/cuda.mjs.
//
//   node scripts/test/suite.mjs [arguments of mocha]     after npm run build:dev
import { spawnSync } from 'node:child_process';
import { root, testNames } from './tree.mjs';

const longest = ['verify', 'workers', 'tfjs/example'];

const files = testNames(root, longest).map((name) => `build/test/${name}.test.js`);
const args = ['node_modules/mocha/bin/mocha.js', ...files, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
