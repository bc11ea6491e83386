// scripts/release/check-binary.mjs passes the addon that ships, and each of its checks fails a binary that breaks
// just what it holds: small fixtures, alike but for one thing.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  arm64Compiler,
  arm64Fixtures,
  checks,
  compileKernels,
  fixtures,
  linkFixture,
} from '../support/addon/binary-fixtures.ts';
import {
  addonFile,
  hasCommands,
  root,
  runToEnd,
  scratchDirectory,
  seamsFile,
} from '../support/repository.ts';

const script = `${root}scripts/release/check-binary.mjs`;
const linux = process.platform === 'linux';
const tools = linux && hasCommands('nm', 'readelf', 'objdump');

/** Why that file cannot be checked here, for a title; empty when it can. */
function lacking(file: string, needsTools = true): string {
  if (!linux) return ' (not Linux)';
  if (needsTools && !tools) return ' (no binutils here)';
  return existsSync(file) ? '' : ' (it is not built)';
}

interface Report {
  readonly exit: number | string;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  readonly text: string;
}

function check(file: string, env: NodeJS.ProcessEnv = process.env, ...options: string[]): Report {
  const args = [script, file, ...options];
  const { exit, stdout, stderr } = runToEnd(process.execPath, args, { env });
  assert.equal(stderr, '');
  const named = (word: string) =>
    stdout.split('\n').flatMap((line) => (line.startsWith(word) ? [line.slice(6)] : []));
  return { exit, failed: named('FAIL'), skipped: named('skip'), text: stdout };
}

describe('the binary', () => {
  it(`holds everything that check-binary.mjs checks${lacking(addonFile)}`, function () {
    if (lacking(addonFile)) this.skip();
    const { exit, failed, skipped, text } = check(addonFile);
    assert.deepEqual({ exit, failed }, { exit: 0, failed: [] }, text);
    if (process.arch === 'x64') assert.deepEqual(skipped, [], text);
    assert.match(text, /^ +\d+ bytes, \d+ of 838860 loaded/m);
  });

  it(`of the test build does not pass${lacking(seamsFile)}`, function () {
    if (lacking(seamsFile)) this.skip();
    const { exit, failed, text } = check(seamsFile);
    assert.equal(exit, 1);
    assert.ok(failed.includes('no test seams'), text);
    assert.match(text, /'MISH_TEST_' is in the file/);
  });

  const elsewhere = linux ? '' : ' (not Linux: the script skips every check)';
  it(`is reported when it is missing, and when it is no binary${elsewhere}`, function () {
    if (elsewhere) this.skip();
    for (const [file, said] of [
      ['no-such.node', 'no such file'],
      ['package.json', 'not an ELF file'],
    ]) {
      const { exit, text } = check(`${root}${file}`);
      assert.equal(exit, 1);
      assert.match(text, new RegExp(`^FAIL .*${file}: ${said}; npm run build:native`));
    }
  });

  const alone = lacking(addonFile, false);
  it(`is checked as far as possible without binutils, and that is said${alone}`, function () {
    if (alone) this.skip();
    const { exit, skipped } = check(addonFile, { ...process.env, PATH: '' });
    assert.equal(exit, 0);
    assert.equal(skipped.length, 8);
    for (const line of skipped)
      assert.match(line, /no (nm|readelf|objdump) here: install binutils/);
  });
});

const usable = tools && process.arch === 'x64' && hasCommands('c++', 'strip');
const needs = usable ? '' : ' (needs x86-64 Linux, binutils and a C++ compiler)';

describe(`check-binary.mjs${needs}`, () => {
  const directory = scratchDirectory();
  before(function () {
    if (usable) compileKernels(directory);
    else this.skip();
  });

  it('fails an addon without CUDA kernels only when they are asked for', () => {
    const file = linkFixture(directory, { fails: [] });
    const { exit, failed, text } = check(file, process.env, '--cuda');
    assert.deepEqual({ exit, failed }, { exit: 1, failed: [checks.cuda] });
    assert.match(text, /no fatbin in it: build with nvcc, or with MISH_CUDA_IMAGE/);
  });

  for (const [name, bytes, failed] of [
    ['whole', 32, []],
    ['cut off', 2 ** 30, [checks.cuda]],
  ] as const) {
    it(`with --cuda, looks for a fatbin: one that is ${name}`, () => {
      const header = `asm(".section .rodata\\n.quad 0x00100001ba55ed50, ${bytes - 16}, 0, 0\\n.text");`;
      const file = linkFixture(directory, { source: header, link: ['-s'], fails: [] });
      assert.deepEqual(check(file, process.env, '--cuda').failed, failed);
    });
  }

  for (const [name, fixture] of Object.entries(fixtures)) {
    const wanted = fixture.fails.length > 0 ? `fails ${fixture.fails.join(' and ')}` : 'passes';
    it(`${wanted}: ${name}`, () => {
      const { exit, failed, skipped, text } = check(linkFixture(directory, fixture));
      assert.deepEqual({ failed, skipped }, { failed: fixture.fails, skipped: [] }, text);
      assert.equal(exit, fixture.fails.length > 0 ? 1 : 0);
      if (fixture.says) assert.match(text, fixture.says);
    });
  }

  it('skips, by name, what a stripped binary no longer tells', () => {
    const file = linkFixture(directory, { fails: [] });
    assert.equal(runToEnd('strip', [file]).exit, 0);
    const { exit, failed, skipped } = check(file);
    assert.deepEqual({ exit, failed }, { exit: 0, failed: [] });
    const reason = 'the file is stripped: check it before it is';
    assert.deepEqual(skipped, [`${checks.avx}: ${reason}`, `${checks.vectors}: ${reason}`]);
  });
});

const cross = usable && hasCommands(arm64Compiler, 'aarch64-linux-gnu-objdump');
const needsCross = cross ? '' : ` (needs x86-64 Linux, binutils and ${arm64Compiler})`;

describe(`check-binary.mjs on arm64 binaries${needsCross}`, () => {
  const directory = scratchDirectory();
  before(function () {
    if (cross) compileKernels(directory, arm64Compiler);
    else this.skip();
  });

  for (const [name, fixture] of Object.entries(arm64Fixtures)) {
    const wanted = fixture.fails.length > 0 ? `fails ${fixture.fails.join(' and ')}` : 'passes';
    it(`${wanted}: ${name}`, () => {
      const file = linkFixture(directory, fixture, arm64Compiler);
      const { exit, failed, skipped, text } = check(file);
      assert.deepEqual(failed, fixture.fails, text);
      assert.deepEqual(skipped, [`${checks.avx}: arm64 has one level, nothing is dispatched`]);
      assert.equal(exit, fixture.fails.length > 0 ? 1 : 0);
      if (fixture.says) assert.match(text, fixture.says);
    });
  }

  it('with --no-scalar, fails a kernel with a little scalar arithmetic beside the packed', () => {
    const file = linkFixture(directory, { kernels: ['arm64'], fails: [] }, arm64Compiler);
    assert.deepEqual(check(file).failed, []);
    const { exit, failed, text } = check(file, process.env, '--no-scalar');
    assert.deepEqual({ exit, failed }, { exit: 1, failed: [checks.vectors] });
    assert.match(text, /[1-9]\d* packed v operations beside [1-9]\d* scalar ones/);
  });
});
