// Formats every C++ and CUDA file of the repository with clang-format 19.
//
// node scripts/format-cpp.mjs -i                   rewrites them
// node scripts/format-cpp.mjs --dry-run --Werror   fails where one is not formatted
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const patterns = ['*.cc', '*.h', '*.cu'];
// Includes untracked files. Skips deleted files, which git still lists.
const listed = (...options) => {
  const args = ['ls-files', '-z', ...options, '--', ...patterns];
  return spawnSync('git', args, { cwd, encoding: 'utf8' }).stdout.split('\0').filter(Boolean);
};
const deleted = new Set(listed('--deleted'));
const files = listed('--cached', '--others', '--exclude-standard').filter(
  (file) => !deleted.has(file),
);
if (files.length === 0) {
  console.error('format-cpp: git lists no C++ files here; run it in a checkout');
  process.exit(1);
}
const { error, status } = spawnSync('clang-format-19', [...process.argv.slice(2), ...files], {
  cwd,
  stdio: 'inherit',
});
if (error) console.error(`format-cpp: ${error.message}; install clang-format-19`);
process.exitCode = status ?? 1;
