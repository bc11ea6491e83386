// README.md and docs/ as their tests see them: headings, links, tables, and code with what is said of it in comments.
import { readdirSync, readFileSync } from 'node:fs';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { root } from '../repository.ts';

/** By path from the root of the repository. */
export const documentPaths: readonly string[] = [
  'README.md',
  ...readdirSync(`${root}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
    .sort(),
];

export interface Code {
  readonly language: string;
  /** What follows the language: `continues`, `output`. */
  readonly meta: string;
  readonly text: string;
  readonly heading: string;
  readonly line: number;
  /** Code of `<!-- setup ... -->` and `<!-- teardown ... -->` directly before, which readers do not see. */
  readonly setup: string;
  readonly teardown: string;
  /** The block of text directly after that says what is printed. */
  readonly output: string | undefined;
}

export interface Table {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly line: number;
  /** It stands between marks of what is generated, or below one that cites where its figures are from. */
  readonly origin: 'generated' | 'cited' | 'written';
}

export interface Document {
  readonly path: string;
  /** What `#...` of a link may say. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
  /** The texts of code in sentences and tables. */
  readonly codeSpans: readonly string[];
  readonly codes: readonly Code[];
  readonly tables: readonly Table[];
}

/** In which line of the text a token's text begins; looked for, as those inside of lists have lost their indentation. */
function lineFinder(source: string): (text: string) => number {
  let from = 0;
  return (text) => {
    const first = text.trimStart().split('\n')[0]!;
    const at = source.indexOf(first, from);
    if (at >= 0) from = at;
    return source.slice(0, Math.max(0, at)).split('\n').length;
  };
}

const hidden = (html: string, name: string): string =>
  new RegExp(`<!-- ${name}\\n([\\s\\S]*?)\\n-->`).exec(html)?.[1] ?? '';

/** In the order of the text, with those that are inside of others. */
function allTokens(source: string): Token[] {
  const tokens: Token[] = [];
  walkTokens(lexer(source), (token) => {
    if (token.type !== 'space') tokens.push(token);
  });
  return tokens;
}

/** The text of a heading as GitHub makes its anchor of it. */
const plain = ({ tokens = [] }: Tokens.Generic): string =>
  tokens
    .map((token) =>
      'tokens' in token ? plain(token as Tokens.Generic) : (token as Tokens.Text).text,
    )
    .join('');

function codeOf(token: Tokens.Code, next: Token | undefined, comments: string) {
  const [language = '', ...meta] = (token.lang ?? '').split(' ');
  const isOutput = next?.type === 'code' && (next as Tokens.Code).lang === 'text output';
  return {
    ...{ language, meta: meta.join(' '), text: token.text },
    ...{ setup: hidden(comments, 'setup'), teardown: hidden(comments, 'teardown') },
    output: isOutput ? (next as Tokens.Code).text : undefined,
  };
}

function tableOf({ header, rows }: Tokens.Table, isGenerated: boolean, comments: string) {
  const written = comments.includes('<!-- cited:') ? 'cited' : 'written';
  return {
    heads: header.map(({ text }) => text),
    rows: rows.map((row) => row.map(({ text }) => text)),
    origin: isGenerated ? ('generated' as const) : (written as Table['origin']),
  };
}

const documents = new Map<string, Document>();

/** The document at that path, which is read once; with `source`, the document that has this text. */
export function readDocument(path: string, source?: string): Document {
  if (source !== undefined) return parsed(path, source);
  const document = documents.get(path) ?? parsed(path, readFileSync(`${root}${path}`, 'utf8'));
  documents.set(path, document);
  return document;
}

function parsed(path: string, source: string): Document {
  const tokens = allTokens(source);
  const lineOf = lineFinder(source);
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const [links, codeSpans]: [string[], string[]] = [[], []];
  const [codes, tables]: [Code[], Table[]] = [[], []];
  let [heading, comments, isGenerated] = ['', '', false];
  tokens.forEach((token, i) => {
    if (token.type === 'heading') {
      heading = plain(token as Tokens.Generic);
      anchors.add(slugger.slug(heading));
    } else if (token.type === 'link' || token.type === 'image') {
      links.push((token as Tokens.Link).href);
    } else if (token.type === 'codespan') {
      codeSpans.push((token as Tokens.Codespan).text);
    } else if (token.type === 'code') {
      const code = codeOf(token as Tokens.Code, tokens[i + 1], comments);
      codes.push({ ...code, heading, line: lineOf(code.text) });
    } else if (token.type === 'table') {
      const table = tableOf(token as Tokens.Table, isGenerated, comments);
      tables.push({ ...table, line: lineOf(token.raw) });
    }
    if (token.type !== 'html') {
      comments = '';
      return;
    }
    comments += token.raw;
    const marks = [...token.raw.matchAll(/<!-- (\/?)generated/g)].at(-1);
    if (marks) isGenerated = marks[1] === '';
  });
  return { path, anchors, links, codeSpans, codes, tables };
}
