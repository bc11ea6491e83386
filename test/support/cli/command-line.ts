// The command line as users run it: in a child process, its output and exit code.
import { type Outcome, root, runToEnd, userEnvironment } from '../repository.ts';

export const cliFile = `${root}dist/cli.cjs`;

export interface Run {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The file to run instead, and flags of Node. */
  readonly file?: string;
  readonly node?: readonly string[];
}

export function cli(
  args: readonly string[],
  { env, cwd, file = cliFile, node = [] }: Run = {},
): Outcome {
  const options = { env: userEnvironment(env), ...(cwd === undefined ? {} : { cwd }) };
  return runToEnd(process.execPath, [...node, file, ...args], options);
}

/** A failed run: its exit code, and that stderr is one sentence with this code; stdout is empty. */
export function failure({ exit, stdout, stderr }: Outcome): string {
  const [, sentence, code] = /^node-mish: (.*) \((\w+)\)\n$/s.exec(stderr) ?? [];
  if (!sentence || stdout !== '') throw new Error(`exit ${exit}\n${stdout}\n${stderr}`);
  return `${exit} ${code} ${sentence}`;
}
