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

/** Seconds of tests and hooks by file name, as `async/calls`; without the time that imports take. */
function measureFiles(runner: Mocha.Runner): Readonly<Record<string, number>> {
  const seconds: Record<string, number> = {};
  const add = ({ file, duration }: Mocha.Runnable): void => {
    const name = /[\\/]build[\\/]test[\\/](.*)\.test\.js$/
      .exec(file ?? '')?.[1]
      ?.replaceAll('\\', '/');
    if (name) seconds[name] = (seconds[name] ?? 0) + (duration ?? 0) / 1000;
  };
  runner.on('test end', add);
  runner.on('hook end', add);
  return seconds;
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
    const seconds = measureFiles(runner);
    runner.once('end', () => {
      if (durationsFile) writeFileSync(durationsFile, JSON.stringify(seconds));
      const lines = [...suites].flatMap(skippedLines);
      if (lines.length === 0) return;
      console.log('  skipped:');
      for (const line of lines) console.log(`    ${line}`);
      console.log();
    });
  }
}
