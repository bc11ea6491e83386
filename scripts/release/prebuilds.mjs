// npm run prebuilds: makes the binaries that the package ships, in prebuilds/<platform>/node-mish.node, checks
// each, and lists them for the loader. One file for glibc and musl alike.
//
//   node scripts/release/prebuilds.mjs [--no-cuda] [platform...]
//
// Without platforms: linux-x64 and linux-arm64 on x86-64 Linux, elsewhere the one that this is. With CUDA kernels,
// but for macOS and Windows on arm64: those of the fatbin that MISH_CUDA_IMAGE names, else compiled here, once for all.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from '../root.mjs';
import { fileName, hasCuda, listPrebuilds } from './list-prebuilds.mjs';

const here = `${process.platform}-${process.arch}`;
const args = process.argv.slice(2);
const named = args.filter((arg) => !arg.startsWith('--'));
const usual = here === 'linux-x64' ? ['linux-x64', 'linux-arm64'] : [here];
const platforms = named.length > 0 ? named : usual;

function run(command, args, options = {}) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Debian's packages of what is missing here to compile for that platform. */
const tools = {
  'linux-x64': { 'clang++-19': 'clang-19' },
  'linux-arm64': { 'clang++-19': 'clang-19', 'aarch64-linux-gnu-ld': 'g++-aarch64-linux-gnu' },
};

function requireTools() {
  if (process.platform !== 'linux') return;
  const wanted = Object.assign({ cmake: 'cmake' }, ...platforms.map((each) => tools[each]));
  if (process.env.CXX) delete wanted['clang++-19'];
  const missing = Object.keys(wanted).filter((tool) => spawnSync(tool, ['--version']).error);
  if (missing.length === 0) return;
  const names = missing.map((tool) => wanted[tool]).join(' ');
  console.error(`prebuilds: no ${missing.join(', ')} here. apt-get install ${names}`);
  process.exit(1);
}

/** The fatbin for all of the platforms; undefined for none. */
function cudaImage() {
  if (args.includes('--no-cuda') || !platforms.some(hasCuda)) return;
  if (process.env.MISH_CUDA_IMAGE) return resolve(process.env.MISH_CUDA_IMAGE);
  const build = join(root, 'build', 'prebuilds', 'cuda');
  const options = ['-DMISH_CUDA=ON', '-DMISH_BUILD_SEAMS=OFF', '-DCMAKE_BUILD_TYPE=Release'];
  run('cmake', ['-S', root, '-B', build, ...options]);
  run('cmake', ['--build', build, '--target', 'cuda-image']);
  return join(build, 'cuda', 'node-mish.fatbin');
}

function prebuild(platform, image) {
  const [system, arch] = platform.split('-');
  const cwd = join(root, 'build', 'prebuilds', platform);
  const cross = platform === 'linux-arm64' && process.arch !== 'arm64';
  mkdirSync(cwd, { recursive: true });
  rmSync(join(root, 'prebuilds', platform), { recursive: true, force: true });

  const shim = `node "${join(root, 'scripts/release/prebuild.mjs')}"`;
  const options = ['--napi', '--strip', '--shell', '--name', fileName.replace('.node', '')];
  const where = ['--platform', system, '--arch', arch, '--cwd', cwd, '--out', root];
  const strip = cross ? ['--strip-bin', 'aarch64-linux-gnu-strip'] : [];
  // Node-API does not depend on it, but prebuildify asks.
  const target = ['--target', process.versions.node];
  const prebuildify = join(root, 'node_modules', 'prebuildify', 'bin.js');
  const env = { ...process.env, MISH_CUDA_IMAGE: (hasCuda(platform) && image) || '' };
  const all = [prebuildify, '--node-gyp', shim, ...options, ...where, ...strip, ...target];
  run(process.execPath, all, { env });
}

requireTools();
const image = cudaImage();
for (const platform of platforms) {
  console.log(`== ${platform}`);
  prebuild(platform, image);
  const file = join(root, 'prebuilds', platform, fileName);
  const cuda = image && hasCuda(platform) ? ['--cuda'] : [];
  if (platform.startsWith('linux')) {
    run(process.execPath, [join(root, 'scripts/release/check-binary.mjs'), file, ...cuda]);
  }
}
if (existsSync(join(root, 'dist'))) listPrebuilds(root);
