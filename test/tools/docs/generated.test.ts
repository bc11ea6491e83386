// The marks in README.md and docs/ at which generated text stands, and the files that are generated whole, are brought
// up to date; every table with figures is generated or cites its source; every report says where it was measured.
// That the documents themselves are up to date is checked by `npm run docs -- --check` in .ci/run.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { documentPaths, readDocument, type Table } from '../../support/docs/documents.ts';
import { root, scratchDirectory } from '../../support/repository.ts';

const results = `${root}bench/results/`;
const missing = existsSync(results) ? '' : ' (no checkout here)';

interface Scripts {
  filled(document: string, contents: Readonly<Record<string, () => string | string[][]>>): string;
  problemsOf(place: string, files: Files, folders: readonly string[]): readonly string[];
  writeStale(place: string, files: Files): void;
}
type Files = ReadonlyMap<string, string>;

/** The scripts have no types. */
async function loadScripts(): Promise<Scripts> {
  const load = (name: string) => import(pathToFileURL(`${root}scripts/docs/${name}.mjs`).href);
  return { ...(await load('markdown')), ...(await load('files')) };
}

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

  const page = `# Page

Text, <!-- figure:times -->90<!-- /figure --> times.

<!-- generated:speed -->

| old |
| --- |

<!-- /generated -->

End.
`;

  it('replaces the figures and tables of a document, and keeps the text around them', async () => {
    const { filled } = await loadScripts();
    const contents = {
      times: () => '91',
      speed: () => [
        ['a', 'b'],
        ['x', '1'],
      ],
    };
    const fresh = filled(page, contents);
    const table = '| a   |   b |\n| --- | --: |\n| x   |   1 |';
    assert.equal(fresh, page.replace('90', '91').replace('| old |\n| --- |', table));
    assert.equal(filled(fresh, contents), fresh);
    assert.throws(() => filled(page, { times: () => '91' }), /nothing generates 'speed'/);
  });

  it('reports stale, missing and stray files by name, and writes only when told to', async () => {
    const { problemsOf, writeStale } = await loadScripts();
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      writeFileSync(join(scratch, path), text);
    };
    write('docs/page.md', page);
    write('docs/same.md', 'same');
    write('docs/pictures/a.svg', '<g>');
    write('docs/pictures/stray.svg', '<s>');
    const files = new Map([
      ['docs/page.md', `${page}More.`],
      ['docs/same.md', 'same'],
      ['docs/pictures/a.svg', '<g/>'],
      ['docs/reference/new.md', 'new'],
    ]);
    mkdirSync(join(scratch, 'docs/reference'));
    const problems = () => problemsOf(scratch, files, ['docs/pictures', 'docs/reference']);
    const stray = 'docs/pictures/stray.svg is not generated any more: delete it';
    const stale = (path: string, line: number, is: string, generated: string) =>
      `${path} is not what is generated now: npm run docs\n  line ${line} is:  ${is}\n  generated: ${generated}`;
    assert.deepEqual(problems(), [
      stale('docs/page.md', 13, '', 'More.'),
      stale('docs/pictures/a.svg', 1, '<g>', '<g/>'),
      stale('docs/reference/new.md', 1, '', 'new'),
      stray,
    ]);
    assert.equal(readFileSync(join(scratch, 'docs/page.md'), 'utf8'), page);
    writeStale(scratch, files);
    for (const [path, text] of files) assert.equal(readFileSync(join(scratch, path), 'utf8'), text);
    assert.deepEqual(problems(), [stray]);
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

  it('has one report of each kind', () => {
    const kinds = readdirSync(results).map((name) => /\.(\w+)\.json$/.exec(name)?.[1]);
    const ofReports = kinds.filter((kind) => kind !== undefined);
    assert.ok(ofReports.length > 5);
    assert.deepEqual(ofReports.sort(), [...new Set(ofReports)].sort());
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
