// The soak: runs each program in a process of its own, prints a table of what it measured against what is
// promised, and exits with 1 when a promise is broken.
//
// main.js [--long] [NAME...]: only programs of those names; --long takes the counts that figures are stated for
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { root, userEnvironment } from '../support/repository.ts';
import type { Figure, Verdict } from './measure/figure.ts';

interface Program {
  readonly name: string;
  readonly args?: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly longOnly?: true;
}

/** Memory that is freed is the system's again at once, as far as malloc and V8 can be told. */
const keepsLittle: Pick<Program, 'flags' | 'env'> = {
  flags: ['--max-semi-space-size=1', '--compact-on-every-full-gc', '--single-threaded-gc'],
  env: {
    MALLOC_ARENA_MAX: '1',
    MALLOC_MMAP_THRESHOLD_: '4096',
    MALLOC_TRIM_THRESHOLD_: '0',
    MALLOC_TOP_PAD_: '0',
  },
};

/** One group after the other; the programs of one, which measure no times, at once. */
const groups: readonly (readonly Program[])[] = [
  [{ name: 'load', args: ['cpu'] }],
  [{ name: 'load', args: ['js'] }],
  [{ name: 'event-loop' }],
  [
    { name: 'memory', args: ['sync'], ...keepsLittle },
    { name: 'memory', args: ['async'], ...keepsLittle },
  ],
  [{ name: 'drop' }, { name: 'workers' }, { name: 'exits' }],
  [{ name: 'overhead' }],
  [{ name: 'huge', longOnly: true }],
];

const titleOf = ({ name, args = [] }: Program) => [name, ...args].join(' ');

const isLong = process.argv.includes('--long');
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));

const widths = [56, 54, 20];
const line = (cells: readonly string[]) =>
  cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' ');

function print({ what, measured, bound, verdict }: Figure): void {
  console.log(line([what, measured, bound, verdict]));
}

/** Why it did not end as it should: a figure that failed. Undefined when it did. */
function endOf(title: string, exit: number | string, stderr: string): Figure | undefined {
  if (exit === 0 && stderr === '') return undefined;
  const said = stderr.trim().split('\n').slice(-12).join('\n');
  const measured = `exit ${exit}${said ? `, on stderr:\n${said}\n` : ''}`;
  return { what: `${title}: ends well`, measured, bound: 'exit 0, silent', verdict: 'FAILED' };
}

/** Runs it to its end; prints its figures as they come, and returns them. */
async function figuresOf(program: Program): Promise<readonly Figure[]> {
  const { name, args = [], flags = [], env = {} } = program;
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const given = [...flags, '--expose-gc', file, ...args, ...(isLong ? ['--long'] : [])];
  const child = spawn(process.execPath, given, { cwd: root, env: userEnvironment(env) });
  const figures: Figure[] = [];
  const add = (figure: Figure) => {
    print(figure);
    figures.push(figure);
  };
  let [pending, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop()!;
    for (const each of lines) add(JSON.parse(each) as Figure);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exit = await new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const end = endOf(titleOf(program), exit, stderr);
  if (end) add(end);
  return figures;
}

const isChosen = ({ name, longOnly }: Program) =>
  (isLong || !longOnly) && (names.length === 0 || names.includes(name));
const seconds: string[] = [];

async function timed(program: Program): Promise<readonly Figure[]> {
  const start = performance.now();
  const figures = await figuresOf(program);
  seconds.push(`${titleOf(program)} ${((performance.now() - start) / 1000).toFixed(0)}`);
  return figures;
}

const chosen = groups.map((group) => group.filter(isChosen)).filter((group) => group.length > 0);
if (chosen.length === 0) throw new Error(`no program is called ${names.join(' or ')}`);
console.log(line(['what', 'measured', 'bound', '']));
const verdicts: Verdict[] = [];
const begun = performance.now();
for (const group of chosen) {
  const figures = await Promise.all(group.map(timed));
  verdicts.push(...figures.flat().map(({ verdict }) => verdict));
}
const total = ((performance.now() - begun) / 1000).toFixed(0);
const [failed, busy] = (['FAILED', 'busy'] as const).map(
  (verdict) => verdicts.filter((each) => each === verdict).length,
);
const notJudged = busy ? `, ${busy} not judged: run it again when the CPUs are free` : '';
console.log(`\n${total} s (${seconds.join(', ')}); ${failed} failed${notJudged}`);
process.exitCode = failed ? 1 : 0;
