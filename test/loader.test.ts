// A package whose addon is missing, damaged, foreign or refused still computes, on the JS kernels, and
// says in backend.reason which file failed and why. It never crashes and never prints.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  addonFile,
  hasCommands,
  root,
  runToEnd,
  scratchDirectory,
  seamsFile,
} from './support/repository.ts';

interface Told {
  readonly backend: {
    readonly name: string;
    readonly file?: string;
    readonly isa?: string;
    readonly reason?: string;
    readonly version: string;
  };
  readonly value: number;
  readonly cpuCode: string | null;
}

/** What a user's process sees; the last line that it prints is ours. */
const program = `
import { backend, device, mish } from 'node-mish';
let cpuCode = null;
const [value] = mish(new Float32Array([1]));
try { device('cpu'); } catch (error) { cpuCode = error.code; }
const { name, file, isa, reason, version } = backend;
console.log(JSON.stringify({ backend: { name, file, isa, reason, version }, value, cpuCode }));
`;

const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
const linux = process.platform === 'linux';

/** An installed package without an addon, and where its addon would be. */
function install(directory: string): string {
  for (const part of ['package.json', 'dist', 'node_modules/node-gyp-build']) {
    cpSync(`${root}${part}`, join(directory, part), { recursive: true });
  }
  writeFileSync(join(directory, 'main.mjs'), program);
  const place = join(directory, 'build/Release');
  mkdirSync(place, { recursive: true });
  return join(place, 'node-mish.node');
}

function told(directory: string, flags: readonly string[], seams: Record<string, string>): Told {
  const env = { ...process.env, ...seams };
  for (const name of ['NODE_MISH_ISA', 'NODE_MISH_DEVICE', 'NODE_OPTIONS']) delete env[name];
  const outcome = runToEnd(process.execPath, [...flags, 'main.mjs'], { cwd: directory, env });
  assert.deepEqual({ exit: outcome.exit, stderr: outcome.stderr }, { exit: 0, stderr: '' });
  const lines = outcome.stdout.split('\n');
  assert.equal(lines.length, 2, outcome.stdout);
  return JSON.parse(lines[0]!) as Told;
}

/** f(1), correctly rounded to float32. */
const mishOf1 = Math.fround(0.8650983882673103);

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

/** The real addon, of another CPU: e_machine is 16 bits at 18. */
function foreign(file: string): void {
  const bytes = real();
  bytes.writeUInt16LE(process.arch === 'x64' ? 183 : 62, 18);
  writeFileSync(file, bytes);
}

/** An addon of that ABI number and without operations, from the C headers of Node-API. */
const stale = (abi: number) => (file: string) => {
  const source = `${file}.c`;
  writeFileSync(
    source,
    `#include <node_api.h>
NAPI_MODULE_INIT() {
  napi_value abi, none;
  napi_create_int32(env, ${abi}, &abi);
  napi_create_array(env, &none);
  napi_set_named_property(env, exports, "abi", abi);
  napi_set_named_property(env, exports, "ops", none);
  napi_set_named_property(env, exports, "dtypes", none);
  napi_set_named_property(env, exports, "levels", none);
  return exports;
}`,
  );
  const headers = `-I${root}node_modules/node-api-headers/include`;
  const { exit, stderr } = runToEnd('cc', ['-shared', '-fPIC', headers, source, '-o', file]);
  assert.equal(exit, 0, stderr);
};
const noCompiler = (!linux && 'not Linux') || (!hasCommands('cc') && 'no C compiler');

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
    reason: /stale build: its ABI number is 0, this version of node-mish needs 6/,
  },
  {
    name: 'an addon of this ABI number that lacks operations',
    skip: noCompiler,
    plant: stale(6),
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
    const { backend, value, cpuCode } = told(directory, [], {});
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

  it(`takes the shipped binary where there is no local build${reason}`, function () {
    if (noAddon) this.skip();
    const shipped = join(directory, 'prebuilds', `${process.platform}-${process.arch}`);
    mkdirSync(shipped, { recursive: true });
    writeFileSync(file, 'damaged'); // and where the local build cannot be used
    copyFileSync(addonFile, join(shipped, 'node-mish.node'));
    const { backend } = told(directory, [], {});
    assert.deepEqual([backend.name, backend.file], ['native', join(shipped, 'node-mish.node')]);
    rmSync(join(directory, 'prebuilds'), { recursive: true });
  });

  it(`takes what node-gyp-build finds under another name${reason}`, function () {
    if (noAddon) this.skip();
    const shipped = join(directory, 'prebuilds', `${process.platform}-${process.arch}`);
    mkdirSync(shipped, { recursive: true });
    copyFileSync(addonFile, join(shipped, 'addon.napi.node'));
    const { backend } = told(directory, [], {});
    assert.deepEqual([backend.name, backend.file], ['native', join(shipped, 'addon.napi.node')]);
    rmSync(join(directory, 'prebuilds'), { recursive: true });
  });
});
