// The contents of a plot, before there are pixels: panels, their curves, ranges and marked points.
import {
  type Activation,
  type ActivationName,
  activations,
  type DerivativeOrder,
  mishActivation,
} from './activations.ts';
import { type Point, type Range, rangeOf } from './axes.ts';
import { sampleAt, trace } from './curves.ts';
import { type Feature, features } from './features.ts';
import type { PenName, Theme } from './theme.ts';

/** What to draw. */
export interface PlotRequest {
  /** Up to which derivative. */
  readonly derivatives: DerivativeOrder;
  /** The activations to compare Mish with; with any there is a panel for each order. */
  readonly with: readonly ActivationName[];
  /** Of x; finite, and rising. */
  readonly range: Range;
  readonly theme: Theme;
  /** Of the picture, in pixels; without it 960 wide, and as high as its panels want to be. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Decimals of the values at marked points; 6 without it. */
  readonly digits?: number;
  /** Whether points are marked, and with their values, as they are without it. */
  readonly labels?: 'none' | 'points' | 'values';
  /** How panels are arranged: one above the other, as they are without it, or side by side. */
  readonly panels?: 'rows' | 'columns';
}

/** A curve in values. */
export interface Curve {
  readonly pen: PenName;
  readonly label: string;
  /** Its samples, parted where it jumps. */
  readonly pieces: readonly (readonly Point[])[];
}

/** What one coordinate system shows. */
export interface PanelContent {
  /** What its y axis shows. */
  readonly label: string;
  readonly yRange: Range;
  /** In the order of the legend, Mish first; an earlier one is drawn over a later one. */
  readonly curves: readonly Curve[];
  readonly marks: readonly (Feature & { readonly pen: PenName })[];
}

/** f and its derivatives, as they are written. */
export const orderLabels = ['f(x)', 'f\u2032(x)', 'f\u2033(x)'] as const;

/** Beside its derivatives f is cut here: they need the height, and f is all but straight above. */
const F_CUT = 1.6;

/** Below the curves, for labels, of their height; more where there are more. */
const ROOM = 0.1;

const mishPens = ['mish', 'mish-1', 'mish-2'] as const;

const ordersUpTo = (derivatives: DerivativeOrder): DerivativeOrder[] =>
  ([0, 1, 2] as const).filter((order) => order <= derivatives);

function yValues({ pieces }: Curve): number[] {
  return pieces.flat().map(({ y }) => y);
}

/** Mish and its derivatives in one panel. */
function overlay({ derivatives, range }: PlotRequest, xs: readonly number[]): PanelContent {
  const curves = ordersUpTo(derivatives).map((order): Curve => {
    const pieces = trace(mishActivation.orders[order], xs);
    return { pen: mishPens[order], label: orderLabels[order], pieces };
  });
  const alone = derivatives === 0;
  // Where the cut would leave less than half of f, it is not made.
  const isCut = !alone && mishActivation.orders[0]((range[0] + range[1]) / 2) < F_CUT;
  const values = curves.flatMap(yValues).map((y) => (isCut ? Math.min(y, F_CUT) : y));
  return {
    label: curves.map(({ label }) => label).join(', '),
    yRange: rangeOf(values, alone ? ROOM : 2 * ROOM),
    curves,
    marks: features(derivatives, range).map((mark) => ({ ...mark, pen: mishPens[mark.order] })),
  };
}

/** One order of Mish and of the activations it is compared with. */
function comparison(
  request: PlotRequest,
  order: DerivativeOrder,
  xs: readonly number[],
): PanelContent {
  const drawn = ({ label, orders }: Activation, pen: PenName): Curve => {
    return { pen, label, pieces: trace(orders[order], xs) };
  };
  const others = [...new Set(request.with)].map((name) => drawn(activations[name], name));
  const curves = [drawn(mishActivation, 'mish'), ...others];
  const marks = features(order, request.range).filter((mark) => mark.order === order);
  return {
    label: orderLabels[order],
    yRange: rangeOf(curves.flatMap(yValues), ROOM),
    curves,
    marks: marks.map((mark) => ({ ...mark, pen: 'mish' })),
  };
}

/** The panels of a request, top to bottom. */
export function panelsOf(request: PlotRequest): PanelContent[] {
  const xs = sampleAt(request.range);
  if (request.with.length === 0) return [overlay(request, xs)];
  return ordersUpTo(request.derivatives).map((order) => comparison(request, order, xs));
}
