// Writes dist/prebuilds.cjs, and the same for the modules in build/src: the binaries in prebuilds/, each with the size
// and the hash that src/backend/native/load.ts checks before it opens one. Tools that trace files (ncc, nft) follow its
// paths. There is no require() of a binary: webpack, rollup, rolldown and others end with an error at one.
//
//   node scripts/release/list-prebuilds.mjs [package]     part of npm run build:ts
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../root.mjs';

/** The name of every platform's file. */
export const fileName = 'node-mish.node';

/** Whether NVIDIA has drivers there: the others' binaries are without CUDA kernels. */
export const hasCuda = (platform) => ['linux-x64', 'linux-arm64', 'win32-x64'].includes(platform);

/** The platforms that have a binary in that package, by name. */
export function prebuiltPlatforms(root) {
  const directory = join(root, 'prebuilds');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((platform) => existsSync(join(directory, platform, fileName)))
    .sort();
}

/** The places of the list in a package or a checkout. */
const lists = ['dist/prebuilds.cjs', 'build/src/backend/native/prebuilds.cjs'];

function row(root, toRoot, platform) {
  const content = readFileSync(join(root, 'prebuilds', platform, fileName));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return `    '${platform}': {
      bytes: ${content.length},
      sha256: '${sha256}',
      file: isFile && __dirname + '/${toRoot}/prebuilds/${platform}/${fileName}',
    },\n`;
}

/** Writes the list of what that package has. */
export function listPrebuilds(root) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const list of lists.filter((path) => existsSync(join(root, dirname(path))))) {
    const toRoot = relative(dirname(list), '.');
    const rows = prebuiltPlatforms(root).map((platform) => row(root, toRoot, platform));
    writeFileSync(
      join(root, list),
      `// The binaries that this package ships, by platform; scripts/release/list-prebuilds.mjs made the list.
const isFile = typeof __filename === 'string' && isThere(__filename); // Turbopack makes names of no file
const isBundled = !isFile || !/[\\\\/]prebuilds\\.cjs$/.test(__filename);
function isThere(file) {
  try {
    return process.getBuiltinModule('node:fs').existsSync(file);
  } catch {
    return true; // Node's permission model refuses to say
  }
}
module.exports = {
  version: '${version}',
  isBundled,
  directory: isFile ? __dirname : undefined,
  home: isBundled ? undefined : process.getBuiltinModule('node:path').join(__dirname, '${toRoot}'),
  binaries: {
${rows.join('')}  },
};
`,
    );
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  listPrebuilds(process.argv[2] ?? root);
}
