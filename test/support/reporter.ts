// Mocha's dots and counts, and then by name what was skipped: suites as a whole where all of them was.
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
    runner.once('end', () => {
      const lines = [...suites].flatMap(skippedLines);
      if (lines.length === 0) return;
      console.log('  skipped:');
      for (const line of lines) console.log(`    ${line}`);
      console.log();
    });
  }
}
