// Code of the documentation as programs: one for each block, or for a block and those that continue it.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Outcome, root, runToEnd, userEnvironment } from '../repository.ts';
import type { Code, Document } from './documents.ts';

/** Here, and not in a system's folder, as programs import 'node-mish' by its name. */
export const place = `${root}build/docs`;

export interface Snippet {
  readonly title: string;
  readonly language: 'js' | 'ts' | 'cjs' | 'sh';
  /** All that is run, what readers do not see too. */
  readonly source: string;
  /** What it must print, when the document says so; … stands for anything. */
  readonly output: string | undefined;
  /** Where it is run; what one program of a document writes is there for the next. */
  readonly directory: string;
  /** Its file there; without the ending. */
  readonly name: string;
  /** It is a file of that name, for others to use: its first line says so. */
  readonly isFile: boolean;
}

const languages: readonly string[] = ['js', 'ts', 'cjs', 'sh'] satisfies Snippet['language'][];

function titleOf(path: string, { heading, line }: Code): string {
  return `${path}:${line} ${heading}`;
}

export function snippetsOf({ path, codes }: Document): readonly Snippet[] {
  const snippets: Snippet[] = [];
  const directory = join(place, path.replace(/\.md$/, '').replaceAll('/', '-').toLowerCase());
  for (const code of codes) {
    if (!languages.includes(code.language)) continue;
    const language = code.language as Snippet['language'];
    const isRequired =
      language === 'js' &&
      /\brequire\(|\bmodule\.exports/.test(code.text) &&
      !/^import /m.test(code.text);
    const previous = code.meta === 'continues' ? snippets.pop() : undefined;
    if (code.meta !== '' && !previous) throw new Error(`${path}:${code.line}: nothing to continue`);
    const file = /^\/\/ ([\w-]+)\.[cm]?[jt]s\n/.exec(code.text)?.[1];
    const parts = [previous?.source, code.setup, code.text, code.teardown];
    snippets.push({
      title: previous?.title ?? titleOf(path, code),
      language: previous?.language ?? (isRequired ? 'cjs' : language),
      source: parts.filter(Boolean).join('\n'),
      output: code.output ?? previous?.output,
      directory,
      name: previous?.name ?? file ?? `line-${code.line}`,
      isFile: file !== undefined,
    });
  }
  return snippets;
}

// ---- what a comment says that an expression is
/** `expression; // => text`, where the expression may be what a name is given, or what is printed. */
const shown = /^( *)((?:const (\w+) = )?.+?);? *\/\/ => (.*)$/gm;

/** The program with a check in place of each such comment. */
export function withChecks(source: string): string {
  const { href } = pathToFileURL(`${root}build/test/support/docs/snippet-shows.js`);
  const checked = source.replace(
    shown,
    (_, indent: string, code: string, name: string | undefined, text: string) => {
      const expected = JSON.stringify(text);
      if (name) return `${indent}${code}; shows([${name}], ${expected});`;
      const printed = /^console\.log\((.*)\)$/.exec(code)?.[1];
      return `${indent}shows([${printed ?? code}], ${expected});`;
    },
  );
  return checked === source ? source : `import { shows } from '${href}';\n${checked}`;
}

// ---- TypeScript
const endings = { js: 'mjs', ts: 'mts', cjs: 'cjs', sh: 'sh' } as const;
const fileOf = ({ directory, name, language }: Snippet) =>
  join(directory, `${name}.${endings[language]}`);

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  lib: ['esnext'],
  types: ['node'],
  allowJs: true,
  checkJs: true,
  skipLibCheck: true,
  noEmitOnError: false,
};

/** Writes all programs, and has the compiler look at them: JavaScript loosely, TypeScript strictly. What it says. */
export function compile(snippets: readonly Snippet[]): string {
  rmSync(place, { recursive: true, force: true });
  for (const snippet of snippets) {
    mkdirSync(snippet.directory, { recursive: true });
    writeFileSync(fileOf(snippet), snippet.source);
  }
  for (const directory of new Set(snippets.map((each) => each.directory))) {
    symlinkSync(join(root, 'examples'), join(directory, 'examples'), 'junction');
  }
  linkOptional();
  const messages = (['ts', 'js'] as const).map((language) => {
    const files = snippets.filter((each) => each.language === language).map(fileOf);
    if (files.length === 0) return '';
    const options = { ...compilerOptions, strict: language === 'ts', noEmit: language === 'js' };
    const declarations = join(place, 'absent.d.ts');
    writeFileSync(declarations, absent.map((name) => `declare module '${name}';\n`).join(''));
    const project = join(place, `tsconfig.${language}.json`);
    const all = [...files, declarations];
    writeFileSync(project, JSON.stringify({ compilerOptions: options, files: all }));
    const tsc = `${root}node_modules/typescript/bin/tsc`;
    return runToEnd(process.execPath, [tsc, '-p', project], { cwd: root }).stdout;
  });
  return messages.join('');
}

const packageJson = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  readonly name: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

// ---- packages that are not there in every checkout
const optional = ['onnxruntime-node'];
const isThere = (name: string) => existsSync(`${root}bench/peers/node_modules/${name}`);
const absent = optional.filter((name) => !isThere(name));

function linkOptional(): void {
  mkdirSync(join(place, 'node_modules'), { recursive: true });
  for (const name of optional.filter(isThere)) {
    symlinkSync(
      `${root}bench/peers/node_modules/${name}`,
      join(place, 'node_modules', name),
      'junction',
    );
  }
}

const require = createRequire(import.meta.url);
function isInstalled(name: string): boolean {
  if (optional.includes(name)) return isThere(name);
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Packages that the program imports and that are not there. */
export function missingPackages({ source, language }: Snippet): readonly string[] {
  if (language === 'sh') return [];
  const imported = [
    ...source.matchAll(/(?:from|import\(|require\() ?'((?:@[\w-]+\/)?[a-z][\w-]*)/g),
  ];
  return [...new Set(imported.map(([, name]) => name!))].filter(
    (name) => !isInstalled(name) && !name.startsWith('node'),
  );
}

// ---- running
/** What a shell may call: `npx node-mish` is the command of this checkout. */
function shims(): string {
  const directory = join(place, 'bin');
  mkdirSync(directory, { recursive: true });
  const npx = `#!/bin/sh
[ "$1" = node-mish ] || { echo "npx: $1 is not here" >&2; exit 97; }
shift
exec "${process.execPath}" "${root}dist/cli.cjs" "$@"
`;
  writeFileSync(join(directory, 'npx'), npx, { mode: 0o755 });
  return directory;
}

/** Commands that are run by others than this test, and what there must be of them here. */
const elsewhere: readonly [command: RegExp, isRight: (what: string) => boolean][] = [
  [/^npm (ci|test)\b/, () => true], // .ci/run
  [/^cp -r node_modules\/node-mish\/prebuilds dist\/$/, () => true], // test:pack
  [/^npx node-mish bench(?! --quick)/, () => true], // minutes; test/cli/bench.test.ts asks for less
  [/^npm run ([\w:-]+)/, (script) => script in packageJson.scripts],
  [
    /^npm install (\S+)$/,
    (name) => name === packageJson.name || name in packageJson.devDependencies,
  ],
  [/^node (scripts\/[\w/-]+\.mjs|bench\/[\w/-]+\.mjs)/, (file) => existsSync(`${root}${file}`)],
  [/^node (examples\/train-tfjs\.mjs)/, (file) => existsSync(`${root}${file}`)], // test/tfjs/example.test.ts
];

/** The script without those. @throws when one names what there is not */
export function runHere(script: string): string {
  const isElsewhere = (command: string): boolean =>
    elsewhere.some(([pattern, isRight]) => {
      const found = pattern.exec(command);
      if (found && !isRight(found[1] ?? ''))
        throw new Error(`'${command}': there is no such thing`);
      return found !== null;
    });
  const lines = script.split('\n').map((line) => line.replace(/ +# .*$/, ''));
  const isName = (line: string) => /^name=/.test(line); // of the files that such commands write
  return lines.filter((line) => !isName(line) && !line.split(' && ').every(isElsewhere)).join('\n');
}

export function run(snippet: Snippet): Outcome {
  const { directory, language, name } = snippet;
  const env = userEnvironment({ NO_COLOR: '1' });
  if (language === 'sh') {
    env['PATH'] = `${shims()}:${process.env['PATH']}`;
    const script = runHere(snippet.source);
    // Started by no other shell (SHLVL unset), bash takes a pipe for a remote shell, and reads a user's ~/.bashrc.
    const strict = ['--norc', '-euo', 'pipefail'];
    return runToEnd('bash', [...strict, '-c', script], { cwd: directory, env });
  }
  const file = `${name}.${language === 'cjs' ? 'cjs' : 'mjs'}`;
  if (language !== 'cjs') {
    const written =
      language === 'ts' ? readFileSync(join(directory, file), 'utf8') : snippet.source;
    writeFileSync(join(directory, file), withChecks(written));
  }
  return runToEnd(process.execPath, [file], { cwd: directory, env });
}
