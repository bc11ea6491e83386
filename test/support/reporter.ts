// Mocha's dots and counts, and then by name what was skipped: suites as a whole where all of them was. Writes how
// long each file took where scripts/test/mocha.mjs asks for it.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** A suite, of which Mocha tells no more than the title when files run in processes of their own. */
interface Outcome {
  count: number;
  readonly pending: Mocha.Test[];
}

/** A line for each skipped suite or test; titles say the reason where it is not plain from them. */
function skippedLines([title, { count, pending }]: readonly [string, Outcome]): string[] {
  if (pending.length < count) return pending.map((test) => test.fullTitle());
  return [`${title}: all ${count}`];
}

const nameOf = ({ file }: Mocha.Runnable): string | undefined =>
  /[\\/]build[\\/]test[\\/](.*)\.test\.js$/.exec(file ?? '')?.[1]?.replaceAll('\\', '/');

/** Seconds by file name, as `async/calls`: of tests and hooks, not of imports. 0 where all tests were skipped. */
function measureFiles(runner: Mocha.Runner): () => Readonly<Record<string, number>> {
  const seconds = new Map<string, number>();
  const running = new Set<string>();
  const add = (runnable: Mocha.Runnable): void => {
    const name = nameOf(runnable);
    if (name) seconds.set(name, (seconds.get(name) ?? 0) + (runnable.duration ?? 0) / 1000);
  };
  const note = (test: Mocha.Test): void => {
    running.add(nameOf(test) ?? '');
  };
  runner.on('test end', add).on('hook end', add).on('pass', note).on('fail', note);
  const measured = ([name, sum]: readonly [string, number]) =>
    [name, running.has(name) ? Math.max(sum, 0.001) : 0] as const;
  return () => Object.fromEntries([...seconds].map(measured));
}

export default class extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const suites = new Map<string, Outcome>();
    const suiteOf = ({ parent }: Mocha.Test): Outcome => {
      const title = parent!.fullTitle();
      const suite = suites.get(title) ?? { count: 0, pending: [] };
      suites.set(title, suite);
      suite.count++;
      return suite;
    };
    runner.on('pending', (test) => suiteOf(test).pending.push(test));
    runner.on('pass', suiteOf);
    runner.on('fail', suiteOf);
    const durationsFile = process.env['MISH_TEST_DURATIONS'];
    const measured = measureFiles(runner);
    runner.once('end', () => {
      if (durationsFile) writeFileSync(durationsFile, JSON.stringify(measured()));
      const lines = [...suites].flatMap(skippedLines);
      if (lines.length === 0) return;
      console.log('  skipped:');
      for (const line of lines) console.log(`    ${line}`);
      console.log();
    });
  }
}
