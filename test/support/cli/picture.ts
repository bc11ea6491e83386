// A plot's SVG read back: its texts, dots and curves, and the pixel of each value by the ticks it shows.
import assert from 'node:assert/strict';
import { root } from '../repository.ts';

/** A module of build/src/cli/plot, typed. */
const load = (name: string) => import(`${root}build/src/cli/plot/${name}.js`);
type Svg = typeof import('../../../build/src/cli/plot/svg.js');
type Activations = typeof import('../../../build/src/cli/plot/activations.js');

export const { plotSvg }: Svg = await load('svg');
export const { activations, activationNames, mishActivation }: Activations =
  await load('activations');
export const { features }: typeof import('../../../build/src/cli/plot/features.js') =
  await load('features');
export const { erfc }: typeof import('../../../build/src/cli/plot/erf.js') = await load('erf');
export const { escapeText }: typeof import('../../../build/src/cli/plot/text.js') =
  await load('text');
export const { svgToPng }: typeof import('../../../build/src/cli/plot/png.js') = await load('png');

export type Request = Parameters<typeof plotSvg>[0];
export type Name = (typeof activationNames)[number];
export type Point = readonly [x: number, y: number];

/** The picture of Mish over [-6, 4], but for what is said. */
export function plot(change: Partial<Request> = {}): string {
  return plotSvg({ derivatives: 0, with: [], range: [-6, 4], theme: 'auto', ...change });
}

/** What a test of PNG adds to its title where it is skipped. */
export const noFont: string = await svgToPng(plot()).then(
  () => '',
  (error: Error) => (error.message.includes('font') ? ' (no font here)' : ''),
);

export interface Text {
  readonly style: string;
  readonly words: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: string;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Dot {
  readonly style: string;
  readonly at: Point;
}

/** A panel: its box, its curves by pen, and the pixel of a value. */
export interface Panel extends Box {
  readonly curves: ReadonlyMap<string, readonly (readonly Point[])[]>;
  readonly toPixel: (x: number, y: number) => Point;
}

const plain = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

export function textsOf(svg: string): Text[] {
  const pattern =
    /<text class="([^"]*)" x="([^"]*)" y="([^"]*)"(?: text-anchor="(\w+)")?>([^<]*)</g;
  const found = [...svg.matchAll(pattern)].map(([, style, x, y, anchor, words]) => {
    const place = { x: Number(x), y: Number(y), anchor: anchor ?? 'start' };
    return { style: style!, words: plain(words!), ...place };
  });
  assert.equal(found.length, svg.match(/<text/g)?.length, 'every text is read');
  return found;
}

/** The words of the marked points. */
export const notesOf = (svg: string): string[] =>
  textsOf(svg)
    .filter(({ style }) => style.endsWith(' note'))
    .map(({ words }) => words);

export function dotsOf(svg: string, style: 'dot' | 'taken' | 'limit'): Dot[] {
  const pattern = new RegExp(`<circle class="([\\w-]+) ${style}" cx="([^"]*)" cy="([^"]*)"`, 'g');
  return [...svg.matchAll(pattern)].map((m) => ({
    style: m[1]!,
    at: [Number(m[2]), Number(m[3])],
  }));
}

/** The straight lines of a class, each by its ends: leaders, or drop lines. */
export function linesOf(svg: string, style: 'leader' | 'drop'): Point[][] {
  const paths = [...svg.matchAll(new RegExp(`<path class="${style}" d="(M[^"]*)"`, 'g'))];
  return paths.flatMap(([, d]) => points(d!));
}

const points = (d: string): Point[][] =>
  d
    .slice(1)
    .split('M')
    .map((piece) =>
      piece.split('L').map((pair) => pair.split(' ').map(Number) as [number, number]),
    );

/** Pixels as a line through the outermost of these ticks. */
function scale(ticks: readonly (readonly [value: number, pixel: number])[]) {
  const [from, to] = [ticks[0]!, ticks.at(-1)!];
  const slope = (to[1] - from[1]) / (to[0] - from[0]);
  return (value: number) => from[1] + (value - from[0]) * slope;
}

export function panelsOf(svg: string): Panel[] {
  const ticks = textsOf(svg).filter(({ style }) => style === 'tick');
  const numberOf = ({ words }: Text) => Number(words.replace('\u2212', '-'));
  const areas = /<path d="M(\S+) (\S+)h(\S+)v(\S+)h\S+z"\/><\/clipPath>\n<g[^>]*>([\s\S]*?)<\/g>/g;
  return [...svg.matchAll(areas)].map(([, x, y, width, height, drawn]) => {
    const [left, top] = [Number(x), Number(y)];
    const [right, bottom] = [left + Number(width), top + Number(height)];
    const columns = ticks.filter(
      (tick) => tick.anchor === 'middle' && tick.x >= left - 0.01 && tick.x <= right + 0.01,
    );
    const across = scale(columns.map((tick) => [numberOf(tick), tick.x]));
    const rows = ticks
      .filter(({ anchor, x }) => anchor === 'end' && Math.abs(left - 10 - x) < 0.1)
      .map((tick) => [numberOf(tick), tick.y - 4.5] as const)
      .filter(([, pixel]) => pixel >= top - 0.01 && pixel <= bottom + 0.01);
    const up = scale(rows);
    const curves = [...drawn!.matchAll(/<path class="line ([\w-]+)[^"]*" d="([^"]*)"/g)];
    return {
      ...{ left, top, right, bottom },
      curves: new Map(curves.map(([, pen, d]) => [pen!, points(d!)])),
      toPixel: (value, y) => [across(value), up(y)],
    };
  });
}

/** Where a polyline is at a pixel of x. */
export function heightAt(line: readonly Point[], x: number): number {
  const after = line.findIndex((point, i) => i > 0 && point[0] >= x);
  const [from, to] = [line[after - 1]!, line[after]!];
  return from[1] + ((to[1] - from[1]) * (x - from[0])) / (to[0] - from[0] || 1);
}

/** The widths of DejaVu Sans, one of the widest fonts, in ems. */
const letterEms: readonly (readonly [RegExp, number])[] = [
  [/[ijl]/, 0.28],
  [/[ft.,() \u2032\u2033]/, 0.38],
  [/[mw]/i, 0.98],
  [/\u2212/, 0.84],
  [/./, 0.64],
];

function widthOf(words: string): number {
  const ems = [...words].map((letter) => letterEms.find(([kind]) => kind.test(letter))![1]);
  return ems.reduce((sum, em) => sum + em, 0);
}

/** The box of a text in DejaVu Sans; `narrower` for another font. */
export function boxOf({ x, y, style, words, anchor }: Text, narrower = 1): Box {
  const size = style === 'title' ? 19 : style === 'tick' ? 13 : 14;
  const width = widthOf(words) * size * narrower;
  const left = anchor === 'end' ? x - width : anchor === 'middle' ? x - width / 2 : x;
  return { left, right: left + width, top: y - 0.75 * size, bottom: y + 0.2 * size };
}

export function meet(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** A request but for its theme. */
export type Untinted = Omit<Request, 'theme'>;

const derivatives = [0, 1, 2] as const;
const companies: readonly (readonly Name[])[] = [[], ['gelu'], activationNames];
const ranges: readonly Request['range'][] = [
  ...([
    [-6, 4],
    [-3, 3],
    [-20, 20],
    [-1, 1],
    [-0.1, 0.1],
  ] as const),
  ...([
    [-1000, 1000],
    [0, 5],
    [-5, -1],
    [20, 30],
    [-40, -20],
    [0.5, 900],
  ] as const),
];

/** Every combination of orders, activations and ranges. */
const requests: readonly Untinted[] = derivatives.flatMap((order) =>
  companies.flatMap((names) => ranges.map((range) => ({ derivatives: order, with: names, range }))),
);
export const nameOf = (request: Untinted) => JSON.stringify(request);
let pictures: ReadonlyMap<Untinted, string> | undefined;

/** Their pictures, drawn when a test first asks for them: in 5 s. */
export function drawn(): ReadonlyMap<Untinted, string> {
  pictures ??= new Map(requests.map((request) => [request, plot(request)]));
  return pictures;
}
