// Writes the table of the JS kernels' exponential, 2^(j/64) in two doubles each, from 480-bit integer
// arithmetic. `--check` writes nothing and fails when the file is stale.
//
//   node scripts/constants/generate-powers.mjs          write src/backend/js/powers.ts
//   node scripts/constants/generate-powers.mjs --check  exit 1 when it is not what this makes
import { decimal, div, exp, fraction, ln2, one, parts, roundTo } from './fixed-point.mjs';
import { writeOrCheck } from './write-or-check.mjs';

const count = 64n;
const step = ln2() / count;
const [stepHi, stepLo] = parts(step, 2, 36);

const powers = Array.from({ length: Number(count) }, (_, j) => parts(exp(step * BigInt(j)), 2));

/** An array of numbers as the formatter wants it: as many a line as fit into 100 columns. */
function list(numbers) {
  const lines = [' '];
  for (const number of numbers) {
    if (lines.at(-1).length + number.length + 2 > 100) lines.push(' ');
    lines.push(`${lines.pop()} ${number},`);
  }
  return `[\n${lines.join('\n')}\n]`;
}

const constant = (name, v) => `export const ${name}: number = ${decimal(v)};`;
const array = (name, values) =>
  `export const ${name}: readonly number[] = ${list(values.map(decimal))};`;

const text = `// The table of the JS kernels' exponential: powers of two in steps of 1/${count}.
// Made by scripts/constants/generate-powers.mjs from ${fraction}-bit arithmetic; change it, not this file.
// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: a row of a table, not the root of 2

/** ${count} / ln 2 */
${constant('stepsPerUnit', roundTo(div(one, step), 53))}
/** ln 2 / ${count} in 36 bits, so that its product by any number of steps is exact; and the rest. */
${constant('stepHi', stepHi)}
${constant('stepLo', stepLo)}

/** 2^(j/${count}), rounded to nearest; and what that leaves. */
${array(
  'powers',
  powers.map(([hi]) => hi),
)}
${array(
  'powerTails',
  powers.map(([, lo]) => lo),
)}
`;

writeOrCheck({ 'src/backend/js/powers.ts': text }, 'generate-powers.mjs');
