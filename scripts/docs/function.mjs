// Figures of the function for docs/, computed here: its values, extremes and limits, other activations beside it,
// and how far off common wrong formulas are. Right values are those of the reference in double-double arithmetic.
import { mish, mishDerivative } from 'node-mish';
import { ulp } from '../../bench/peers/tables.mjs';
import { composedMish, judgeOnnx, onnxInput } from '../../build/bench/demo/onnx.js';
import {
  derivativeExact,
  forwardExact,
  roots,
  secondDerivativeExact,
  ulpErrorFloat32,
} from '../../build/bench/reference.js';
import { digits } from '../../build/src/cli/bench/report.js';
import { activations, mishActivation } from '../../build/src/cli/plot/activations.js';

const { abs, exp, fround, log, log1p, tanh } = Math;

/** As JavaScript prints it, -0 too. */
const exactly = (value) => (Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'inf'));

/** The x in [a, b] where the smooth function has its one maximum. */
function maximumBetween(a, b, f) {
  let [low, high] = [a, b];
  while (high - low > 1e-9) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (f(left) < f(right)) low = left;
    else high = right;
  }
  return (low + high) / 2;
}

// ---- values, limits, extremes
const orders = (x) => [mish(x), mishDerivative(x), mishDerivative(x, { order: 2 })];

function values() {
  const points = [-20, -10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10, 20];
  const cells = (x) => orders(x).map((value) => exactly(Number(value.toPrecision(10))));
  return [['x', 'f', "f'", "f''"], ...points.map((x) => [String(x), ...cells(x)])];
}

function limits() {
  const points = [-Infinity, -0, 0, Infinity, Number.NaN];
  const name = (x) => exactly(x).replace(/^inf/, '+inf').replace(/^0$/, '+0');
  const rows = points.map((x) => [name(x), ...orders(x).map((y) => name(y).replace(/^\+0/, '0'))]);
  return [['x', 'f', "f'", "f''"], ...rows];
}

function extremes() {
  const [x0] = roots.f1;
  const [low, high] = roots.f2;
  const top = maximumBetween(-1, 1, (x) => secondDerivativeExact(x).hi);
  const second = (x) => exactly(secondDerivativeExact(x).hi);
  return [
    ['', 'x', 'value'],
    ["minimum of f, where f' = 0", exactly(x0), exactly(forwardExact(x0).hi)],
    ["f'' there", exactly(x0), second(x0)],
    ["minimum of f', where f'' = 0", exactly(low), exactly(derivativeExact(low).hi)],
    ["maximum of f', where f'' = 0", exactly(high), exactly(derivativeExact(high).hi)],
    ["maximum of f''", top.toFixed(7), second(Number(top.toFixed(7)))],
  ];
}

// ---- beside other activations
/** Of a grid fine enough for three digits. */
const grid = Array.from({ length: 16_001 }, (_, i) => -8 + i / 1000);
const largestOf = (f) => grid.reduce((best, x) => Math.max(best, f(x)), -Infinity);

function besideOthers() {
  const shown = [mishActivation, activations.swish, activations.gelu, activations.relu];
  const step = 1e-4;
  const row = ({ label, orders: [f, f1, f2] }) => {
    const lowest = -largestOf((x) => -f(x));
    const x0 = grid.find((x) => f(x) === lowest);
    const isSmooth = largestOf((x) => abs(f2(x))) > 0;
    const third = (x) => abs(f2(x + step) - f2(x - step)) / (2 * step);
    return [
      label,
      isSmooth ? `${lowest.toFixed(4)} at ${x0.toFixed(3)}` : '0, for x <= 0',
      isSmooth ? f2(x0).toFixed(3) : '0',
      `${(-largestOf((x) => -f1(x))).toFixed(3)} to ${largestOf(f1).toFixed(3)}`,
      isSmooth ? largestOf(third).toFixed(3) : 'not defined',
      ...[-2, -5, -10].map((x) => exactly(Number(f1(x).toPrecision(3)))),
    ];
  };
  const heads = ['', 'minimum', "f'' there", "f' from ... to", "size of f''' at most"];
  return [[...heads, "f'(-2)", "f'(-5)", "f'(-10)"], ...shown.map(row)];
}

// ---- wrong derivatives, as they are found in documents and code
const sigmoid = (x) => 1 / (1 + exp(-x));
const softplus = (x) => log1p(exp(x));
const sech = (x) => 1 / Math.cosh(x);

/** As automatic differentiation has it that drops the gradient through the saved tanh. */
export const secondDerivativeWithDrop = (x) =>
  sech(softplus(x)) ** 2 * sigmoid(x) * (2 + x * sigmoid(-x));

const wrongDerivatives = [
  {
    order: 1,
    text: 'sech²(x) (x tanh(ln(1 + eˣ)) + tanh(ln(1 + e⁻ˣ)) - 1)',
    of: (x) => sech(x) ** 2 * (x * tanh(softplus(x)) + tanh(softplus(-x)) - 1),
  },
  {
    order: 1,
    text: 'tanh ζ + x eˣ (1 - tanh² ζ) / (1 + eˣ)²: squared where it is not',
    of: (x) => tanh(softplus(x)) + (x * exp(x) * sech(softplus(x)) ** 2) / (1 + exp(x)) ** 2,
  },
  {
    order: 1,
    text: 'tanh ζ + x (1 - tanh² ζ): the slope of the softplus forgotten',
    of: (x) => tanh(softplus(x)) + x * sech(softplus(x)) ** 2,
  },
  {
    order: 2,
    text: '(sech² x + x tanh x sech² x) (1 + x tanh x) - 2 (x sech x)² tanh x',
    of: (x) =>
      (sech(x) ** 2 + x * tanh(x) * sech(x) ** 2) * (1 + x * tanh(x)) -
      2 * (x * sech(x)) ** 2 * tanh(x),
  },
  {
    order: 2,
    text: '(1 - tanh² ζ) σ (2 + x (1 - σ)): what passes through a saved output is dropped',
    of: secondDerivativeWithDrop,
  },
];

function wrongDerivativeTable() {
  const rows = wrongDerivatives.map(({ order, text, of }) => {
    const cells = [0, 1].flatMap((x) => [of(x), mishDerivative(x, { order })]);
    return [`f${"'".repeat(order)}`, text, ...cells.map((value) => value.toFixed(4))];
  });
  return [['of', 'found as', 'at 0', 'right', 'at 1', 'right'], ...rows];
}

// ---- the right formula in arithmetic that is not enough: every step in float32
const e32 = (x) => fround(exp(x));

const naiveForms = [
  {
    text: 'x * tanh(log(1 + exp(x)))',
    exactOf: forwardExact,
    of: (x) => fround(x * fround(tanh(fround(log(fround(1 + e32(x))))))),
  },
  {
    text: 'x * tanh(log1p(exp(x)))',
    exactOf: forwardExact,
    of: (x) => fround(x * fround(tanh(fround(log1p(e32(x)))))),
  },
  {
    text: 'x * n / (n + 2), n = w * (w + 2), w = exp(x)',
    exactOf: forwardExact,
    of: (x) => {
      const w = e32(x);
      const n = fround(w * fround(w + 2));
      return fround(fround(x * n) / fround(n + 2));
    },
  },
  {
    text: 't + x * s * (1 - t * t), t = tanh(log1p(exp(x)))',
    exactOf: derivativeExact,
    of: (x) => {
      const t = fround(tanh(fround(log1p(e32(x)))));
      const s = fround(1 / fround(1 + e32(-x)));
      return fround(t + fround(fround(x * s) * fround(1 - fround(t * t))));
    },
  },
  {
    text: 'the same with s = 1 - exp(-log1p(exp(x)))',
    exactOf: derivativeExact,
    of: (x) => {
      const softplus32 = fround(log1p(e32(x)));
      const t = fround(tanh(softplus32));
      const s = fround(1 - e32(-softplus32));
      return fround(t + fround(fround(x * s) * fround(1 - fround(t * t))));
    },
  },
  {
    text: 'exp(x) * omega / delta ** 2',
    exactOf: derivativeExact,
    of: (x) => {
      const w = e32(x);
      const [w2, w3] = [fround(w * w), fround(fround(w * w) * w)];
      const linear = fround(w * fround(fround(4 * x) + 6));
      const omega = fround(
        fround(fround(4 * fround(x + 1)) + fround(4 * w2)) + fround(w3 + linear),
      );
      const delta = fround(fround(fround(2 * w) + w2) + 2);
      return fround(fround(w * omega) / fround(delta * delta));
    },
  },
];

/** float32 values between, evenly. */
const between = (from, to) =>
  Float32Array.from({ length: 20_000 }, (_, i) => from + ((to - from) * (i + 0.5)) / 20_000);

function largestError({ of, exactOf }, xs) {
  const errors = Array.from(xs, (x) => ulpErrorFloat32(of(x), exactOf(x)));
  return errors.some(Number.isNaN) ? 'NaN' : ulp(Math.max(...errors));
}

/** From which x on, going outwards from `from` in hundredths, the form is zero or NaN; where neither is right. */
function failsFrom({ of }, from, to, isWrong) {
  const step = Math.sign(to - from) / 100;
  for (let x = from; abs(x) <= abs(to); x += step) if (isWrong(of(fround(x)))) return x.toFixed(1);
  return '';
}

function naiveFormTable() {
  const rows = naiveForms.map((form) => [
    `\`${form.text}\``,
    largestError(form, between(-8, -1.25)),
    largestError(form, between(0.01, 20)),
    largestError(form, between(-87, -16)),
    failsFrom(form, -2, -87, (y) => y === 0),
    failsFrom(form, 2, 120, Number.isNaN),
    exactly(form.of(-Infinity)),
  ]);
  const regions = ['max ulp, [-8, -1.25)', '[0.01, 20)', '[-87, -16)'];
  return [
    ['every step in float32', ...regions, 'zero from x =', 'NaN from x =', 'at -inf'],
    ...rows,
  ];
}

const composed = () => judgeOnnx(onnxInput.map(composedMish));

export const contents = {
  values,
  limits,
  extremes,
  'beside-others': besideOthers,
  'wrong-derivatives': wrongDerivativeTable,
  'swish-ratio-5': () => (mishDerivative(-5) / activations.swish.orders[1](-5)).toFixed(4),
  'swish-ratio-10': () => (mishDerivative(-10) / activations.swish.orders[1](-10)).toFixed(5),
  'naive-forms': naiveFormTable,
  'onnx-composed-ulp': () => digits(composed().maxUlp),
  'onnx-composed-misrounded': () => {
    return `${((100 * composed().misrounded) / onnxInput.length).toFixed(1)} %`;
  },
};
