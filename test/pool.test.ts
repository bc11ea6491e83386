// The pool by itself, stressed by a program of many callers and owners of asynchronous jobs
// (native/pool_stress.cc): every element is done once, every job ends, and under ThreadSanitizer all that
// threads share is ordered.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { hasCommands, root, runToEnd, scratchDirectory } from './support/repository.ts';

const [compiler = 'c++', ...flags] = (process.env['CXX'] || 'c++').split(/\s+/);
const sanitizer = '-fsanitize=thread';
const sources = [
  'test/native/pool_stress.cc',
  ...['async_work', 'cpu_count', 'pool', 'pool_async', 'thread'].map(
    (name) => `binding/cpu/${name}.cc`,
  ),
].map((path) => `${root}${path}`);

/** Whether the compiler has the sanitizer's library; some do not. */
function hasSanitizer(): boolean {
  const args = [...flags, sanitizer, '-x', 'c++', '-', '-o', '/dev/null'];
  return spawnSync(compiler, args, { input: 'int main() {}' }).status === 0;
}

const unusable = !['linux', 'darwin'].includes(process.platform)
  ? ' (no POSIX)'
  : hasCommands(compiler)
    ? ''
    : ` (no C++ compiler: ${compiler})`;
const noSanitizer = unusable || (hasSanitizer() ? '' : ` (no ThreadSanitizer for ${compiler})`);

describe('the pool under stress', () => {
  const directory = scratchDirectory();

  const stress = (...options: readonly string[]) => {
    const program = join(directory, 'stress');
    const common = ['-std=c++17', '-O1', '-g', '-DMISH_TEST_SEAMS=1', '-pthread'];
    const compiled = runToEnd(compiler, [
      ...flags,
      ...common,
      ...options,
      ...sources,
      '-o',
      program,
    ]);
    assert.equal(compiled.exit, 0, compiled.stderr);
    const { exit, stdout, stderr } = runToEnd(program, ['2']);
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' }, stdout);
    assert.match(stdout, /^[1-9]\d* calls, [1-9]\d* jobs, [1-9]\d* aborted, 0 elements wrong\n$/);
  };

  it(`does every element once${unusable}`, function () {
    if (unusable) this.skip();
    stress();
  });

  it(`has no data race${noSanitizer}`, function () {
    if (noSanitizer) this.skip();
    stress(sanitizer);
  });
});
