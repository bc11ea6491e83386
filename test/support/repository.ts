// Paths of the repository and its built binaries, scratch directories, and a child process to its end.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Tests run from build/test/. Ends with a slash. */
export const root: string = fileURLToPath(new URL('../../../', import.meta.url));

/** The addon as it is shipped, and as it is built for tests. */
export const addonFile = `${root}build/Release/node-mish.node`;
export const seamsFile = `${root}build/seams/node-mish.node`;

/** A fresh directory that is removed after the tests of the enclosing `describe`. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'node-mish-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Outcome {
  /** The exit code, or the name of the signal that killed it. */
  readonly exit: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What hangs fails. */
const longestRunMs = 240_000;

export function runToEnd(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly maxBuffer?: number;
  } = {},
): Outcome {
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: longestRunMs,
    ...options,
  });
  if (error) throw error;
  return { exit: status ?? signal ?? 'unknown', stdout, stderr };
}

/** The environment as a user has it but for `change`. */
export function userEnvironment(change: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = /^(NODE_MISH_|MISH_TEST_|NODE_OPTIONS$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
  return { ...env, ...change };
}

/** What Node prints for those arguments. */
export function node(args: readonly string[], change: NodeJS.ProcessEnv = {}): string {
  const env = userEnvironment(change);
  const maxBuffer = 2 ** 28; // a million cases print 65 MB of hashes
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', env, maxBuffer });
}

export function hasCommands(...commands: readonly string[]): boolean {
  return commands.every((command) => !spawnSync(command, ['--version']).error);
}
