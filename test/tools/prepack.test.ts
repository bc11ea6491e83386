// npm packs no package that lacks a binary or has a wrong one: the check that runs before, on files that have
// just the headers that it reads.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, runToEnd, scratchDirectory } from '../support/repository.ts';

/** A fatbin's header, which says that 16 bytes follow, and those. */
const fatbin = Buffer.from(`50ed55ba010010001000000000000000${'00'.repeat(16)}`, 'hex');

/** The headers of a binary, and what comes after them. */
function binary(system: string, cpu: number, content: Buffer = fatbin): Buffer {
  const header = Buffer.alloc(4096);
  if (system === 'linux') {
    header.write('7f454c46', 'hex');
    header.writeUInt16LE(cpu, 18);
  } else if (system === 'darwin') {
    header.writeUInt32LE(0xfeedfacf);
    header.writeUInt32LE(cpu, 4);
  } else {
    header.write('4d5a9000', 'hex');
    header.writeUInt32LE(128, 60);
    header.write('PE\0\0', 128);
    header.writeUInt16LE(cpu, 132);
  }
  return Buffer.concat([header, content]);
}

const x64 = { linux: 62, darwin: 0x01000007, win32: 0x8664 };
const arm64 = { linux: 183, darwin: 0x0100000c, win32: 0xaa64 };
const none = Buffer.alloc(0);

const whole: Readonly<Record<string, Buffer>> = {
  'linux-x64': binary('linux', x64.linux),
  'linux-arm64': binary('linux', arm64.linux),
  'darwin-x64': binary('darwin', x64.darwin, none),
  'darwin-arm64': binary('darwin', arm64.darwin, none),
  'win32-x64': binary('win32', x64.win32),
  'win32-arm64': binary('win32', arm64.win32, none),
};

type Change = Readonly<Record<string, Buffer | undefined>>;
const cases: readonly (readonly [name: string, change: Change, says: RegExp])[] = [
  ['a missing one', { 'darwin-x64': undefined }, /darwin-x64\/node-mish.node is missing/],
  [
    "another CPU's",
    { 'win32-x64': binary('win32', arm64.win32) },
    /win32-x64\/node-mish.node is for win32-arm64/,
  ],
  [
    "another system's",
    { 'darwin-arm64': binary('linux', arm64.linux) },
    /darwin-arm64\/node-mish.node is for linux-arm64/,
  ],
  ['an empty one', { 'linux-x64': none }, /linux-x64\/node-mish.node is for nothing: it is too/],
  ['text', { 'linux-x64': Buffer.alloc(5000, 'text') }, /is for nothing that is known/],
  [
    'one without CUDA kernels',
    { 'linux-arm64': binary('linux', arm64.linux, none) },
    /linux-arm64\/node-mish.node has no CUDA kernels/,
  ],
  [
    'one whose CUDA kernels are cut off',
    { 'win32-x64': binary('win32', x64.win32, fatbin.subarray(0, -1)) },
    /win32-x64\/node-mish.node has no CUDA kernels/,
  ],
  [
    'a test build',
    { 'linux-x64': binary('linux', x64.linux, Buffer.concat([fatbin, Buffer.from('MISH_TEST_')])) },
    /linux-x64\/node-mish.node is a test build/,
  ],
];

describe('what may be packed', () => {
  const directory = scratchDirectory();
  before(() => {
    for (const name of ['root', 'release/prepack', 'release/fatbin', 'release/list-prebuilds']) {
      const script = `scripts/${name}.mjs`;
      cpSync(`${root}${script}`, join(directory, script));
    }
  });

  const address = 'https://example.org/somebody/node-mish';
  const addresses = { homepage: address, bugs: { url: address }, repository: { url: address } };

  function prepack(change: Change, ...flags: string[]) {
    return prepackOf(addresses, change, ...flags);
  }

  function prepackOf(manifest: object, change: Change, ...flags: string[]) {
    writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
    rmSync(join(directory, 'prebuilds'), { recursive: true, force: true });
    for (const [platform, content] of Object.entries({ ...whole, ...change })) {
      const file = join(directory, 'prebuilds', platform, 'node-mish.node');
      mkdirSync(dirname(file), { recursive: true });
      if (content) writeFileSync(file, content);
    }
    return runToEnd(process.execPath, [join(directory, 'scripts/release/prepack.mjs'), ...flags]);
  }

  it('is a package with the binaries of every platform', () => {
    assert.deepEqual(prepack({}, '--release'), { exit: 0, stdout: '', stderr: '' });
  });

  it('is one with those of Linux only, unless it is released', () => {
    const change = Object.fromEntries(
      Object.keys(whole).map((name) => [name, name.startsWith('linux') ? whole[name] : undefined]),
    );
    assert.equal(prepack(change).exit, 0);
    const { exit, stderr } = prepack(change, '--release');
    assert.equal(exit, 1);
    assert.equal(stderr.match(/ is missing$/gm)?.length, 4);
  });

  it('is no release whose addresses are missing or placeholders, each named', () => {
    const placeholder = 'https://github.com/OWNER/node-mish';
    const manifests = [
      {},
      { homepage: placeholder, bugs: { url: placeholder }, repository: { url: placeholder } },
    ];
    for (const manifest of manifests) {
      assert.equal(prepackOf(manifest, {}).exit, 0, 'it may be packed');
      const { exit, stderr } = prepackOf(manifest, {}, '--release');
      assert.equal(exit, 1);
      assert.equal(stderr.match(/package\.json: \w+ names no owner/g)?.length, 3, stderr);
    }
    const { repository: _, ...some } = addresses;
    assert.match(prepackOf(some, {}, '--release').stderr, /repository names no owner/);
  });

  for (const [name, change, says] of cases) {
    it(`is none with ${name}`, () => {
      const { exit, stderr } = prepack(change, '--release');
      assert.equal(exit, 1);
      assert.match(stderr, says);
      assert.equal(stderr.match(/^- /gm)?.length, 1, stderr);
    });
  }
});
