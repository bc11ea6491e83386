// The installed package with a binary that cannot be used, in eight ways: the JS kernels compute, and the reason
// says why.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listPrebuilds } from '../../scripts/release/list-prebuilds.mjs';
import { copyOf, run, runNode, scratch } from './place.mjs';
import { addProgram } from './report.mjs';

const binary = (directory, platform = 'linux-x64') =>
  join(directory, 'node_modules', 'node-mish', 'prebuilds', platform, 'node-mish.node');

/** Another one was packed in its place. */
function repack(directory, write) {
  write(binary(directory));
  listPrebuilds(join(directory, 'node_modules', 'node-mish'));
}

async function withoutEntryPoint(file) {
  const source = join(scratch, 'empty.c');
  writeFileSync(source, 'int nothing(void) { return 0; }\n');
  await run('cc', ['-shared', '-fPIC', source, '-o', file]);
}

function otherBit(file) {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

const permission = (version) => (version < 22 ? '--experimental-permission' : '--permission');

/** By name: what is done to the installation, flags of Node, and what the reason says. */
const cases = {
  absent: { harm: (at) => rmSync(binary(at)), says: /no such file, though it was packed/ },
  empty: { harm: (at) => writeFileSync(binary(at), ''), says: /damaged: 0 bytes, \d+ were packed/ },
  truncated: {
    harm: (at) => writeFileSync(binary(at), readFileSync(binary(at)).subarray(0, 400_000)),
    says: /damaged: 400000 bytes, \d+ were packed/,
  },
  'wrong hash': { harm: (at) => otherBit(binary(at)), says: /damaged: its SHA-256 is / },
  'wrong CPU': {
    harm: (at) => repack(at, (file) => copyFileSync(binary(at, 'linux-arm64'), file)),
    says: /built for arm64, but this Node is x64/,
  },
  'no symbol': {
    harm: async (at) => {
      await withoutEntryPoint(binary(at));
      repack(at, () => {});
    },
    says: /ERR_DLOPEN_FAILED: Module did not self-register/,
  },
  '--no-addons': { flags: () => ['--no-addons'], says: /ERR_DLOPEN_DISABLED/ },
  'permission model': {
    flags: (version) => [permission(version), '--allow-fs-read=*'],
    says: /ERR_DLOPEN_DISABLED/,
  },
};

export async function testBroken(installed) {
  for (const [name, { harm, flags, says }] of Object.entries(cases)) {
    const directory = copyOf(installed, `broken-${name.replaceAll(/\W+/g, '-')}`);
    await harm?.(directory);
    for (const version of [20, 26]) {
      const args = [...(flags?.(version) ?? []), 'imported.mjs'];
      const outcome = await runNode(version, args, directory);
      addProgram({ runtime: version, how: `broken: ${name}` }, outcome, says);
    }
  }
}
