// Coordinates of a plot in pixels: panels, the ranges that they show, and the ticks of their axes.
import { drawText, px, signed } from './text.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export type Range = readonly [from: number, to: number];

/** A rectangle of the picture, in pixels, and the values that it shows. */
export interface Panel extends Box {
  readonly xRange: Range;
  readonly yRange: Range;
}

/** The pixel of a value. */
export function toPixels(panel: Panel, { x, y }: Point): Point {
  const [left, right] = panel.xRange;
  const [bottom, top] = panel.yRange;
  return {
    x: panel.x + ((x - left) / (right - left)) * panel.width,
    y: panel.y + ((top - y) / (top - bottom)) * panel.height,
  };
}

/** Below this a value is not drawn apart from 0: its powers of ten would lose digits. */
const SMALLEST = 1e-300;

/**
 * The range of these values with room around them, below as a part of their span. Of values all but equal it is a thousandth of
 * their size, so that rounding errors are not drawn as hills.
 */
export function rangeOf(values: readonly number[], below: number): Range {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (size < SMALLEST) return [-1, 1];
  const span = Math.max(high - low, size / 1000);
  const middle = (low + high) / 2;
  return [middle - (0.5 + below) * span, middle + 0.55 * span];
}

/** A step of 1, 2 or 5 times a power of ten that cuts the range into about `count`. */
function tickStep([from, to]: Range, count: number): number {
  const power = 10 ** Math.floor(Math.log10((to - from) / count));
  const ratio = (to - from) / count / power;
  return power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
}

function tickLabel(value: number, step: number): string {
  const power = Math.floor(Math.log10(step) + 1e-9);
  if (value === 0) return '0';
  if (power >= -5) return signed(value.toFixed(Math.max(0, -power)));
  const digits = Math.max(0, Math.floor(Math.log10(Math.abs(value)) + 1e-9) - power);
  return signed(value.toExponential(Math.min(digits, 15)));
}

/** The round values of a range, about `count` of them, as numbers and as text. */
export function ticks(
  range: Range,
  count: number,
): { readonly at: number; readonly text: string }[] {
  const step = tickStep(range, count);
  const first = Math.ceil(range[0] / step - 1e-9);
  const last = Math.floor(range[1] / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const at = (first + i) * step;
    return { at, text: tickLabel(at, step) };
  });
}

/** The grid of a panel, then its axes, with the ticks' texts; those of x only where asked for. */
export function drawGrid(panel: Panel, withXTexts: boolean): string {
  const { x, y, width, height, xRange, yRange } = panel;
  const lines: Record<'grid' | 'axis', string> = { grid: '', axis: '' };
  const texts: string[] = [];
  for (const { at, text } of ticks(xRange, width / 80)) {
    const left = toPixels(panel, { x: at, y: 0 }).x;
    lines[at === 0 ? 'axis' : 'grid'] += `M${px(left)} ${px(y)}v${px(height)}`;
    if (withXTexts) texts.push(drawText('tick', { x: left, y: y + height + 20 }, text, 'middle'));
  }
  for (const { at, text } of ticks(yRange, height / 55)) {
    const top = toPixels(panel, { x: 0, y: at }).y;
    lines[at === 0 ? 'axis' : 'grid'] += `M${px(x)} ${px(top)}h${px(width)}`;
    texts.push(drawText('tick', { x: x - 10, y: top + 4.5 }, text, 'end'));
  }
  return [
    `<path class="grid" d="${lines.grid}"/>`,
    `<path class="axis" d="${lines.axis}"/>`,
    ...texts,
  ].join('\n');
}
