// Durations of the test files in the last run of each kind (build/test-durations/<run>.json), and the order for the
// next run: longest first, because two files run at once and the last one to start runs alone.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';

export const durationsFile = (run) => join(root, 'build', 'test-durations', `${run}.json`);

/** Seconds by file name; none before the first run. */
export function durationsOf(run) {
  const file = durationsFile(run);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Adds what a run measured to what earlier ones did, which may have taken other files. */
export function keepDurations(run, measured) {
  const file = durationsFile(run);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...durationsOf(run), ...measured }, null, 1));
}

/** Estimates a file's seconds from its text when no run has measured it. Right to an order of magnitude. */
export function guessedSeconds(name) {
  const source = join(root, 'test', `${name}.test.ts`);
  const text = readFileSync(source, 'utf8');
  const raisesLimit = /\.timeout\(/.test(text); // mocha's, of a test
  const startsProcesses = /\b(printedBy|moduleChild|runToEnd|node|run[A-Z]\w*)\(/.test(text);
  return (raisesLimit ? 20 : 0) + (startsProcesses ? 10 : 0) + text.length / 5000;
}

/** The tests, each the file `name` of a `run`, in an order for two at once. */
export function longestFirst(tests) {
  const durations = Object.fromEntries(tests.map(({ run }) => [run, durationsOf(run)]));
  const secondsOf = ({ run, name }) => durations[run][name] ?? guessedSeconds(name);
  return tests
    .map((test) => ({ test, seconds: secondsOf(test) }))
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ test }) => test);
}
