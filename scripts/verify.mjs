// npm run verify: builds the program of test/native/verify from the kernels as they are shipped, and runs it
// with the arguments given. CXX chooses the compiler.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [compiler] = (process.env.CXX || 'c++').trim().split(/\s+/);
const directory = join(root, 'build', 'verify', basename(compiler)); // one for each: CMake keeps the first

/** Ends the process where the command fails, having shown what it said. */
function run(command, args, stdio) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio });
  if (!error && status === 0) return;
  process.stderr.write(error ? `${command}: ${error.message}\n` : `${stdout ?? ''}${stderr ?? ''}`);
  process.exit(status ?? 1);
}

const options = ['-DCMAKE_BUILD_TYPE=Release', '-DMISH_BUILD_SEAMS=OFF'];
run('cmake', ['-S', root, '-B', directory, ...options], 'pipe');
run(
  'cmake',
  ['--build', directory, '--target', 'verify', '-j', `${availableParallelism()}`],
  'pipe',
);
const hardInputs = ['--hard-inputs', join(root, 'test', 'vectors')];
run(join(directory, 'verify'), [...hardInputs, ...process.argv.slice(2)], 'inherit');
