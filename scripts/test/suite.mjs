// All of the test suite, on the devices of this machine; npm test runs it, and then scripts/test/cuda.mjs.
//
//   node scripts/test/suite.mjs [arguments of mocha]     after npm run build:dev
import { runMocha } from './mocha.mjs';
import { filesOf } from './runs.mjs';

process.exit(runMocha('test', filesOf('test'), { args: process.argv.slice(2) }));
