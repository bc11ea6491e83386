// npm run test:pack: packs node-mish and tests the tarball as users get it, without a compiler, by every package
// manager, on every Node, for each Linux, bundled, typed, and broken. Prints a table; exits with 1 when a row
// fails. Needs npm run prebuilds, and x86-64 Linux.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage } from '../../scripts/install-package.mjs';
import { testBroken } from './broken.mjs';
import { testBuilt } from './built.mjs';
import { testBundles } from './bundled.mjs';
import { testConsumers } from './consumed.mjs';
import { consumers, root, run, scratch } from './place.mjs';
import { testPlatforms } from './platforms.mjs';
import { add, print } from './report.mjs';
import { testTools } from './tools.mjs';

const budgetBytes = 2_000_000;

function end(exit, message) {
  console.log(message);
  process.exit(exit);
}

function prepare() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    end(0, `skipped: it is for linux-x64, this is ${process.platform}-${process.arch}`);
  }
  installPackage('test/runtimes');
  installPackage('test/pack');
  installPackage('test/pack/bundlers');
  installPackage('test/pack/foreign', '--force'); // for another CPU and C library than this machine's
}

async function pack() {
  const args = ['pack', '--silent', '--pack-destination', scratch];
  const { exit, stdout, stderr } = await run('npm', args, { cwd: root });
  if (exit !== 0) end(1, `npm pack failed:\n${stdout}${stderr}`);
  const tarball = join(scratch, stdout.trim().split('\n').at(-1));
  const bytes = statSync(tarball).size;
  const problem = bytes < budgetBytes ? undefined : `${bytes} bytes, of ${budgetBytes}`;
  add({ platform: 'all', runtime: '', how: 'npm pack', result: `${bytes} bytes` }, problem);
  return tarball;
}

prepare();
const tarball = await pack();
const { testInstalls } = await import('./installs.mjs');
const installed = await testInstalls(tarball);
await testConsumers(installed, tarball);
await testBundles(installed);
await testTools(installed, readFileSync(join(consumers, 'types.ts'), 'utf8'));
await testPlatforms(installed);
await testBroken(installed);
await testBuilt(installed);
if (print() > 0) process.exitCode = 1;
