// What prebuildify calls in place of node-gyp, in a directory of its own: has cmake-js build the addon there
// for the platform that PREBUILD_PLATFORM and PREBUILD_ARCH name, and checks it while it still has symbols.
//
//   prebuildify --node-gyp "node <this file>"     see scripts/release/prebuilds.mjs
//
// MISH_CUDA_IMAGE names the fatbin to embed; without it the addon has no CUDA kernels.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../root.mjs';

const { PREBUILD_PLATFORM: platform, PREBUILD_ARCH: arch, MISH_CUDA_IMAGE: image } = process.env;
const output = join(process.cwd(), 'build'); // where prebuildify looks

/** What compiles: clang, which makes the kernels 25 to 50 % faster than gcc 12 does. */
function compiler() {
  if (platform !== 'linux') return []; // Apple's; clang-cl, which CMakeLists.txt asks for
  if (arch !== process.arch) {
    return [`--CDCMAKE_TOOLCHAIN_FILE=${join(root, 'scripts/release', `${arch}-linux.cmake`)}`];
  }
  return [`--CDCMAKE_CXX_COMPILER=${process.env.CXX || 'clang++-19'}`];
}

/** What it prints is shown where it fails. */
function run(file, args, shown = false) {
  const stdio = shown ? 'inherit' : 'pipe';
  const options = { stdio, encoding: 'utf8' };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, file), ...args],
    options,
  );
  if (status === 0) return;
  if (!shown) process.stderr.write(`${stdout}${stderr}`);
  process.exit(status ?? 1);
}

const kernels = image ? [`--CDMISH_CUDA_IMAGE=${image}`] : ['--CDMISH_CUDA=OFF'];
const options = ['-l', 'warn', '-d', root, '-O', output, '-a', arch, '--CDMISH_BUILD_SEAMS=OFF'];
run('node_modules/cmake-js/bin/cmake-js', ['rebuild', ...options, ...compiler(), ...kernels]);
if (platform === 'linux') {
  const addon = join(output, 'Release', 'node-mish.node');
  run(
    'scripts/release/check-binary.mjs',
    [addon, '--no-scalar', ...(image ? ['--cuda'] : [])],
    true,
  );
}
