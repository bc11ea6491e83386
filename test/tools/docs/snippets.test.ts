// Every block of JavaScript, TypeScript and shell in README.md and docs/ compiles and runs, and prints what is said.
import assert from 'node:assert/strict';
import { documentPaths, readDocument } from '../../support/docs/documents.ts';
import { patternOf } from '../../support/docs/pattern.ts';
import {
  compile,
  missingPackages,
  run,
  runHere,
  type Snippet,
  snippetsOf,
  withChecks,
} from '../../support/docs/snippets.ts';
import { hasCommands } from '../../support/repository.ts';

/** What a snippet does that it should not; undefined when it is right. */
function wrongOf(snippet: Snippet): string | undefined {
  const { exit, stdout, stderr } = run(snippet);
  if (exit !== 0) return `exit ${exit}: ${stdout}${stderr}`;
  if (snippet.output === undefined || patternOf(snippet.output).test(stdout.trim()))
    return undefined;
  return `printed, where '${snippet.output}' is said:\n${stdout}`;
}

describe('the code in the documentation', () => {
  // Blocks of TypeScript in the reference are declarations that ship, which test/tools/consumer.test.ts compiles.
  const isDeclaration = (path: string, { language }: Snippet) =>
    path.startsWith('docs/reference/') && language !== 'js';
  const snippets = documentPaths.flatMap((path) =>
    snippetsOf(readDocument(path)).filter((snippet) => !isDeclaration(path, snippet)),
  );
  let said = '';
  before(() => {
    said = compile(snippets);
  });

  it('compiles', () => assert.equal(said, ''));

  for (const snippet of snippets.filter(({ isFile }) => !isFile)) {
    const missing = missingPackages(snippet);
    const isShell = snippet.language === 'sh';
    const why = missing.length > 0 ? ` (no ${missing.join(', no ')} here)` : '';
    const noShell = isShell && (process.platform === 'win32' || !hasCommands('bash'));
    it(`${snippet.title}${why}${noShell ? ' (no shell here)' : ''}`, function () {
      if (why !== '' || noShell) this.skip();
      assert.equal(wrongOf(snippet), undefined);
    });
  }
});

describe('the test of the code in the documentation', () => {
  let made = 0;
  /** Each in a document of its own, and so in a folder of its own. */
  const snippetIn = (text: string): Snippet => {
    const [snippet] = snippetsOf(readDocument(`docs/made-up-${++made}.md`, text));
    return snippet!;
  };
  const block = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

  it('fails when code throws, does not compile, or prints something else', () => {
    const broken: readonly [string, RegExp][] = [
      [block('js', "import { mish } from 'node-mish';\nmish('1');"), /ERR_MISH_ARGUMENT/],
      [block('js', "import { mish } from 'node-mish';\nmish(0); // => 1"), /AssertionError/],
      [block('sh', 'npx node-mish aply'), /exit 2/],
      [block('sh', 'false\ntrue'), /exit 1/],
      [block('js', 'console.log(1);') + block('text output', '2'), /where '2' is said:\n1/],
    ];
    const running = broken
      .map(([text, expected]) => ({ snippet: snippetIn(text), expected, text }))
      .filter(({ snippet }) => snippet.language !== 'sh' || process.platform !== 'win32');
    const typed = block('ts', "import { mish } from 'node-mish';\nmish(new Uint16Array(2));");
    const misnamed = block('js', "import { mishBackwards } from 'node-mish';\nmishBackwards();");
    const said = compile([
      ...running.map(({ snippet }) => snippet),
      ...[typed, misnamed].map(snippetIn),
    ]);
    assert.match(said, /\.mts\(\d+,\d+\): error TS2769/);
    assert.match(said, /error TS2305|error TS2724/);
    for (const { snippet, expected, text } of running) {
      assert.match(String(wrongOf(snippet)), expected, text);
    }
  });

  it('joins what continues, and what readers do not see', () => {
    const text = `<!-- setup
const a = 1;
-->

${block('js', 'const b = a + 1; // => 2')}
Words.

<!-- teardown
console.log('end');
-->

${block('js continues', 'console.log(a, b); // => 1 2')}${block('text output', 'en…')}`;
    const snippet = snippetIn(text);
    assert.equal(
      snippet.source,
      "const a = 1;\nconst b = a + 1; // => 2\nconsole.log(a, b); // => 1 2\nconsole.log('end');",
    );
    compile([snippet]);
    assert.equal(wrongOf(snippet), undefined);
    assert.match(
      withChecks(snippet.source),
      /const b = a \+ 1; shows\(\[b\], "2"\);\nshows\(\[a, b\], "1 2"\);/,
    );
  });

  it('leaves to others what they run, and only what there is', () => {
    const script = 'npm ci && npm run demo\nnpx node-mish doctor # why\nnpm install node-mish';
    assert.equal(runHere(script), 'npx node-mish doctor');
    for (const wrong of ['npm run dmeo', 'npm install nod-mish', 'node scripts/gone.mjs']) {
      assert.throws(() => runHere(wrong), /there is no such thing/);
    }
  });
});
