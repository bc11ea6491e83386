// Installs a tarball of node-mish into an empty folder, as users do, and holds that its binary for this platform
// loads and computes right. What the release workflow runs on every platform before it publishes.
//
//   node scripts/release/try-tarball.mjs <node-mish.tgz>
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const tarball = resolve(process.argv[2] ?? '');
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'node-mish-try-')));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

function fail(message) {
  console.error(`${tarball} on ${process.platform}-${process.arch}: ${message}`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const settings = { cwd: directory, encoding: 'utf8', ...options };
  const { error, status, stdout, stderr } = spawnSync(command, args, settings);
  if (error || status !== 0) {
    fail(`${command} ${args.join(' ')} failed: ${error ?? `${stdout}${stderr}`}`);
  }
  return stdout;
}

writeFileSync(join(directory, 'package.json'), '{ "private": true }');
const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `"${tarball}"`];
run('npm', install, { shell: true }); // npm is a script of the shell's on Windows

const cli = join(directory, 'node_modules', 'node-mish', 'dist', 'cli.js');
const { native } = JSON.parse(run(process.execPath, [cli, 'doctor', '--json']));
const expected = join('prebuilds', `${process.platform}-${process.arch}`, 'node-mish.node');
if (!native.file?.endsWith(expected) || native.reason) {
  fail(`${expected} is not in use.\n${native.reason ?? native.file}`);
}
run(process.execPath, [cli, 'check']);
console.log(`${expected}: ${native.isa}, compiled by ${native.compiler}; node-mish check holds`);
