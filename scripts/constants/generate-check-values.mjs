// Writes src/cli/check-values.ts, what `node-mish check` compares devices with, out of test/vectors.
//
//   node scripts/constants/generate-check-values.mjs          write it
//   node scripts/constants/generate-check-values.mjs --check  exit 1 when it is not what this makes
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { root } from '../root.mjs';
import { writeOrCheck } from './write-or-check.mjs';

const vectors = `${root}test/vectors/`;

// Both signs of each, and beside the roots of f' and f''; the vectors' nearest inputs are taken.
const magnitudes = [
  ...[5e-324, 1e-310, 1e-45, 1e-40, 1e-30, 1e-10, 1e-4, 0.01, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 8],
  ...[10, 12, 15, 16, 16.7, 20, 22.2, 30, 36, 40, 60, 80, 88, 100, 104, 300, 700, 750, 1e5, 1e30],
  Number.MAX_VALUE,
];
const besideRoots = [-1.19, -1.19243, -1.2, -2.25, -2.256376, -2.26, 1.49, 1.490571];
const wanted = [0, ...magnitudes.flatMap((x) => [x, -x]), ...besideRoots];

function numberOf(hex) {
  const bytes = Buffer.from(hex, 'hex');
  return bytes.length === 4 ? bytes.readFloatBE() : bytes.readDoubleBE();
}

/** Rows of x, f, f', f'' as bits, in the order of x; specials first. */
function rowsOf(name) {
  const { columns, rows } = JSON.parse(readFileSync(`${vectors}${name}.json`, 'utf8'));
  const at = ['x', 'f', 'f1', 'f2'].map((column) => columns.indexOf(column));
  const bits = rows.map((row) => at.map((i) => row[i]));
  const isNotANumber = ([x]) => Number.isNaN(numberOf(x));
  const isSpecial = ([x]) => !Number.isFinite(numberOf(x)) || numberOf(x) === 0;
  // Neighbours in the order of bits are neighbours in ulp.
  const ordinal = (x) => (x < 0 ? -1 : 1) * Math.log2(1 + Math.abs(x) * 2 ** 40);
  const distance = (row, x) => Math.abs(ordinal(numberOf(row[0])) - ordinal(x));
  const finite = bits.filter((row) => !isSpecial(row));
  const nearest = wanted.map((x) =>
    finite.reduce((best, row) => (distance(row, x) < distance(best, x) ? row : best)),
  );
  const chosen = [...new Set(nearest)].sort((a, b) => numberOf(a[0]) - numberOf(b[0]));
  const specials = bits.filter((row) => isSpecial(row) && !isNotANumber(row));
  return [...specials, ...bits.filter(isNotANumber).slice(0, 3), ...chosen];
}

const table = (name) =>
  `  ${name}: \`\n${rowsOf(name)
    .map((row) => row.join(' '))
    .join('\n')}\``;

function digests(name) {
  const digest = (column) => {
    const bytes = readFileSync(`${vectors}${name}.${column}.u16.bin`);
    return createHash('sha256').update(bytes).digest('hex');
  };
  const lines = [
    `    forward: '${digest('f')}',`,
    `    derivative: '${digest('f1')}',`,
    `    derivative2: '${digest('f2')}',`,
  ];
  return `  ${name}: {\n${lines.join('\n')}\n  },`;
}

const text = `// Reference values of \`node-mish check\`: correctly rounded values from 220-bit arithmetic. Made
// by scripts/constants/generate-check-values.mjs.

/** Rows of x, f, f' and f'' as the bits of that dtype in hex. */
export const valueRows = {
${table('float32')},
${table('float64')},
} as const;

/** SHA-256 of the results for all 65,536 inputs in the order of their bits, as little-endian bytes. */
export const halfDigests = {
${digests('float16')}
${digests('bfloat16')}
} as const;
`;

writeOrCheck({ 'src/cli/check-values.ts': text }, 'generate-check-values.mjs');
