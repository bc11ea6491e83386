// The rows of the table that npm run test:pack prints, and what makes a row a failure.
import { basename } from 'node:path';
import { withoutNodeNoise } from './place.mjs';

const rows = [];

/** @param problem - undefined when it is as promised */
export function add({ platform = 'linux-x64', runtime, how, isa = '', result = 'ok' }, problem) {
  rows.push({ platform, runtime, how, isa, result: problem ? 'FAILED' : result, problem });
}

/**
 * A row of what consumers/report.cjs printed, for which the program must have ended well, silently, with the
 * right values and the implementation wanted.
 * @param wanted - 'native', or a pattern of the reason why not
 */
export function addProgram(row, outcome, wanted = 'native') {
  const { exit, stdout, stderr } = outcome;
  const noise = withoutNodeNoise(stderr);
  if (exit !== 0 || noise) return add(row, `exit ${exit}\n${stdout}${noise}`);
  let told;
  try {
    told = JSON.parse(stdout);
  } catch {
    return add(row, `it printed, instead of a line of JSON: ${stdout}`);
  }
  const wrong = Object.keys(told.computes).filter((name) => !told.computes[name]);
  if (wrong.length > 0) return add(row, `wrong values: ${wrong.join(', ')}`);
  if (wanted === 'native') {
    const problem = told.name === 'native' ? undefined : told.reason;
    return add({ isa: told.isa, ...row, result: whereFrom(told.file) }, problem);
  }
  const line = told.reason?.split('\n').find((each) => wanted.test(each));
  return line
    ? add({ ...row, isa: 'js', result: `JS kernels: ${line.replace(/^.*node-mish\.node: /, '')}` })
    : add(row, `${told.name}, because: ${told.reason}`);
}

/** The file without the folder that is the user's. */
const whereFrom = (file = '') => /(prebuilds|build)[\\/].*$/.exec(file)?.[0] ?? basename(file);

const longest = 70;

/** Prints them; returns how many failed. */
export function print() {
  const columns = ['platform', 'runtime', 'how', 'isa', 'result'];
  const titles = {
    platform: 'platform',
    runtime: 'Node',
    how: 'how',
    isa: 'ISA',
    result: 'result',
  };
  const width = (key) => Math.max(...[titles, ...rows].map((row) => `${row[key]}`.length));
  const widths = columns.map(width);
  for (const row of [titles, ...rows]) {
    if (row.result.length > longest) row.result = `${row.result.slice(0, longest)}...`;
    console.log(
      columns
        .map((key, i) => `${row[key]}`.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    );
  }
  const failed = rows.filter(({ problem }) => problem);
  for (const { platform, runtime, how, problem } of failed) {
    console.log(`\nFAILED: ${platform}, ${runtime}, ${how}\n${problem}`);
  }
  console.log(`\n${rows.length - failed.length} passed, ${failed.length} failed`);
  return failed.length;
}
