// Processes that call process.exit(3) while jobs are in flight, at moments at random, half of them with
// workers that have jobs too: the exit code is 3, and nothing is said.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exitsAtAnyMoment } from '../support/child.ts';
import { type Outcome, userEnvironment } from '../support/repository.ts';
import { count, judge, note } from './measure/figure.ts';
import { integers } from './measure/statistics.ts';

const processes = count(16, 50);
const atOnce = 2;
const longestWaitMs = 30;
const file = fileURLToPath(new URL('exits-child.js', import.meta.url));
const random = integers(1);

function outcomeOf(args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [...exitsAtAnyMoment, file, ...args], {
    env: userEnvironment(),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      resolve({ exit: code ?? signal ?? 'unknown', stdout, stderr });
    });
  });
}

const outcomes: (Outcome & { readonly args: readonly string[] })[] = [];
let begun = 0;
async function lane(): Promise<void> {
  while (begun < processes) {
    const i = begun++;
    const device = i % 4 < 3 ? 'cpu' : 'js';
    const args = [`${random(longestWaitMs + 1)}`, `${(i % 2) * 2}`, device];
    outcomes.push({ args, ...(await outcomeOf(args)) });
  }
}
await Promise.all(Array.from({ length: atOnce }, lane));

const wrong = outcomes.filter(({ exit, stderr }) => exit !== 3 || stderr !== '');
const first = wrong[0]
  ? `: ${wrong[0].args.join(' ')} exit ${wrong[0].exit} ${wrong[0].stderr}`
  : '';
const what = `exits, ${processes} processes`;
const right = processes - wrong.length;
judge(`${what}: exit code`, `${right} with 3, silent${first}`, 'all', wrong.length === 0);
const inFlight = outcomes.reduce((sum, { stdout }) => sum + Number(stdout), 0) / processes;
note(`${what}: in flight in the main thread`, `${inFlight.toFixed(1)} of 8, mean`);
