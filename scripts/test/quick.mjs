// npm run test:quick, the inner loop of a contributor: in less than a minute on two cores, at least one file of every
// folder, and of the others the quickest, with fewer cases than npm test has. Says how much of the suite that was.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { durationsOf, guessedSeconds } from './durations.mjs';
import { runMocha } from './mocha.mjs';
import { filesOf, folderOf, takes } from './runs.mjs';
import { fakeDriver, makeTree } from './tree.mjs';

/** Seconds that all tests together may take on two cores, imports left out. */
const budgetSeconds = 50;

const build = join(root, 'build');
const seams = join(build, 'seams', 'node-mish.node');
const hasAddon = existsSync(join(build, 'Release', 'node-mish.node'));
const hasFakeDriver = existsSync(seams) && existsSync(join(build, 'fake-cuda', 'libcuda.so.1'));

const fewer = {
  MISH_PROPERTY_RUNS: '200',
  MISH_TEST_WORKERS: '5',
  MISH_TEST_EXITS: '2',
  MISH_TEST_DROPPED: '50000',
  ...(hasAddon ? { MISH_TEST_DEVICES: 'cpu' } : {}),
};

/** The quickest file of each folder, then the quickest of all others while the budget lasts. */
function selected() {
  const whole = durationsOf('test');
  const seconds = { ...whole, ...durationsOf('quick'), ...durationsOf('quick-cuda') };
  const secondsOf = (name) => seconds[name] ?? guessedSeconds(name);
  const names = filesOf('test').sort((a, b) => secondsOf(a) - secondsOf(b));
  const hasRun = (name) => secondsOf(name) > 0; // else all of its tests are skipped here
  const firstOf = (folder) => names.find((name) => folderOf(name) === folder && hasRun(name));
  const isFirst = (name) => firstOf(folderOf(name)) === name;
  let left = budgetSeconds;
  const take = (name) => {
    left -= secondsOf(name);
    return true;
  };
  const first = names.filter((name) => isFirst(name) && take(name));
  const more = names.filter((name) => !isFirst(name) && secondsOf(name) <= left && take(name));
  return [...first, ...more];
}

const names = selected();
const isOfCuda = (name) => hasFakeDriver && takes('quick-cuda', folderOf(name));
const onHost = runMocha(
  'quick',
  names.filter((name) => !isOfCuda(name)),
  { env: fewer },
);

function runOnCuda(ofCuda) {
  const tree = join(build, 'quick-tree');
  makeTree(tree, { Release: seams, seams });
  return runMocha('quick-cuda', ofCuda, { tree, env: { ...fewer, ...fakeDriver(build) } });
}

const onCuda = hasFakeDriver ? runOnCuda(names.filter(isOfCuda)) : 0;
const all = filesOf('test').length;
console.log(
  `${names.length} of ${all} test files. npm test runs all, with more cases of each property.`,
);
process.exit(onHost || onCuda);
