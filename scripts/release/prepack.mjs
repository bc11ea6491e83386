// Before npm packs: refuses a package that lacks a binary, or has one that is another platform's, a test build's
// or without CUDA kernels.
//
//   node scripts/release/prepack.mjs [--release]     part of npm pack, with --release of npm publish
//
// Both Linux binaries must be there (npm run prebuilds makes them); for a release, those of every platform, and the
// repository's address in package.json.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { fatbinBytes } from './fatbin.mjs';
import { fileName, hasCuda, prebuiltPlatforms } from './list-prebuilds.mjs';

const always = ['linux-x64', 'linux-arm64'];
const released = [...always, 'darwin-arm64', 'darwin-x64', 'win32-x64', 'win32-arm64'];

/** How the binaries of a system begin, and the CPU as they write it. */
const formats = {
  linux: {
    begin: '7f454c46',
    cpuOf: (file) => ({ 62: 'x64', 183: 'arm64' })[file.readUInt16LE(18)],
  },
  darwin: {
    begin: 'cffaedfe',
    cpuOf: (file) => ({ 16777223: 'x64', 16777228: 'arm64' })[file.readUInt32LE(4)],
  },
  win32: {
    begin: '4d5a',
    cpuOf(file) {
      const header = file.readUInt32LE(60); // past what DOS would run; its first 4 bytes are PE's name
      if (header + 6 > file.length) return undefined;
      return { 34404: 'x64', 43620: 'arm64' }[file.readUInt16LE(header + 4)];
    },
  },
};

/** The platform that the file is for, as Node writes it. */
function platformOf(file) {
  if (file.length < 4096) return 'nothing: it is too short';
  const first = file.toString('hex', 0, 4);
  const found = Object.entries(formats).find(([, { begin }]) => first.startsWith(begin));
  if (!found) return 'nothing that is known';
  const [system, { cpuOf }] = found;
  return `${system}-${cpuOf(file) ?? 'something else'}`;
}

/** What is wrong with the binary of that platform; nothing, when it is fine. */
function problemsOf(platform) {
  const path = join('prebuilds', platform, fileName);
  if (!existsSync(join(root, path))) return [`${path} is missing`];
  const file = readFileSync(join(root, path));
  const found = platformOf(file);
  if (found !== platform) return [`${path} is for ${found}`];
  const lacksCuda = hasCuda(platform) && fatbinBytes(file) === undefined;
  return [
    ...(file.includes('MISH_TEST_') ? [`${path} is a test build`] : []),
    ...(lacksCuda ? [`${path} has no CUDA kernels`] : []),
  ];
}

/** Addresses in package.json that still name no owner: npm resolves the README's links and pictures by them. */
function placeholders() {
  const text = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const addresses = {
    homepage: text.homepage,
    bugs: text.bugs?.url,
    repository: text.repository?.url,
  };
  return Object.entries(addresses)
    .filter(([, address]) => !address || /\bOWNER\b/.test(address))
    .map(
      ([name]) => `package.json: ${name} names no owner yet: put the repository's address there`,
    );
}

const isRelease = process.argv.includes('--release');
const required = isRelease ? released : always;
const platforms = [...new Set([...required, ...prebuiltPlatforms(root)])];
const problems = [...platforms.flatMap(problemsOf), ...(isRelease ? placeholders() : [])];
if (problems.length > 0) {
  console.error(`This package cannot be packed:\n${problems.map((each) => `- ${each}`).join('\n')}
npm run prebuilds makes the binaries of Linux; the release workflow all.`);
  process.exitCode = 1;
}
