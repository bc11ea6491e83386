// The command line as a whole: help in 80 columns, exit codes, one sentence for what was typed wrong; doctor
// and check.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { backend, type DeviceInfo, probeDevices } from 'node-mish';
import { cli, failure } from '../support/cli/command-line.ts';
import { nowhere, nowhereCode } from '../support/errors.ts';
import { root, runToEnd, scratchDirectory } from '../support/repository.ts';

const commands = ['apply', 'plot', 'bench', 'check', 'doctor'];
const native = backend.name === 'native';
const posix = process.platform !== 'win32';

function assertReadable(text: string): void {
  for (const line of text.split('\n')) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  assert.ok(!text.includes('\x1b'), 'no colour when piped');
}

describe('node-mish', () => {
  it('tells its commands, and each of them what it does with examples', () => {
    const general = cli(['--help']);
    assert.deepEqual({ ...general, stdout: '' }, { exit: 0, stdout: '', stderr: '' });
    assertReadable(general.stdout);
    for (const command of commands) {
      assert.match(general.stdout, new RegExp(`^  ${command} `, 'm'));
      const help = cli([command, '--help']);
      assert.equal(help.exit, 0);
      assertReadable(help.stdout);
      assert.match(help.stdout, new RegExp(`^Examples:\n.*node-mish ${command}`, 'ms'));
      assert.equal(cli(['help', command]).stdout, help.stdout);
      assert.equal(cli([command, 'x', '-h']).stdout, help.stdout);
    }
  });

  it('without anything: its commands, and exit code 2', () => {
    assert.deepEqual(cli([]), { ...cli(['help']), exit: 2 });
  });

  it('tells its version', () => {
    assert.deepEqual(cli(['--version']), { exit: 0, stdout: `${backend.version}\n`, stderr: '' });
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['frob', /expected a command \(apply, .*\); got 'frob'\. See node-mish --help\./],
    ['help frob', /expected a command/],
    ['doctor now', /expected flags only; got 'now'\. See node-mish doctor --help\./],
    ['doctor --frob', /Unknown option '--frob'/],
    ['check --device', /--device.*argument missing/],
    ['check --json=yes', /--json.*does not take an argument/],
    ['--frob', /expected a command/],
    ['check --device gpu', /--device: expected cpu, js, .*; got 'gpu'/],
    ['check --device=', /--device: .*got ''/],
    ['apply x.npy -o --dtype', /^2 ERR_MISH_ARGUMENT [^\n]*ambiguous[^\n]*$/],
    ['apply x.npy -o=y.npy', /-o: expected a space/],
    ['apply -o y.npy -- --help --json x', /expected one file to read; got '--json' too/],
  ];
  for (const [line, message] of wrong) {
    it(`exits with 2: ${line}`, () => {
      const told = failure(cli(line.split(' ')));
      assert.match(told, /^2 ERR_MISH_ARGUMENT /);
      assert.match(told, message);
    });
  }

  it('shows what could steer a terminal instead of sending it', () => {
    const { stderr } = cli(['\x1b[31mred\x07\u202e\n']);
    assert.match(stderr, /\\u\{1b\}\[31mred\\u\{7\}\\u\{202e\}\\u\{a\}/);
    assert.ok(!['\x1b', '\x07', '\u202e'].some((character) => stderr.includes(character)));
  });

  const full = existsSync('/dev/full') ? '' : ' (no /dev/full)';
  it(`fails in a sentence where it cannot print${full}`, function () {
    if (full) this.skip();
    const run = (line: string) =>
      runToEnd('sh', ['-c', `"${process.execPath}" "${root}dist/cli.cjs" ${line}`]);
    const { exit, stderr } = run('doctor >/dev/full');
    assert.equal(exit, 1);
    assert.match(stderr, /^node-mish: standard output: no space left.* \(ENOSPC\)\n$/);
    assert.deepEqual(run('frob 2>/dev/full'), { exit: 2, stdout: '', stderr: '' });
  });

  const shell = posix ? '' : ' (no sh)';
  it(`says nothing when whoever reads has enough${shell}`, function () {
    if (shell) this.skip();
    const line = `"${process.execPath}" "${root}dist/cli.cjs" check --json | true`;
    assert.deepEqual(runToEnd('sh', ['-c', line]), { exit: 0, stdout: '', stderr: '' });
  });
});

/** A copy of the package without addon, to damage; the path of its command. */
function copyOfPackage(directory: string, cliFile = 'dist/cli.cjs'): string {
  for (const part of ['package.json', dirname(cliFile)]) {
    cpSync(`${root}${part}`, join(directory, part), { recursive: true });
  }
  cpSync(`${root}node_modules/node-gyp-build`, join(directory, 'node_modules/node-gyp-build'), {
    recursive: true,
  });
  return join(directory, cliFile);
}

interface OutputModule {
  table(rows: readonly (readonly string[])[], indent?: string): string[];
  wrap(text: string, indent?: string): string[];
}
const { table, wrap } = (await import(`${root}build/src/cli/output.js`)) as OutputModule;

describe('a table', () => {
  it('has its columns one under the other, in colour too, within 80', () => {
    const long = Array(30).fill('word').join(' ');
    const plain = table([
      ['a', 'yes', 'b'],
      ['long', 'no', long],
    ]);
    assert.deepEqual(plain.slice(0, 1), ['  a     yes  b']);
    assert.ok(plain.length > 2 && plain.every((line) => line.length <= 80));
    assert.match(plain[2]!, /^ {13}word/);
    const painted = table([
      ['a', '\x1b[32myes\x1b[0m', 'b'],
      ['long', '\x1b[33mno\x1b[0m', long],
    ]);
    const unpainted = painted.map((line) => line.replaceAll('\x1b[', '').replace(/3\dm|0m/g, ''));
    assert.deepEqual(unpainted, plain);
  });

  it('breaks lines at spaces only, and keeps the first indent', () => {
    const path = 'p'.repeat(100);
    assert.deepEqual(wrap(`  - ${path}: no such file`, '    '), [
      '  -',
      `    ${path}:`,
      '    no such file',
    ]);
  });
});

describe('node-mish doctor', () => {
  it('tells a person', () => {
    const { exit, stdout, stderr } = cli(['doctor']);
    assert.deepEqual([exit, stderr], [0, '']);
    assertReadable(stdout.replaceAll(root, '/'));
    for (const fact of [
      backend.version,
      process.versions.node,
      `${process.platform}-${process.arch}`,
    ]) {
      assert.ok(stdout.includes(fact), fact);
    }
    assert.match(stdout, /^threads +\d+: \w/m);
    assert.match(stdout, /^ {2}js +yes/m);
    assert.match(stdout, /^ {2}cuda:0 +(yes|no) +\w/m);
    if (native) assert.ok(stdout.includes(backend.file!) && stdout.includes(backend.isa!));
    else assert.match(stdout, /^ {2}cpu +no/m);
    if (process.platform === 'linux') assert.match(stdout, /^libc +(glibc \d|musl)/m);
  });

  it('tells a program', async () => {
    const report = JSON.parse(cli(['doctor', '--json']).stdout);
    assert.equal(report.version, backend.version);
    assert.equal(report.native.file, backend.file);
    assert.equal(report.native.isa, backend.isa);
    if (native) assert.match(report.native.compiler, /(gcc|clang|Clang)[^\d]*\d+\./);
    // But for the memory of a GPU, of which more or less is free at any time.
    const told = (list: readonly DeviceInfo[]) =>
      JSON.parse(JSON.stringify(list.map(({ memory: _, ...info }) => info)));
    assert.deepEqual(told(report.devices), told(await probeDevices()));
  });

  it('tells what was tried where the addon is missing', () => {
    const file = copyOfPackage(scratch);
    const { exit, stdout } = cli(['doctor'], { file });
    assert.equal(exit, 0);
    assert.match(stdout, /^native +none is loaded/m);
    assert.match(stdout, /^ {2}cpu +no /m);
    assert.match(stdout, /build\/Release\/node-mish\.node: no such file/);
    assert.match(stdout, /What would help:\n/);
  });
  const scratch = scratchDirectory();

  it('exits with 1 when an environment variable makes every call fail', () => {
    const { exit, stdout } = cli(['doctor'], { env: { NODE_MISH_ISA: 'sse2' } });
    assert.equal(exit, 1);
    assert.match(stdout, /^NODE_MISH_ISA +sse2$/m);
    assert.match(stdout, /expected .*; got 'sse2'/s);
    assertReadable(stdout.replaceAll(root, '/'));
    for (const spec of ['gpu', nowhere]) {
      const told = cli(['doctor'], { env: { NODE_MISH_DEVICE: spec } });
      assert.equal(told.exit, 1);
      assert.match(told.stdout, new RegExp(`^NODE_MISH_DEVICE +${spec}$`, 'm'));
      assert.match(
        told.stdout,
        new RegExp(`^(NODE_MISH_DEVICE: expected|device '${spec}' cannot)`, 'm'),
      );
    }
  });
});

describe('node-mish check', () => {
  it('finds every device here right', () => {
    const { exit, stdout, stderr } = cli(['check']);
    assert.deepEqual([exit, stderr], [0, '']);
    assertReadable(stdout);
    const rows = stdout.match(/^(js|cpu) .*ok {2,}.*$/gm) ?? [];
    assert.equal(rows.length, native ? 8 : 4);
    assert.match(stdout, /^cuda:0( .*ok {2}|: not checked; \w)/m);
    assert.ok(rows.every((row) => row.match(/ok/g)?.length === 5));
    assert.match(stdout, /as it should be/);
    if (!native) assert.match(stdout, /^cpu: not checked; /m);
  });

  it('checks the device named, for a program', () => {
    const { exit, stdout } = cli(['check', '--device', 'js', '--json']);
    const { ok, results, failures } = JSON.parse(stdout);
    assert.deepEqual([exit, ok, failures], [0, true, []]);
    assert.deepEqual(
      results.map(({ device, dtype }: Record<string, string>) => `${device} ${dtype}`),
      ['js float32', 'js float64', 'js float16', 'js bfloat16'],
    );
  });

  it('refuses a device that is not there, or a wrong environment', () => {
    assert.match(failure(cli(['check', '--device', nowhere])), new RegExp(`^1 ${nowhereCode()} `));
    const env = { NODE_MISH_ISA: 'sse2' };
    assert.match(failure(cli(['check'], { env })), /^1 ERR_MISH_ARGUMENT NODE_MISH_ISA/);
  });

  // [kernels, what is put in place of what there, the first wrong result, are half types wrong too]
  const damages: readonly (readonly [string, string, string, RegExp, boolean])[] = [
    [
      'float32',
      '(w * bracket) / (d * d);',
      '(w * bracket) / (d * d) * 1.0000001;',
      /js float32 deriv/,
      true, // they are computed by the functions of float32
    ],
    [
      'float64',
      '= forwardAt(x[i]',
      '= 1.000000000000002 * forwardAt(x[i]',
      /js float64 forward: x = /,
      false,
    ],
    [
      'float32',
      'return -0',
      'return 0',
      /js float32 derivative: x = -Inf.*expected -0, got 0/,
      true,
    ],
    ['kernels', 'ddx, gradDy', 'x, gradDy', /js float64 double: x = /, false],
    ['float32-arrays', '* factors[', '+ factors[', /js float32 double: x = /, false],
  ];
  for (const [name, what, instead, message, alsoHalf] of damages) {
    it(`finds ${instead} in ${name}.js`, () => {
      const directory = join(scratch, String(copies++));
      const file = copyOfPackage(directory, 'build/src/cli.js');
      const kernel = join(directory, `build/src/backend/js/${name}.js`);
      const text = readFileSync(kernel, 'utf8');
      assert.ok(text.includes(what));
      writeFileSync(kernel, text.replaceAll(what, instead));
      const { exit, stdout } = cli(['check'], { file });
      assert.equal(exit, 1, stdout);
      assert.match(stdout, /WRONG/);
      assert.match(stdout, message);
      const { ok, failures } = JSON.parse(cli(['check', '--json'], { file }).stdout);
      assert.equal(ok, false);
      const ofHalf = failures.some(({ x }: { x: string }) => x === 'each of 65,536');
      assert.equal(ofHalf, alsoHalf);
    });
  }
  const scratch = scratchDirectory();
  let copies = 0;

  it('compares with what the vectors say', () => {
    const script = `${root}scripts/constants/generate-check-values.mjs`;
    assert.ok(existsSync(script));
    const { exit, stderr } = runToEnd(process.execPath, [script, '--check'], { cwd: root });
    assert.deepEqual([exit, stderr], [0, '']);
  });
});

describe('the command in a checkout', () => {
  it('keeps its run bit, by which npx starts it', function () {
    if (process.platform === 'win32') this.skip();
    assert.equal(statSync(`${root}dist/cli.cjs`).mode & 0o111, 0o111);
    const { exit, stdout } = runToEnd(`${root}dist/cli.cjs`, ['--version']);
    assert.equal(exit, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
