// Files and folders that the documentation names exist: full paths, names of source files, the tree of architecture.md.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { documentPaths, readDocument } from '../../support/docs/documents.ts';
import { root } from '../../support/repository.ts';

const folders = ['api', 'bench', 'binding', 'cuda', 'docs', 'examples', 'scripts', 'src', 'test'];
const documents = [...documentPaths, 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];

const sourceNames = new Set(
  folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' }).map((path) =>
      basename(path),
    ),
  ),
);

/** Returns the texts that look like a path or the name of a source file here, and that no file has. */
function missingOf(texts: readonly string[]): string[] {
  const isPath = (text: string) =>
    folders.some((folder) => text.startsWith(`${folder}/`)) && /^[\w./-]+$/.test(text);
  const isSource = (text: string) => /^[\w.-]+\.(ts|h|cc|cu|mjs|cmake|sollya)$/.test(text);
  return texts.filter((text) =>
    isPath(text) ? !existsSync(`${root}${text}`) : isSource(text) && !sourceNames.has(text),
  );
}

/** The paths of a tree: names at the beginning of each line, below the folder that is indented less. */
function pathsOfTree(tree: string): string[] {
  const parents: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indentation = '', names = ''] = /^( *)(\S+(?: \S+)*)/.exec(line) ?? [];
    const depth = indentation.length / 2;
    const paths = names.split(' ').map((name) => `${parents[depth - 1] ?? ''}${name}`);
    parents.splice(depth, parents.length, paths[0]!);
    return paths;
  });
}

describe('files that the documentation names', () => {
  for (const path of documents) {
    it(`exist: ${path}`, () => assert.deepEqual(missingOf(readDocument(path).codeSpans), []));
  }

  it('exist: the tree of docs/architecture.md', () => {
    const { codes } = readDocument('docs/architecture.md');
    const tree = codes.find(({ heading }) => heading === 'The tree')!.text;
    const paths = pathsOfTree(tree);
    assert.ok(paths.length > 40);
    assert.deepEqual(
      paths.filter((path) => !existsSync(`${root}${path}`)),
      [],
    );
  });

  it('are reported when they are missing', () => {
    const source =
      'See `src/index.ts`, `src/gone.ts`, `call.ts`, `tensor.ts`, `x.npy` and `test/x*`.';
    const { codeSpans } = readDocument('README.md', source);
    assert.deepEqual(missingOf(codeSpans), ['src/gone.ts', 'call.ts']);
    assert.deepEqual(pathsOfTree('a/   text\n  b.ts c.ts   text\n  d/   text\n    e/\nf/'), [
      ...['a/', 'a/b.ts', 'a/c.ts', 'a/d/', 'a/d/e/', 'f/'],
    ]);
  });
});
