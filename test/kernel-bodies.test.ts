// The loops of the CUDA kernels without a GPU: compiled for the host, with every thread of a grid played in turn
// (native/kernel_bodies.cc), they do each element once, whatever the alignment, and touch no byte beside it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { hasCommands, root, runToEnd, scratchDirectory } from './support/repository.ts';

const [compiler = 'c++', ...flags] = (process.env['CXX'] || 'c++').split(/\s+/);
const missing = !['linux', 'darwin'].includes(process.platform)
  ? ' (no POSIX)'
  : hasCommands(compiler)
    ? ''
    : ` (no C++ compiler: ${compiler})`;

describe('the loops of the CUDA kernels', () => {
  const directory = scratchDirectory();

  it(`compute every element once, as binding/math does${missing}`, function () {
    if (missing) this.skip();
    const program = join(directory, 'kernel_bodies');
    const common = ['-std=c++17', '-O1', '-Wall', '-Wextra', '-Werror', '-ffp-contract=off'];
    // A vector that is not at a multiple of 16 bytes ends the program, as it ends a kernel.
    const aligned = ['-fsanitize=alignment', '-fsanitize-undefined-trap-on-error'];
    const source = `${root}test/native/kernel_bodies.cc`;
    const compiled = runToEnd(compiler, [...flags, ...common, ...aligned, source, '-o', program]);
    assert.equal(compiled.exit, 0, compiled.stderr);
    const { exit, stdout, stderr } = runToEnd(program, []);
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' }, stdout);
    assert.match(stdout, /^[1-9]\d* launches, [1-9]\d* plans, 0 wrong\n$/);
  });
});
