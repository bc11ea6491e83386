// The points of Mish and its derivatives that have a name, found on the package's own functions.
import { type DerivativeOrder, mishActivation } from './activations.ts';

/** Where a function is 0, turns around, or bends from one side to the other. */
export type FeatureKind = 'root' | 'minimum' | 'maximum' | 'inflection';

/** A point (x, y) of f (order 0), f' (1) or f'' (2). */
export interface Feature {
  readonly order: DerivativeOrder;
  readonly kind: FeatureKind;
  readonly x: number;
  readonly y: number;
}

const [f, slope, bend] = mishActivation.orders;

/** f''' as a central difference: at this step right to 1e-10, and its noise is 1e-11. */
const STEP = 1e-5;
const third = (x: number): number => (bend(x + STEP) - bend(x - STEP)) / (2 * STEP);

/** f to f''': each tells of the one before it where to turn. */
const chain = [f, slope, bend, third] as const;

/** Beyond, f to f''' keep their signs: they are x e^x on the left, f'' is -8 x e^-2x on the right. */
const SCAN_TO = 8;
/** Finer than any two roots of one of them are apart, 0.8. */
const SCAN_STEP = 1 / 8;

interface Crossing {
  readonly x: number;
  readonly rises: boolean;
}

/** Between `low` and `high`, to the last bit, where `g` changes its sign. */
function bisect(g: (x: number) => number, low: number, high: number): number {
  const belowAtLow = g(low) < 0;
  let [left, right] = [low, high];
  for (;;) {
    const middle = (left + right) / 2;
    if (middle === left || middle === right) return right;
    if (g(middle) < 0 === belowAtLow) left = middle;
    else right = middle;
  }
}

function crossings(g: (x: number) => number): Crossing[] {
  const found: Crossing[] = [];
  for (let left = -SCAN_TO; left < SCAN_TO; left += SCAN_STEP) {
    const rises = g(left) < 0;
    if (rises === g(left + SCAN_STEP) < 0) continue;
    found.push({ x: bisect(g, left, left + SCAN_STEP), rises });
  }
  return found;
}

function featuresOf(order: DerivativeOrder): Feature[] {
  const point = (kind: FeatureKind, x: number): Feature => ({ order, kind, x, y: chain[order](x) });
  const roots = crossings(chain[order]).map(({ x }) => point('root', x));
  const turns = crossings(chain[order + 1]!).map(({ x, rises }) =>
    point(rises ? 'minimum' : 'maximum', x),
  );
  // The derivatives' inflections are left out: those of f' are the turns of f'' already.
  const bends = order === 0 ? crossings(bend).map(({ x }) => point('inflection', x)) : [];
  return [...roots, ...turns, ...bends];
}

/**
 * The roots, minima and maxima of f, f' and f'' up to `derivatives`, and the inflections of f, with
 * x in the closed range.
 */
export function features(
  derivatives: DerivativeOrder,
  [from, to]: readonly [number, number],
): Feature[] {
  const orders = ([0, 1, 2] as const).filter((order) => order <= derivatives);
  return orders.flatMap(featuresOf).filter(({ x }) => x >= from && x <= to);
}
