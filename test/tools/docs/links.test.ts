// Links of every document lead somewhere: files are there, and have the heading that is named.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { type Document, documentPaths, readDocument } from '../../support/docs/documents.ts';
import { root } from '../../support/repository.ts';

const paths = [...documentPaths, 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];

/** What is wrong with a link; undefined when nothing is. Pages elsewhere are only asked for a form that can be right. */
function wrongLink(document: Document, href: string): string | undefined {
  const from = document.path;
  if (/^(https?|mailto):/.test(href)) return URL.canParse(href) ? undefined : 'no URL';
  const [file = '', anchor] = href.split('#');
  const path = file === '' ? from : posix.join(dirname(from), file);
  if (path.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(`${root}${path}`)) return 'no such file';
  if (anchor === undefined) return undefined;
  const { anchors } = path === from ? document : readDocument(path);
  return anchors.has(anchor) ? undefined : 'no such heading';
}

function wrongLinks(path: string, source?: string): string[] {
  const document = readDocument(path, source);
  return document.links.flatMap((href) => {
    const wrong = wrongLink(document, href);
    return wrong ? [`${href}: ${wrong}`] : [];
  });
}

describe('the links of the documentation', () => {
  for (const path of paths) {
    it(path, () => assert.deepEqual(wrongLinks(path), []));
  }

  it('are told when they are dead', () => {
    const source = `# A
[right](docs/performance.md#what-a-call-costs) [self](#a) ![gone](docs/gone.svg) [elsewhere](../x.md)
[moved](docs/performance.md#no-such-thing) [none](#b) <https://example.com>`;
    assert.deepEqual(wrongLinks('README.md', source), [
      'docs/gone.svg: no such file',
      '../x.md: leads out of the repository',
      'docs/performance.md#no-such-thing: no such heading',
      '#b: no such heading',
    ]);
  });

  it('reach every document from README.md', () => {
    const [seen, open] = [new Set(['README.md']), ['README.md']];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      for (const href of readDocument(path).links) {
        const file = href.split('#')[0]!;
        if (!file.endsWith('.md') || /^https?:/.test(file)) continue;
        const target = posix.join(dirname(path), file);
        if (!seen.has(target) && existsSync(`${root}${target}`)) open.push(target);
        seen.add(target);
      }
    }
    assert.deepEqual(
      documentPaths.filter((path) => !seen.has(path)),
      [],
    );
  });
});

describe('the README in the tarball', () => {
  it('has every file that it links to beside it', () => {
    const { files } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
      readonly files: readonly string[];
    };
    const { links } = readDocument('README.md');
    const local = links.filter((href) => !/^(https?:|#)/.test(href));
    assert.ok(local.length > 20);
    for (const href of local) {
      const [path = ''] = href.split('#');
      const isPacked = files.some((each) => path === each || path.startsWith(`${each}/`));
      assert.ok(isPacked, `${href}: not among the files of package.json`);
    }
  });
});
