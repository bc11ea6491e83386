// The installed package on the other CPU that it has a binary for, emulated, and on the other C library.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { environment, foreign, here, run, scratch } from './place.mjs';
import { add, addProgram } from './report.mjs';

const qemu = 'qemu-aarch64-static';
const sysroot = '/usr/aarch64-linux-gnu'; // of g++-aarch64-linux-gnu: the libraries that Node needs

async function testArm64(installed) {
  const platform = 'linux-arm64';
  if (spawnSync(qemu, ['--version']).error || !existsSync(join(sysroot, 'lib'))) {
    const result = 'skipped: no qemu-user-static and g++-aarch64-linux-gnu here';
    add({ platform, runtime: '', how: 'import, emulated', result });
    return;
  }
  const env = environment(20, { PATH: process.env.PATH });
  for (const version of [22, 24, 26]) {
    const node = join(foreign, `node-arm64-${version}`, 'bin', 'node');
    const emulated = (...args) =>
      run(qemu, ['-L', sysroot, node, ...args], { cwd: installed, env });
    const row = { platform, runtime: version };
    addProgram({ ...row, how: 'import, emulated' }, await emulated('imported.mjs'));
    addProgram({ ...row, how: 'worker, emulated' }, await emulated('worker.mjs'));
  }
}

/**
 * A Node-API runtime that is linked against musl. It needs a libstdc++ too, of which Debian has only glibc's: that
 * serves, with what it lacks in musl from glibc-on-musl.c.
 */
async function testMusl(installed) {
  const platform = 'linux-x64, musl';
  const how = 'import';
  if (!existsSync('/lib/ld-musl-x86_64.so.1')) {
    add({ platform, runtime: '', how, result: 'skipped: no musl here (package musl)' });
    return;
  }
  const libraries = join(scratch, 'musl');
  mkdirSync(libraries);
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    const { stdout } = spawnSync('cc', [`-print-file-name=${name}`], { encoding: 'utf8' });
    symlinkSync(stdout.trim(), join(libraries, name));
  }
  const shim = ['-shared', '-nostdlib', '-fPIC', '-O1', join(here, 'glibc-on-musl.c')];
  const compiled = await run('cc', [...shim, '-o', join(libraries, 'ld-linux-x86-64.so.2')]);
  if (compiled.exit !== 0) return add({ platform, runtime: '', how }, compiled.stderr);
  const bun = join(foreign, '@oven', 'bun-linux-x64-musl', 'bin', 'bun');
  const env = environment(20, { LD_LIBRARY_PATH: libraries });
  const { stdout: version } = await run(bun, ['--version'], { env });
  const outcome = await run(bun, ['imported.mjs'], { cwd: installed, env });
  return addProgram({ platform, runtime: `Bun ${version.trim()}`, how }, outcome);
}

export async function testPlatforms(installed) {
  await testArm64(installed);
  await testMusl(installed);
}
