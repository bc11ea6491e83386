// What is generated of README.md and docs/ is what the reports and the code make of it now; every table with figures
// is generated or cites where they are from; and every report says where it comes from.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentPaths, readDocument, type Table } from '../../support/docs/documents.ts';
import { root, runToEnd, scratchDirectory } from '../../support/repository.ts';

const results = `${root}bench/results/`;
const missing = existsSync(results) ? '' : ' (no checkout here)';
const docs = (...flags: readonly string[]) =>
  runToEnd(process.execPath, [`${root}scripts/docs/generate.mjs`, ...flags], { cwd: root });

/** A number with digits after the point, or with a unit; a version of another program is none. */
const figure = /\d\.\d|\d[\d,]* ?(?:%|(?:ulp|ns|us|ms|s|[KMG]i?B|times)\b)/;
const version = /\bglibc \d[\d.]*/g;
const hasFigures = ({ rows }: Table): boolean =>
  rows.flat().some((cell) => figure.test(cell.replaceAll(version, '')));

describe(`what is generated of the documentation${missing}`, () => {
  before(function () {
    if (missing) this.skip();
  });
  const scratch = scratchDirectory();

  it('is up to date', () => {
    const { exit, stderr } = docs('--check');
    assert.deepEqual([exit, stderr], [0, '']);
  });

  it('is made anew where it was changed, and all else is kept', () => {
    for (const path of ['README.md', 'docs']) {
      cpSync(`${root}${path}`, join(scratch, path), { recursive: true });
    }
    const changes: readonly [string, RegExp, string][] = [
      ['docs/performance.md', /(\| float64 .*?\| +)\d/, '$19'],
      ['docs/derivatives.md', /0\.6000/, '0.6001'],
      ['README.md', /(<!-- figure:[\w-]+ -->)/, '$18'],
      ['docs/pictures/mish.svg', /<\/svg>/, '</g>'],
      ['docs/reference/node-mish.md', /\n## /, '\n### '],
    ];
    const texts = changes.map(([path]) => readFileSync(join(scratch, path), 'utf8'));
    changes.forEach(([path, from, to], i) => {
      const changed = texts[i]!.replace(from, to);
      assert.notEqual(changed, texts[i], path);
      writeFileSync(join(scratch, path), changed);
    });
    const { exit, stderr } = docs('--check', '--in', scratch);
    const told = changes.map(([path]) => `${path} is not what is generated now: npm run docs`);
    assert.deepEqual([exit, stderr.trim().split('\n').sort()], [1, told.sort()]);
    assert.match(
      readFileSync(join(scratch, 'docs/derivatives.md'), 'utf8'),
      /0\.6001/,
      'unwritten',
    );
    assert.equal(docs('--in', scratch).exit, 0);
    changes.forEach(([path], i) => {
      assert.equal(readFileSync(join(scratch, path), 'utf8'), texts[i], path);
    });
  });

  it('has every table with figures, but for those that cite', () => {
    const written = documentPaths.flatMap((path) =>
      readDocument(path)
        .tables.filter((table) => table.origin === 'written' && hasFigures(table))
        .map(({ line, heads }) => `${path}:${line}: ${heads.join(' | ')}`),
    );
    assert.deepEqual(written, []);
    const table = '|a|b|\n|-|-|\n|glibc 2.28, Node 20|';
    const originsOf = (text: string) =>
      readDocument('README.md', text).tables.map((each) => [each.origin, hasFigures(each)]);
    assert.deepEqual(originsOf(`${table}0.5 ulp|`), [['written', true]]);
    assert.deepEqual(originsOf(`${table}|`), [['written', false]]);
    assert.deepEqual(originsOf(`<!-- cited: a paper -->\n\n${table}3 %|`), [['cited', true]]);
    const generated = `<!-- generated:x -->\n\n${table}3 ns|\n\n<!-- /generated -->\n\n${table}7 ns|`;
    assert.deepEqual(originsOf(generated), [
      ['generated', true],
      ['written', true],
    ]);
  });

  it('comes from reports that say when, where and of what they are', () => {
    const names = readdirSync(results).filter((name) => name.endsWith('.json'));
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
