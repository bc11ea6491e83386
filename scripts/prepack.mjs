// Before npm packs: refuses a package that lacks a binary, or has one that is another platform's, a test build's
// or without CUDA kernels.
//
//   node scripts/prepack.mjs [--release]     part of npm pack, with --release of npm publish
//
// Both Linux binaries must be there (npm run prebuilds makes them); for a release, those of every platform.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fatbinBytes } from './fatbin.mjs';
import { fileName, prebuiltPlatforms } from './list-prebuilds.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const always = ['linux-x64', 'linux-arm64'];
const released = [...always, 'darwin-arm64', 'darwin-x64', 'win32-x64', 'win32-arm64'];

/** By the first bytes of a file: where its CPU is told, in 16 or 32 bits, and how. */
const formats = {
  linux: { magic: 0x7f454c46, cpu: (file) => ({ 62: 'x64', 183: 'arm64' })[file.readUInt16LE(18)] },
  darwin: {
    magic: 0xcffaedfe,
    cpu: (file) => ({ 16777223: 'x64', 16777228: 'arm64' })[file.readUInt32LE(4)],
  },
  win32: {
    magic: 0x4d5a9000,
    // The header that DOS does not read is where 60 says, and begins with four other bytes.
    cpu: (file) => ({ 34404: 'x64', 43620: 'arm64' })[file.readUInt16LE(file.readUInt32LE(60) + 4)],
  },
};

/** The platform that the file is for, as Node writes it. */
function platformOf(file) {
  if (file.length < 4096) return 'nothing: it is too short';
  const magic = file.readUInt32BE(0);
  const [system, format] = Object.entries(formats).find(([, each]) => each.magic === magic) ?? [];
  return format ? `${system}-${format.cpu(file)}` : 'nothing that is known';
}

/** What is wrong with the binary of that platform; nothing, when it is fine. */
function problemsOf(platform) {
  const path = join('prebuilds', platform, fileName);
  if (!existsSync(join(root, path))) return [`${path} is missing`];
  const file = readFileSync(join(root, path));
  const found = platformOf(file);
  const hasCuda = platform.startsWith('darwin') || fatbinBytes(file) !== undefined;
  return [
    ...(found === platform ? [] : [`${path} is for ${found}`]),
    ...(file.includes('MISH_TEST_') ? [`${path} is a test build`] : []),
    ...(hasCuda ? [] : [`${path} has no CUDA kernels`]),
  ];
}

const required = process.argv.includes('--release') ? released : always;
const platforms = [...new Set([...required, ...prebuiltPlatforms(root)])];
const problems = platforms.flatMap(problemsOf);
if (problems.length > 0) {
  console.error(`This package cannot be packed:\n${problems.map((each) => `- ${each}`).join('\n')}
npm run prebuilds makes those of Linux; the release workflow all.`);
  process.exitCode = 1;
}
