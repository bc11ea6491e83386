// Runs test files by mocha as .mocharc.json has it, two at a time, and keeps how long each took.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { keepDurations, longestFirst } from './durations.mjs';

/** Where test/support/reporter.ts leaves what it measured. */
const measuredFile = join(root, 'build', 'test-durations.json');

/**
 * @param run - whose durations order the files
 * @param names - of test files, as `async/calls`
 * @param options.tree - the checkout that runs; `args`, of mocha; `env`, beside the caller's
 * @returns the exit status
 */
export function runMocha(run, names, { tree = root, args = [], env = {} } = {}) {
  if (names.length === 0)
    throw new Error(`${run}: no test files, for which mocha would run others`);
  const files = longestFirst(names.map((name) => ({ run, name }))).map(
    ({ name }) => `build/test/${name}.test.js`,
  );
  const mocha = ['node_modules/mocha/bin/mocha.js', ...files, ...args];
  rmSync(measuredFile, { force: true });
  const isWhole = args.length === 0; // --grep and --dry-run measure nothing
  const { status } = spawnSync(process.execPath, mocha, {
    cwd: tree,
    stdio: 'inherit',
    env: { ...process.env, MISH_TEST_DURATIONS: measuredFile, ...env },
  });
  if (isWhole && existsSync(measuredFile))
    keepDurations(run, JSON.parse(readFileSync(measuredFile, 'utf8')));
  return status ?? 1;
}
