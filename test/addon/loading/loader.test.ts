// A package whose addon is missing, damaged, foreign or refused still computes, on the JS kernels, and
// says in backend.reason which file failed and why. It never crashes and never prints.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  foreign,
  install,
  listPrebuilds,
  mishOf1,
  noCompiler,
  platform,
  stale,
  told,
  version,
} from '../../support/addon/installed.ts';
import { addonFile, root, scratchDirectory, seamsFile } from '../../support/repository.ts';

/** The ABI number that the loader asks for. */
const loader = readFileSync(`${root}build/src/backend/native/load.js`, 'utf8');
const abi = Number(/expectedAbi = (\d+)/.exec(loader)![1]);

const linux = process.platform === 'linux';

interface Case {
  readonly name: string;
  /** The condition under which it cannot be tried, in words; undefined when it can. */
  readonly skip?: string | false;
  /** Puts the file there, or does not. */
  readonly plant: (file: string) => void;
  readonly flags?: readonly string[];
  readonly seams?: Record<string, string>;
  readonly reason: RegExp;
  /** The reason does not name the file: it is loaded and works, but not on this CPU. */
  readonly loaded?: boolean;
}

const noAddon = !existsSync(addonFile) && 'the addon is not built';
const noSeams = !existsSync(seamsFile) && 'the test build of the addon is not built';
const noElf = !linux && 'not Linux: only there are headers read before loading';

const real = () => readFileSync(addonFile);
const copyTo = (from: string) => (file: string) => copyFileSync(from, file);

const cases: readonly Case[] = [
  { name: 'no file', plant: () => {}, reason: /no such file/ },
  {
    name: 'an empty file',
    skip: noElf,
    plant: (file) => writeFileSync(file, ''),
    reason: /truncated: 0 bytes/,
  },
  {
    name: 'half of the addon',
    skip: noElf || noAddon,
    plant: (file) => writeFileSync(file, real().subarray(0, real().length >> 1)),
    reason: /truncated: \d+ bytes of at least \d+/,
  },
  {
    name: 'all but the last byte of the addon',
    skip: noElf || noAddon,
    plant: (file) => writeFileSync(file, real().subarray(0, -1)),
    reason: /truncated: \d+ bytes of at least \d+/,
  },
  {
    name: 'the addon with zeros from its middle on',
    skip: noElf || noAddon,
    plant: (file) => writeFileSync(file, real().fill(0, real().length >> 1)),
    reason: /damaged: where its section table ends there are only zeros/,
  },
  {
    name: 'an addon for another CPU',
    skip: noElf || noAddon,
    plant: foreign,
    reason: new RegExp(`built for (arm64|x64), but this Node is ${process.arch}`),
  },
  {
    name: 'text',
    skip: noElf,
    plant: (file) => writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\n'.repeat(9)),
    reason: /not an ELF file/,
  },
  {
    name: 'a directory',
    skip: noElf,
    plant: (file) => mkdirSync(file),
    reason: /EISDIR/,
  },
  {
    name: 'a dangling link',
    skip: !linux && 'not Linux',
    plant: (file) => symlinkSync('nowhere.node', file),
    reason: /no such file/,
  },
  {
    name: 'an addon of another ABI number',
    skip: noCompiler,
    plant: stale(0),
    reason: new RegExp(
      `stale build: its ABI number is 0, this version of node-mish needs ${abi}\\.?$`,
      'm',
    ),
  },
  {
    name: 'an addon of this ABI number that lacks operations',
    skip: noCompiler,
    plant: stale(abi),
    reason: /is a stale build without forward, derivative, .*, float32, /,
    loaded: true,
  },
  {
    name: 'node --no-addons',
    skip: noAddon,
    plant: copyTo(addonFile),
    flags: ['--no-addons'],
    reason: /ERR_DLOPEN_DISABLED/,
  },
  {
    name: 'a CPU without AVX2',
    skip: noSeams || (process.arch !== 'x64' && 'not x86-64'),
    plant: copyTo(seamsFile),
    seams: { MISH_TEST_X86_64_LEVEL: '1' },
    reason: /this CPU has no AVX2 and FMA \(x86-64-v3\)/,
    loaded: true,
  },
  {
    name: 'no memory while the addon is initialised',
    skip: noSeams,
    plant: copyTo(seamsFile),
    seams: { MISH_TEST_FAIL_ALLOCATION: '1' },
    reason: /out of memory while the addon was initialised/,
  },
];

describe('loading the addon', () => {
  const directory = realpathSync(scratchDirectory());
  let file = '';
  beforeEach(() => {
    rmSync(join(directory, 'build'), { recursive: true, force: true });
    file = install(directory);
  });

  const reason = noAddon ? ` (${noAddon})` : '';
  it(`uses the addon when it is intact${reason}`, function () {
    if (noAddon) this.skip();
    copyFileSync(addonFile, file);
    const { backend, value, cpuCode } = told(directory);
    assert.deepEqual({ ...backend, isa: 0 }, { name: 'native', file, isa: 0, version });
    assert.match(backend.isa ?? '', /^(x86-64-v[34]|arm64)$/);
    assert.deepEqual({ value, cpuCode }, { value: mishOf1, cpuCode: null });
  });

  for (const { name, skip, plant, flags = [], seams = {}, reason, loaded } of cases) {
    it(`falls back to JS, and says why: ${name}${skip ? ` (${skip})` : ''}`, function () {
      if (skip) this.skip();
      plant(file);
      const { backend, value, cpuCode } = told(directory, flags, seams);
      assert.deepEqual({ value, cpuCode }, { value: mishOf1, cpuCode: 'ERR_MISH_NATIVE' });
      assert.deepEqual([backend.name, backend.isa, backend.version], ['js', undefined, version]);
      assert.match(backend.reason ?? '', reason);
      assert.equal(backend.file, loaded ? file : undefined);
      if (!loaded) assert.ok(backend.reason?.includes(`${file}: `), backend.reason);
    });
  }

  it(`takes the shipped binary where the local build cannot be used${reason}`, function () {
    if (noAddon) this.skip();
    writeFileSync(file, 'damaged');
    const shipped = join(directory, 'prebuilds', platform);
    mkdirSync(shipped, { recursive: true });
    copyFileSync(addonFile, join(shipped, 'node-mish.node'));
    listPrebuilds(directory);
    const { backend } = told(directory);
    assert.deepEqual([backend.name, backend.file], ['native', join(shipped, 'node-mish.node')]);
    rmSync(join(directory, 'prebuilds'), { recursive: true });
  });

  it(`takes what node-gyp-build finds where NODE_MISH_PREBUILD says${reason}`, function () {
    if (noAddon) this.skip();
    const elsewhere = join(directory, 'elsewhere');
    const found = join(elsewhere, 'prebuilds', platform, 'node-mish.napi.node');
    mkdirSync(dirname(found), { recursive: true });
    copyFileSync(addonFile, found);
    const { backend } = told(directory, [], { NODE_MISH_PREBUILD: elsewhere });
    assert.deepEqual([backend.name, backend.file], ['native', found]);
  });

  it(`opens no addon of another name, and finds its own beside one${reason}`, function () {
    if (noAddon) this.skip();
    const others = join(directory, 'others', 'prebuilds', platform);
    mkdirSync(others, { recursive: true });
    copyFileSync(addonFile, join(others, 'another.napi.node')); // would work, and is not ours
    const variables = { NODE_MISH_PREBUILD: join(directory, 'others') };
    assert.equal(told(directory, [], variables).backend.name, 'js');
    const own = join(others, 'node-mish.node');
    copyFileSync(addonFile, own);
    assert.equal(told(directory, [], variables).backend.file, own);
  });
});
