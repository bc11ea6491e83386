// Mocha's dots and counts, and then by name what was skipped: suites as a whole where all of them was.
import Mocha from 'mocha';

/** A line for each skipped suite or test; titles say the reason where it is not plain from them. */
function skippedLines(pending: readonly Mocha.Test[]): string[] {
  const suites = new Set(pending.map((test) => test.parent!));
  return [...suites].flatMap((suite) => {
    const tests = pending.filter((test) => test.parent === suite);
    if (tests.length < suite.tests.length) return tests.map((test) => test.fullTitle());
    return [`${suite.fullTitle()}: all ${tests.length}`];
  });
}

export default class extends Mocha.reporters.Dot {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const pending: Mocha.Test[] = [];
    runner.on('pending', (test) => pending.push(test));
    runner.once('end', () => {
      if (pending.length === 0) return;
      console.log('  skipped:');
      for (const line of skippedLines(pending)) console.log(`    ${line}`);
      console.log();
    });
  }
}
