// The promises of the shipped kernels, at a sample of all inputs and at the hardest ones, by the program that
// npm run verify:exhaustive runs over all of them.
import assert from 'node:assert/strict';
import { hasCommands, root, runToEnd, userEnvironment } from '../support/repository.ts';

const [compiler = 'c++'] = (process.env['CXX'] || 'c++').split(/\s+/);
const tools = ['cmake', compiler].filter((tool) => !hasCommands(tool));
const missing = tools.length > 0 ? ` (missing: ${tools.join(', ')})` : '';

describe(`npm run verify${missing}`, () => {
  it('holds every claim', function () {
    if (missing) this.skip();
    this.timeout(300_000); // it compiles the kernels and itself, 10 s of one core, and runs 15 s
    const verify = [`${root}scripts/test/verify.mjs`, '--sampled'];
    const { exit, stdout, stderr } = runToEnd(process.execPath, verify, { env: userEnvironment() });
    assert.equal(exit, 0, `${stdout}${stderr}`);
    assert.match(stdout, /Every claim holds|^skipped: this CPU/m);
  });
});

const elsewhere =
  process.platform === 'linux' && process.arch === 'x64' ? '' : ' (not x86-64 Linux)';

describe(`npm run verify:arm64${elsewhere}`, () => {
  it('names the tools that are missing, and what to install', function () {
    if (elsewhere) this.skip();
    const env = { ...process.env, PATH: '' };
    const arm64 = [`${root}scripts/test/verify.mjs`, '--arm64'];
    const { exit, stderr } = runToEnd(process.execPath, arm64, { env });
    assert.equal(exit, 1);
    assert.match(
      stderr,
      /no cmake, clang\+\+-19, aarch64-linux-gnu-ld, .*qemu-aarch64-static here/,
    );
    assert.match(
      stderr,
      /apt-get install cmake clang-19 g\+\+-aarch64-linux-gnu .*qemu-user-static/,
    );
  });
});
