// node-mish on the command line: finds the command, reads its flags, and turns what goes wrong into one
// sentence and an exit code (1 failed, 2 typed wrong, 128 + signal when it was ended).
import { parseArgs } from 'node:util';
import { backend } from '../api/backend-info.ts';
import { suggestion } from '../base/did-you-mean.ts';
import { apply } from './apply.ts';
import { bench } from './bench.ts';
import { build } from './build.ts';
import { check } from './check.ts';
import { type Command, isUsageError, usageError } from './command.ts';
import { doctor } from './doctor.ts';
import { errorSentence } from './error-sentence.ts';
import { inspect } from './inspect.ts';
import { json, type Output, printable, processOutput, table } from './output.ts';
import { plot } from './plot.ts';

const commands: readonly Command[] = [apply, inspect, plot, bench, check, doctor, build];

const general = `node-mish ${backend.version}: Mish, x tanh(softplus(x)), of files and as a picture

Usage: node-mish <command> [flags]

${table(commands.map(({ name, summary }) => [name, summary])).join('\n')}

Examples:
  node-mish apply x.npy -o y.npy             y = mish(x), a file of any size
  node-mish plot --derivatives 2 -o mish.svg f, f' and f'' as a picture
  node-mish doctor                           what computes here, and why

node-mish <command> --help tells more. --version prints the version.
`;

function find(name: string): Command {
  const found = commands.find((command) => command.name === name);
  if (found) return found;
  const names = commands.map((command) => command.name);
  throw usageError(
    `expected a command (${names.join(', ')}); got '${name}'.${suggestion(name, names)}`,
  );
}

/** What may be flags: all before `--`. */
const flagsOf = (args: readonly string[]) =>
  args.includes('--') ? args.slice(0, args.indexOf('--')) : args;

const isHelp = (argument: string | undefined) => argument === '--help' || argument === '-h';

/** `--range -6,4` as `--range=-6,4`: a number is no flag. */
const joinNumbers = (args: readonly string[]) =>
  args.flatMap((argument, i) => {
    const isNumber = (text: string | undefined) => /^-[\d.]/.test(text ?? '');
    const isName = (text: string | undefined) => /^--[a-z]+$/.test(text ?? '');
    if (isNumber(argument) && isName(args[i - 1])) return [];
    return isName(argument) && isNumber(args[i + 1]) ? [`${argument}=${args[i + 1]}`] : [argument];
  });

/** For Node's `Unknown option '--name'`. */
function flagSuggestion(message: string, flags: readonly string[]): string {
  const name = /^Unknown option '--([\w-]+)/.exec(message)?.[1];
  return suggestion(
    name && `--${name}`,
    flags.map((flag) => `--${flag}`),
  );
}

function parse(command: Command, args: readonly string[]) {
  try {
    const options = command.flags;
    const flags = flagsOf(args);
    const joined = [...joinNumbers(flags), ...args.slice(flags.length)];
    return parseArgs({ args: joined, options, allowPositionals: true });
  } catch (error) {
    const [first] = (error as Error).message
      .replace(/\. To specify a positional.*$/s, '.')
      .split('\n');
    throw usageError(`${first!}${flagSuggestion(first!, Object.keys(command.flags))}`);
  }
}

async function run(args: readonly string[], output: Output): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || isHelp(name) || (name === 'help' && rest.length === 0)) {
    output.print(general.trimEnd());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    output.print(backend.version);
    return 0;
  }
  const command = find(name === 'help' ? rest[0]! : name);
  if (name === 'help' || flagsOf(rest).some(isHelp)) {
    output.print(command.help.trimEnd());
    return 0;
  }
  const { values, positionals } = parse(command, rest);
  return command.run(positionals, values as Parameters<Command['run']>[1], output);
}

/** Runs the command that the arguments name, and sets the exit code of the process. */
export async function main(args: readonly string[]): Promise<void> {
  watchOutput();
  const output = processOutput();
  try {
    process.exitCode = await run(args, output);
  } catch (error) {
    const { sentence, code } = errorSentence(error);
    const usage = isUsageError(error);
    const help = usage ? ` See node-mish ${commandOf(args)}--help.` : '';
    if (flagsOf(args).includes('--json'))
      output.print(json({ error: { code, message: sentence } }));
    const text = `node-mish: ${sentence}${help} (${code})`;
    // Only what was tried to load the addon takes several lines; in others a line would be forged.
    const lines = code === 'ERR_MISH_NATIVE' ? text.split('\n') : [text];
    for (const line of lines) output.warn(printable(line));
    process.exitCode = exitCodeOf(error, usage);
  }
}

const commandOf = ([name]: readonly string[]) =>
  commands.some((command) => command.name === name) ? `${name} ` : '';

function exitCodeOf(error: unknown, usage: boolean): number {
  const given = (error as { exitCode?: unknown } | undefined)?.exitCode;
  return typeof given === 'number' ? given : usage ? 2 : 1;
}

/** Ends quietly where `node-mish doctor | head -1` has read enough, which is no failure of ours. */
function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    const { sentence, code } = errorSentence(error);
    process.stderr.write(`node-mish: standard output: ${sentence} (${code})\n`);
    process.exit(1);
  });
  process.stderr.on('error', () => {}); // with standard error closed, only the exit code is left to report
}
