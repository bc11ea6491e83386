// The reference in docs/reference: every export, command and environment variable has its heading or line, and every
// link leads to a heading; a public declaration without documentation, or in no group, fails by name. That the pages
// are what the declarations say now is checked by `npm run docs -- --check` in .ci/run.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { pathToFileURL } from 'node:url';
import { root, scratchDirectory } from '../../support/repository.ts';

type Declarations = readonly { readonly name: string }[];

interface Scripts {
  entriesOf(files: readonly string[]): readonly { readonly exports: Declarations }[];
  undocumented(declarations: Declarations): readonly string[];
  checkDocumented(declarations: Declarations): void;
  checkGroups(page: object, exports: Declarations): void;
  checkAnchors(path: string, text: string): void;
}

/** The scripts have no types. */
async function loadScripts(): Promise<Scripts> {
  const names = ['entries', 'documented', 'pages', 'links'];
  const urls = names.map((name) => pathToFileURL(`${root}scripts/docs/reference/${name}.mjs`).href);
  return Object.assign({}, ...(await Promise.all(urls.map((url) => import(url)))));
}

const folder = 'docs/reference';
const entryPoints = [
  ['node-mish', `${folder}/node-mish.md`, 'node-mish'],
  ['node-mish/operators', `${folder}/operators.md`, 'node-mish-operators'],
  ['node-mish/tfjs', `${folder}/tfjs.md`, 'node-mish-tfjs'],
] as const;

const pages: ReadonlyMap<string, string> = new Map(
  readdirSync(`${root}${folder}`).map((name) => {
    const path = `${folder}/${name}`;
    return [path, readFileSync(`${root}${path}`, 'utf8')];
  }),
);

/** Markdown without its code. */
const proseOf = (text: string) => text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');

const headingsOf = (text: string) =>
  [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading!);

/** As GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^a-z0-9_ -]/g, '')
    .replaceAll(' ', '-');

/** Those that should have a heading on the page and have none. */
function withoutHeading(text: string, names: Iterable<string>): string[] {
  const headings = headingsOf(text).map((heading) => heading.replace(/ \(\w+\)$/, ''));
  return [...names].filter((name) => !headings.includes(name));
}

/** The links of the pages that lead nowhere, as far as they lead to pages. */
function deadLinks(pages: ReadonlyMap<string, string>): string[] {
  return [...pages].flatMap(([path, text]) =>
    [...text.matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)]
      .filter(([, file, anchor]) => {
        const target = file === '' ? path : normalize(join(dirname(path), file!));
        return !headingsOf(pages.get(target) ?? '').some((each) => anchorOf(each) === anchor);
      })
      .map(([link]) => `${path}: ${link}`),
  );
}

describe('the reference', () => {
  let scripts: Scripts;
  before(async () => {
    scripts = await loadScripts();
  });
  const scratch = scratchDirectory();

  const declarationsOf = (text: string): Declarations => {
    const file = join(scratch, 'small.d.ts');
    writeFileSync(file, text);
    return scripts.entriesOf([file])[0]!.exports;
  };

  for (const [specifier, path, report] of entryPoints) {
    it(`has a heading for everything that ${specifier} exports`, async () => {
      const values = Object.keys(await import(specifier));
      assert.ok(values.length > 1);
      const types = [
        ...readFileSync(`${root}api/${report}.api.md`, 'utf8').matchAll(
          /^export (?:class|const|function|interface|type) (\w+)/gm,
        ),
      ].map(([, name]) => name!);
      assert.ok(types.length >= values.length);
      assert.deepEqual(withoutHeading(pages.get(path)!, [...values, ...types]), []);
    });
  }

  it('has links that end at headings, each with an anchor of its own', () => {
    const links = [...pages.values()].flatMap((text) => [...text.matchAll(/\]\([^)]*#/g)]);
    assert.ok(links.length > 300);
    assert.deepEqual(deadLinks(pages), []);
    const same = '### Device\n\n### device\n';
    assert.throws(() => scripts.checkAnchors('a.md', same), /^Error: a.md: two headings .*#device/);
  });

  it('has each command, and each environment variable that src/ reads', () => {
    const text = pages.get(`${folder}/command-line.md`)!;
    const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(`${root}src/${path}`, 'utf8'));
    const variables = sources.flatMap((source) =>
      [...source.matchAll(/environmentVariable\('(\w+)'\)/g)].map(([, name]) => name!),
    );
    assert.ok(variables.length >= 4);
    for (const name of variables) assert.match(text, new RegExp(`^- \`${name}\`: `, 'm'));
    const commands = [...text.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name!);
    assert.ok(commands.length >= 6);
    const headings = commands.map((name) => `node-mish ${name}`);
    assert.deepEqual(withoutHeading(text, headings), []);
  });

  it('fails for what is public and not documented', () => {
    const declarations = declarationsOf(`
      /** A function. @param x - a number @returns another */
      export declare function documented(x: number): number;
      export declare function documented(x: string): string;
      /** A function. */
      export declare function untagged(x: number): number;
      /** A class. */
      export declare class Shown {
        #private;
        private constructor();
        private hidden: number;
        protected alsoHidden(): void;
        bare: number;
        /** A method. */
        method(): void;
      }
      export interface Bare {
        /** A member. */
        readonly member: number;
      }
      /** A type. */
      export type Literal = Error & { code: string };
      /** */
      export declare const empty: number;
      /** A constant. */
      export declare const complete: 1;
    `);
    const missing = [
      'documented, overload 2',
      'documented, overload 2: @param x',
      'documented, overload 2: @returns',
      'untagged: @param x',
      'untagged: @returns',
      'Shown.bare',
      'Bare',
      'Literal.code',
      'empty',
    ];
    assert.deepEqual([...scripts.undocumented(declarations)].sort(), missing.sort());
    assert.throws(() => scripts.checkDocumented(declarations), /without TSDoc.*\nuntagged/s);
    scripts.checkDocumented(declarations.filter(({ name }) => name === 'complete'));
  });

  it('fails for a tag that no page shows', () => {
    const text = '/** Of @types/node. */ export declare const one: 1;';
    assert.throws(() => declarationsOf(text), /small.d.ts: no page shows the tag "@types /);
  });

  it('fails for an export in no group, and a name in a group that is no export', () => {
    const exported = [{ name: 'kept' }, { name: 'added' }];
    const check = (names: readonly string[]) => () =>
      scripts.checkGroups({ title: 'a', groups: { One: names } }, exported);
    assert.throws(
      check(['kept']),
      /^Error: a: added is in no group.*scripts\/docs\/reference\/pages.mjs/,
    );
    assert.throws(check(['kept', 'added', 'gone']), /gone is no export/);
    assert.throws(check(['kept', 'added', 'kept']), /kept is there twice/);
    check(['added', 'kept'])();
  });
});
