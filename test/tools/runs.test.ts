// scripts/test/runs.mjs, the table of which run takes which folders: every test file is in it, and a file or run that
// the table does not have is refused.
import assert from 'node:assert/strict';
import { root, runToEnd } from '../support/repository.ts';

interface Runs {
  readonly runs: Readonly<Record<string, string>>;
  readonly folders: Readonly<Record<string, readonly [runs: string, note: string]>>;
  testNames(): string[];
  folderOf(name: string): string | undefined;
  problems(names: readonly string[]): string[];
  filesOf(run: string, names?: readonly string[]): string[];
  chosen(names: readonly string[], asked: readonly string[]): string[];
}

const { runs, folders, testNames, folderOf, problems, filesOf, chosen } = (await import(
  `${root}scripts/test/runs.mjs`
)) as Runs;

const names = testNames();

describe('the table of test runs', () => {
  it('has every test file, and no folder without test files', () => {
    assert.deepEqual(problems(names), []);
  });

  it('gives npm test every file, and every run at least one', () => {
    assert.deepEqual(filesOf('test'), names);
    for (const run of Object.keys(runs)) assert.notEqual(filesOf(run).length, 0, run);
  });

  it('gives a new file to every run of its folder, the deepest row of the table', () => {
    for (const folder of Object.keys(folders)) {
      const added = [...names, `${folder}/a-new-one`];
      assert.equal(folderOf(`${folder}/a-new-one`), folder);
      for (const run of Object.keys(runs)) {
        const isTaken = filesOf(run).some((name) => folderOf(name) === folder);
        assert.equal(filesOf(run, added).includes(`${folder}/a-new-one`), isTaken, run);
      }
    }
    assert.equal(folderOf('api/deeper/down/a-new-one'), 'api');
  });

  for (const stray of ['a-new-one', 'elsewhere/a-new-one', 'apis/a-new-one']) {
    it(`refuses a file in no folder in every run: test/${stray}.test.ts`, () => {
      const message = new RegExp(
        `^Error: test/${stray}\\.test\\.ts is in no folder of .*runs\\.mjs`,
      );
      for (const run of Object.keys(runs)) {
        assert.throws(() => filesOf(run, [...names, stray]), message);
      }
    });
  }

  it('refuses a row that has no test files', () => {
    const others = names.filter((name) => folderOf(name) !== 'cuda/failures');
    assert.throws(
      () => filesOf('js', others),
      /row for test\/cuda\/failures, which has no test files/,
    );
  });

  it('refuses a run that it does not have', () => {
    assert.throws(() => filesOf('windows'), /^Error: unknown run 'windows': .* has test, quick, /);
  });

  it('takes files and folders by name on the command line, and refuses what is neither', () => {
    assert.deepEqual(chosen(names, []), names);
    assert.deepEqual(chosen(names, ['api/tensor']), ['api/tensor']);
    assert.ok(chosen(names, ['async']).includes('async/tensors/lent'));
    assert.throws(() => chosen(names, ['asyn']), /^Error: no test file of this run is asyn: /);
  });

  it('is printed by npm run test:runs: every folder and run, with numbers of files', () => {
    const { exit, stdout } = runToEnd(process.execPath, [`${root}scripts/test/runs.mjs`]);
    assert.equal(exit, 0);
    const [head, ...rows] = stdout.trim().split('\n');
    assert.deepEqual(head!.trim().split(/ +/), ['test/', ...Object.keys(runs)]);
    assert.deepEqual(
      rows.map((row) => row.split(' ')[0]),
      [...Object.keys(folders), 'files'],
    );
    const totals = rows
      .at(-1)!
      .split(/ +/)
      .slice(1, Object.keys(runs).length + 1);
    assert.deepEqual(
      totals.map(Number),
      Object.keys(runs).map((run) => filesOf(run).length),
    );
  });
});
