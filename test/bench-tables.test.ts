// The tables of README.md and docs/ are those of the reports in bench/results; and every report says
// where it comes from.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runToEnd, scratchDirectory } from './support/repository.ts';

const results = `${root}bench/results/`;
const missing = existsSync(results) ? '' : ' (no checkout here)';

describe(`the tables of benchmarks${missing}`, () => {
  before(function () {
    if (missing) this.skip();
  });
  const scratch = scratchDirectory();

  /** generate-tables.mjs in a copy of what it reads. */
  function copy(): (...flags: readonly string[]) => ReturnType<typeof runToEnd> {
    for (const directory of ['docs', 'bench/peers', 'bench/tfjs', 'scripts']) {
      mkdirSync(join(scratch, directory), { recursive: true });
    }
    for (const file of [
      'README.md',
      'package.json',
      'docs',
      'bench/results',
      'scripts/generate-tables.mjs',
    ]) {
      cpSync(`${root}${file}`, join(scratch, file), { recursive: true });
    }
    for (const file of ['bench/peers/tables.mjs', 'bench/tfjs/tables.mjs', 'dist']) {
      cpSync(`${root}${file}`, join(scratch, file), { recursive: true });
    }
    return (...flags) =>
      runToEnd(process.execPath, [join(scratch, 'scripts/generate-tables.mjs'), ...flags]);
  }

  it('are up to date', () => {
    const script = `${root}scripts/generate-tables.mjs`;
    const { exit, stderr } = runToEnd(process.execPath, [script, '--check'], { cwd: root });
    assert.deepEqual([exit, stderr], [0, '']);
  });

  it('are made anew where a figure was changed, and all else is kept', () => {
    const generate = copy();
    const file = join(scratch, 'docs/performance.md');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(/(\| float64 .*?\| +)\d/, '$19');
    assert.notEqual(changed, text);
    writeFileSync(file, changed);
    const { exit, stderr } = generate('--check');
    assert.equal(exit, 1);
    assert.match(stderr, /^docs\/performance\.md: its tables are not those of bench\/results/);
    assert.equal(readFileSync(file, 'utf8'), changed, '--check writes nothing');
    assert.equal(generate().exit, 0);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  it('come from reports that say when, where and of what they are', () => {
    const names = readdirSync(results).filter((name) => name.endsWith('.json'));
    for (const kind of ['bench', 'peers', 'instructions', 'tfjs', 'onnx']) {
      assert.ok(
        names.some((name) => name.endsWith(`.${kind}.json`)),
        kind,
      );
    }
    for (const name of names) {
      const report = JSON.parse(readFileSync(`${results}${name}`, 'utf8'));
      const { date, program, machine, compiler = program.compiler } = report;
      assert.ok(name.startsWith(date.slice(0, 10)), name);
      const [, brand, major] = /-(gcc|clang)-(\d+)\./.exec(name) ?? [];
      assert.match(compiler, new RegExp(`\\b${brand} ${major}\\.`, 'i'), name);
      if (name.endsWith('.instructions.json')) continue;
      assert.ok(program.version && program.commit && program.node, name);
      assert.ok(machine.cpu && machine.cores && machine.caches.length > 0, name);
    }
  });
});
