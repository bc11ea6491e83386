// A shipped binary is opened when it is what was packed, and only then: absent, empty, truncated, changed,
// foreign, useless or refused, it leaves the JS kernels to compute, with the reason and what would help.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  compileAddon,
  foreign,
  install,
  listPrebuilds,
  mishOf1,
  noCompiler,
  platform,
  stale,
  told,
} from '../../support/addon/installed.ts';
import { addonFile, scratchDirectory } from '../../support/repository.ts';

interface Case {
  readonly name: string;
  readonly skip?: string | false;
  /** What is done to the intact, listed file after it was packed. */
  readonly change?: (file: string) => void;
  /** What was packed, instead of the addon. */
  readonly pack?: (file: string) => void;
  readonly flags?: readonly string[];
  readonly reason: RegExp;
  /** The first remedy told. */
  readonly remedy: RegExp;
}

const noAddon = !existsSync(addonFile) && 'the addon is not built';
const linux = process.platform === 'linux';
const noElf = !linux && 'not Linux: only there are headers read before loading';
const [major] = process.versions.node.split('.').map(Number);
const permission = major! < 22 ? '--experimental-permission' : '--permission';

/** Another value in the middle, where there is code or data; nothing else tells. */
function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
}

const reinstall = /^install it again, .*: rm -rf node_modules\/node-mish && npm install$/;
const build = /^compile it here, .*: npx node-mish build$/;
const allow =
  /^start Node without --no-addons and, under --permission, with --allow-addons and --allow-fs-read of this package; start Deno with --allow-read and --allow-ffi$/;

const cases: readonly Case[] = [
  { name: 'none was packed', pack: () => {}, reason: /no such file$/, remedy: build },
  {
    name: 'it is absent',
    change: (file) => rmSync(file),
    reason: /no such file, though it was packed$/,
    remedy: reinstall,
  },
  {
    name: 'it is empty',
    change: (file) => writeFileSync(file, ''),
    reason: /damaged: 0 bytes, \d+ were packed/,
    remedy: reinstall,
  },
  {
    name: 'it is truncated',
    change: (file) => writeFileSync(file, readFileSync(file).subarray(0, -1)),
    reason: /damaged: \d+ bytes, \d+ were packed/,
    remedy: reinstall,
  },
  {
    name: 'it has a byte too many',
    change: (file) => appendFileSync(file, '\n'),
    reason: /damaged: \d+ bytes, \d+ were packed/,
    remedy: reinstall,
  },
  {
    name: 'a bit of it is another',
    change: flipBit,
    reason: /damaged: its SHA-256 is [0-9a-f]{64}, [0-9a-f]{64} was packed/,
    remedy: reinstall,
  },
  {
    name: 'it is a directory',
    change: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    reason: /damaged: \d+ bytes, \d+ were packed/,
    remedy: reinstall,
  },
  {
    name: 'it was packed for another CPU',
    skip: noElf,
    pack: foreign,
    reason: new RegExp(`built for (arm64|x64), but this Node is ${process.arch}`),
    remedy: build,
  },
  {
    name: 'it has no entry point',
    skip: noCompiler,
    pack: (file) => compileAddon(file, 'int nothing(void) { return 1; }'),
    reason: /ERR_DLOPEN_FAILED: Module did not self-register/,
    remedy: build,
  },
  {
    name: 'it needs what the system lacks',
    skip: noCompiler,
    pack: (file) =>
      compileAddon(
        file,
        'int no_such_function(void); NAPI_MODULE_INIT() { no_such_function(); return exports; }',
      ),
    reason: /ERR_DLOPEN_FAILED: .*no_such_function/,
    remedy: build,
  },
  {
    name: 'it is of another ABI number',
    skip: noCompiler,
    pack: stale(0),
    reason: /stale build: its ABI number is 0/,
    remedy: build,
  },
  {
    name: 'node --no-addons',
    flags: ['--no-addons'],
    reason: /ERR_DLOPEN_DISABLED/,
    remedy: allow,
  },
  {
    name: 'the permission model',
    flags: [permission, '--allow-fs-read=*'],
    reason: /ERR_DLOPEN_DISABLED/,
    remedy: allow,
  },
  {
    name: 'the permission model, which hides the file',
    // What is left is the package without prebuilds/.
    flags: [
      permission,
      ...['main.mjs', 'package.json', 'dist/*', 'node_modules/*'].map(
        (part) => `--allow-fs-read=${part}`,
      ),
    ],
    reason: /ERR_ACCESS_DENIED/,
    remedy: allow,
  },
];

const skipped = noAddon ? ` (${noAddon})` : '';
describe(`a shipped binary${skipped}`, () => {
  const directory = realpathSync(scratchDirectory());
  const file = join(directory, 'prebuilds', platform, 'node-mish.node');

  beforeEach(function () {
    if (noAddon) this.skip();
    rmSync(dirname(file), { recursive: true, force: true });
    install(directory);
    mkdirSync(dirname(file), { recursive: true });
  });

  it('is opened when it is what was packed', () => {
    copyFileSync(addonFile, file);
    listPrebuilds(directory);
    const { backend, value } = told(directory);
    assert.deepEqual([backend.name, backend.file, value], ['native', file, mishOf1]);
  });

  it('is refused when it was not packed', () => {
    copyFileSync(addonFile, file);
    const { backend } = told(directory);
    assert.equal(backend.name, 'js');
    assert.ok(backend.reason?.includes(`${file}: this package was packed without a binary for `));
  });

  for (const { name, skip, change, pack, flags = [], reason, remedy } of cases) {
    it(`leaves the JS kernels to compute when ${name}${skip ? ` (${skip})` : ''}`, function () {
      if (skip) this.skip();
      if (pack) pack(file);
      else copyFileSync(addonFile, file);
      listPrebuilds(directory);
      change?.(file);
      const { backend, value, cpuCode } = told(directory, flags);
      assert.deepEqual([backend.name, value, cpuCode], ['js', mishOf1, 'ERR_MISH_NATIVE']);
      const said = backend.reason ?? '';
      const line = said.split('\n').find((each) => each.startsWith(`  - ${file}: `));
      assert.match(line ?? said, reason);
      const [, help = said] = said.split('What would help:\n  - ');
      assert.match(help.split('\n')[0]!, remedy);
    });
  }
});
