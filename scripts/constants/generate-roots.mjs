// Writes the constants of the kernels, from 480-bit integer arithmetic: the roots of f' and f'', the
// polynomials shifted to them, and ln 2. `--check` writes nothing and fails when a file is stale.
//
//   node scripts/constants/generate-roots.mjs          write binding/math/roots.h and src/backend/js/roots.ts
//   node scripts/constants/generate-roots.mjs --check  exit 1, naming the file, when one is not what this makes
import {
  decimal,
  div,
  exp,
  fraction,
  hex,
  integer,
  ln2,
  mul,
  nudged,
  one,
  parts,
  roundTo,
} from './fixed-point.mjs';
import { writeOrCheck } from './write-or-check.mjs';

/** The root of `f` between two integers, by bisection to the last bit. */
function root(f, low, high) {
  let [a, b] = [integer(low), integer(high)];
  const rising = f(b) > 0n;
  while (b - a > 1n) {
    const middle = (a + b) >> 1n;
    if (f(middle) > 0n === rising) b = middle;
    else a = middle;
  }
  return a;
}

// ---- the mathematics: binding/math/float32.h has the formulas that these constants are for
const poly = (x, ...coefficients) =>
  coefficients.reduceRight((sum, c) => mul(sum, x) + integer(c), 0n);

/** The bracket of f', w^3 + 4w^2 + 6w + 4 + 4x(w + 1). */
const firstBracket = (x) => {
  const w = exp(x);
  return poly(w, 4, 6, 4, 1) + mul(4n * x, w + one);
};

/** The bracket of f'', 2(w + 1)(w^2 + 2w + 2) + x(2 + 2w - 3w^2 - 2w^3). */
const secondBracket = (x) => {
  const w = exp(x);
  return poly(w, 4, 8, 6, 2) + mul(x, poly(w, 2, 2, -3, -2));
};

function firstRoot() {
  const x = root(firstBracket, -2, 0);
  const w = exp(x);
  return { x, w, a: poly(w, 6, 8, 3) + 4n * x, b: poly(w, 4, 3), c: w + one };
}

function secondRoot(low, high) {
  const x = root(secondBracket, low, high);
  const w = exp(x);
  return {
    x,
    w,
    a1: poly(w, 8, 12, 6) + mul(x, poly(w, 2, -6, -6)),
    a2: poly(w, 6, 6) - mul(x, poly(w, 3, 6)),
    a3: integer(2) - 2n * x,
  };
}

// ---- the two files
const x0 = firstRoot();
const xa = secondRoot(-4, -1);
const xb = secondRoot(1, 2);
const log2 = ln2();

function header() {
  const line = (names, values) =>
    names.map((name, i) => `constexpr double ${name} = ${hex(values[i])};`).join('\n');
  const floatLine = (name, v) => `constexpr float ${name} = ${hex(v)}f;`;
  const log2High = roundTo(log2, 15);
  const pair = (name, v) => line([`${name}Hi`, `${name}Lo`], parts(v, 2));
  const second = ({ x, w, a1, a2, a3 }, steps = [0, 0, 0, 0]) => {
    const rest = [w, a1, a2, a3].map((v, i) => nudged(roundTo(v, 53), steps[i]));
    const values = [...parts(x, 2, 24), ...rest].map(hex);
    return `{${values.slice(0, 3).join(', ')},\n                            ${values.slice(3).join(', ')}};`;
  };
  return `// The constants of the kernels: the roots of f' and f'', the polynomials shifted to them, and ln 2.
// Made by scripts/constants/generate-roots.mjs from ${fraction}-bit arithmetic; change it, not this file.
#pragma once

// clang-format off

namespace mish::math {

// The root of f': in 24 bits and the rest, so that a float minus the head is exact; and in three
// parts for float64.
${line(['kX0Head', 'kX0Tail'], parts(x0.x, 2, 24))}
${line(['kX0Hi', 'kX0Mid', 'kX0Lo'], parts(x0.x, 3))}
// w0 = e^x0, A = 3 w0^2 + 8 w0 + 6 + 4 x0, B = 3 w0 + 4, C = w0 + 1.
${pair('kW0', x0.w)}
${pair('kA0', x0.a)}
${pair('kB0', x0.b)}
${pair('kC0', x0.c)}

// A root of f'', w = e^x there, a1 = 6w^2 + 12w + 8 + x(2 - 6w - 6w^2), a2 = 6w + 6 - x(3 + 6w),
// a3 = 2 - 2x.
struct SecondRoot {
  double x_head, x_tail, w, a1, a2, a3;
};
constexpr SecondRoot kXa = ${second(xa)}
// Here w is a unit in the last place less than e^x, and a2 one nearer to zero: with the nearest
// doubles float32's f'' is misrounded at four inputs, so at none (scripts/constants/search-second-root.cc).
constexpr SecondRoot kXb = ${second(xb, [-1, 0, -1, 0])}

// ln 2 in 37 bits, so that k * kLn2Hi is exact for every exponent k; and the rest.
${line(['kLn2Hi', 'kLn2Lo'], parts(log2, 2, 37))}
${line(['kLn2'], [roundTo(log2, 53)])}
${line(['kLog2e'], [roundTo(div(one, log2), 53)])}

// The same for float: ln 2 in 15 bits, exact by every exponent of a float, and the rest.
${floatLine('kFloatLn2Hi', log2High)}
${floatLine('kFloatLn2Lo', roundTo(log2 - log2High, 24))}
${floatLine('kFloatLog2e', roundTo(div(one, log2), 24))}

}  // namespace mish::math
`;
}

function script() {
  const constant = (name, v) => `export const ${name}: number = ${decimal(v)};`;
  const rounded = (name, v) => constant(name, roundTo(v, 53));
  const [head, tail] = parts(x0.x, 2, 24);
  const [ln2Hi, ln2Lo] = parts(log2, 2, 37);
  const second = (name, of) => {
    const [xHead, xTail] = parts(of.x, 2, 24);
    const rest = ['w', 'a1', 'a2', 'a3'].map((key) => [key, roundTo(of[key], 53)]);
    const fields = [['xHead', xHead], ['xTail', xTail], ...rest];
    const lines = fields.map(([key, v]) => `  ${key}: ${decimal(v)},`);
    return `export const ${name}: SecondRoot = {\n${lines.join('\n')}\n};`;
  };
  return `// The constants of the JS kernels: the roots of f' and f'' and the polynomials shifted to them.
// Made by scripts/constants/generate-roots.mjs from ${fraction}-bit arithmetic; change it, not this file.

/** The root of f' in 24 bits, and the rest: a float32 minus the head is exact. */
${constant('x0Head', head)}
${constant('x0Tail', tail)}
/** e^x0 */
${rounded('w0', x0.w)}
/** 3 w0^2 + 8 w0 + 6 + 4 x0 */
${rounded('a0', x0.a)}
/** 3 w0 + 4 */
${rounded('b0', x0.b)}
/** w0 + 1 */
${rounded('c0', x0.c)}

/** ln 2 in 37 bits, so that its product by any exponent is exact; and the rest. */
${constant('ln2Hi', ln2Hi)}
${constant('ln2Lo', ln2Lo)}

/** A root of f'' and the polynomial shifted to it; binding/math/roots.h says which. */
export interface SecondRoot {
  readonly xHead: number;
  readonly xTail: number;
  readonly w: number;
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
}
${second('xa', xa)}
${second('xb', xb)}
`;
}

writeOrCheck(
  { 'binding/math/roots.h': header(), 'src/backend/js/roots.ts': script() },
  'generate-roots.mjs',
);
