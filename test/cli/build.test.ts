// node-mish build says what it needs before it touches anything. That it builds, installed from the tarball, is
// a row of npm run test:pack.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from '../support/addon/installed.ts';
import { cli, failure } from '../support/cli/command-line.ts';
import { hasCommands, root, scratchDirectory } from '../support/repository.ts';

describe('node-mish build', () => {
  const directory = scratchDirectory();
  const packages = join(directory, 'node_modules');
  const file = join(directory, 'dist/cli.cjs');
  const build = (...flags: string[]) => cli(['build', ...flags], { file, cwd: directory });
  const placed = () => readdirSync(join(directory, 'build/Release'));

  before(() => void install(directory));

  it('says where its sources should be, without them', () => {
    assert.match(failure(build()), /^1 ERR_MISH_NATIVE .*its sources are not in .*node-mish-/);
    writeFileSync(join(directory, 'CMakeLists.txt'), 'project(nothing)\nmessage(FATAL_ERROR "no")');
  });

  it('names the packages to install, and installs none', () => {
    const said = failure(build());
    assert.match(said, /^1 ERR_MISH_NATIVE .*cmake-js and node-addon-api cannot be found/);
    assert.match(said, /npm install --save-dev cmake-js node-addon-api\.$/);
    cpSync(`${root}node_modules/node-addon-api`, join(packages, 'node-addon-api'), {
      recursive: true,
    });
    assert.match(failure(build('--cuda')), /save-dev cmake-js\.$/);
    assert.deepEqual(readdirSync(packages).sort(), ['node-addon-api', 'node-gyp-build']);
  });

  const noLinks = process.platform === 'win32' ? ' (Windows: links need rights)' : '';
  it(`says how to get CMake where there is none${noLinks}`, function () {
    if (noLinks) this.skip();
    symlinkSync(`${root}node_modules/cmake-js`, join(packages, 'cmake-js'));
    const empty = join(directory, 'empty');
    mkdirSync(empty);
    const outcome = cli(['build'], { file, cwd: directory, env: { PATH: empty } });
    assert.match(failure(outcome), /no cmake on the PATH\. Install it and a C\+\+17 compiler/);
  });

  const noCMake = hasCommands('cmake') ? noLinks : ' (no CMake here)';
  it(`shows why CMake failed, and leaves nothing behind${noCMake}`, function () {
    if (noCMake) this.skip();
    const { exit, stdout, stderr } = build();
    assert.equal(exit, 1);
    assert.match(stderr, /^node-mish: cannot compile the addon: CMake failed\.\n/);
    assert.match(stderr, /CMake Error at CMakeLists\.txt:2/);
    const [, where] = /^Compiling in (.*)\n$/.exec(stdout) ?? [];
    assert.equal(existsSync(where ?? '/'), false);
    assert.deepEqual(placed(), []);
  });

  it('takes no files', () => {
    assert.match(failure(build('x.npy')), /^2 ERR_MISH_ARGUMENT /);
  });
});
