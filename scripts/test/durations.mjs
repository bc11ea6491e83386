// How long each test file took in the last run of its kind, in build/test-durations/<run>.json, and the order that
// follows: the longest first, because two files run at once and what begins last runs alone.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tree.mjs';

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

/**
 * Before a file was measured, its text says something: tests that raise mocha's limit of time are long, and so are
 * long files.
 */
function guess(name) {
  const source = join(root, 'test', `${name}.test.ts`);
  const raises = /\.timeout\(/.test(readFileSync(source, 'utf8'));
  return { raises, bytes: statSync(source).size };
}

/** The tests, each the file `name` of a `run`; files that were not measured come before those that were. */
export function longestFirst(tests) {
  const durations = Object.fromEntries(tests.map(({ run }) => [run, durationsOf(run)]));
  const ranked = tests.map((test) => {
    const seconds = durations[test.run][test.name] ?? Infinity;
    return { test, seconds, ...guess(test.name) };
  });
  const compare = (a, b) =>
    (a.seconds === b.seconds ? 0 : b.seconds - a.seconds) ||
    Number(b.raises) - Number(a.raises) ||
    b.bytes - a.bytes;
  return ranked.sort(compare).map(({ test }) => test);
}
