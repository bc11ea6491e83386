// Draws curves as one standalone SVG, a pure function of them: light and dark by media query, no
// script, no font or file from outside.

/** A function to draw, with the points of it that are worth a name. */
export interface Curve {
  readonly label: string;
  readonly y: (x: number) => number;
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
}

export interface PlotOptions {
  /** What a screen reader says, the title also as a tooltip. */
  readonly title?: string;
  readonly description?: string;
  /** The ranges shown: x from -6 to 4, and y wide enough for every curve. */
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
  readonly width?: number;
  readonly height?: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** The plotting area in pixels and the ranges that it shows. */
interface Frame extends Box {
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
}

const FONT_SIZE = 14;
const LINE_HEIGHT = 22;

// Okabe and Ito's colours, told apart by colour-blind readers too; lighter ones on dark.
const COLOURS = [
  { light: '#0072b2', dark: '#56b4e9' },
  { light: '#d55e00', dark: '#ff9248' },
  { light: '#00875f', dark: '#2fd1a2' },
  { light: '#b3478f', dark: '#e396c8' },
  { light: '#8a6d00', dark: '#f0e442' },
] as const;

function style(): string {
  const colours = (mode: 'light' | 'dark'): string =>
    COLOURS.map((colour, i) => `.mish-plot .c${i} { color: ${colour[mode]}; }`).join('\n');
  return `<style>
.mish-plot text { font: ${FONT_SIZE}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.mish-plot text { color: #1f2328; fill: currentColor; }
.mish-plot .tick { color: #59636e; font-size: ${FONT_SIZE - 1}px; }
.mish-plot .card { fill: #ffffff; stroke: #d1d9e0; }
.mish-plot .grid { stroke: #e8ebef; }
.mish-plot .axis { stroke: #7d8590; stroke-width: 1.25; }
.mish-plot .leader { stroke: #9aa2ab; }
.mish-plot .line { fill: none; stroke: currentColor; stroke-width: 2.75; stroke-linejoin: round; }
.mish-plot .dot { fill: currentColor; stroke: #ffffff; stroke-width: 2; }
.mish-plot .halo { stroke: #ffffff; stroke-width: 4; stroke-linejoin: round; paint-order: stroke; }
${colours('light')}
@media (prefers-color-scheme: dark) {
.mish-plot text { color: #e6edf3; }
.mish-plot .tick { color: #9198a1; }
.mish-plot .card { fill: #0d1117; stroke: #3d444d; }
.mish-plot .grid { stroke: #21262d; }
.mish-plot .leader { stroke: #656c76; }
.mish-plot .dot, .mish-plot .halo { stroke: #0d1117; }
${colours('dark')}
}
</style>`;
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A pixel coordinate, short. */
function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function toPixels(frame: Frame, x: number, y: number): Point {
  const [left, right] = frame.xRange;
  const [bottom, top] = frame.yRange;
  const across = ((x - left) / (right - left)) * frame.width;
  return { x: frame.x + across, y: frame.y + ((top - y) / (top - bottom)) * frame.height };
}

/** A step of 1, 2 or 5 times a power of ten that cuts the range into about `count`. */
function tickStep([from, to]: readonly [number, number], count: number): number {
  const power = 10 ** Math.floor(Math.log10((to - from) / count));
  const ratio = (to - from) / count / power;
  return power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
}

function ticks(range: readonly [number, number], count: number): { at: number; label: string }[] {
  const step = tickStep(range, count);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(range[0] / step - 1e-9);
  const last = Math.floor(range[1] / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const at = (first + i) * step;
    return { at, label: at.toFixed(digits).replace(/^-/, '\u2212') };
  });
}

/** Values over a range of this many pixels, close enough to draw a smooth line through. */
function samples([from, to]: readonly [number, number], pixels: number): number[] {
  const count = Math.max(2, Math.ceil(pixels / 3));
  return Array.from({ length: count + 1 }, (_, i) => from + ((to - from) * i) / count);
}

/** The range of 0 and all finite values, with room below for labels. */
function rangeOf(curves: readonly Curve[], xs: readonly number[]): readonly [number, number] {
  const values = [0, ...curves.flatMap(({ y }) => xs.map(y)).filter(Number.isFinite)];
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  return [low - 0.09 * span, low + 1.03 * span];
}

function drawGrid(frame: Frame): string {
  const { x, y, width, height, xRange, yRange } = frame;
  const columns = ticks(xRange, width / 80).map(({ at, label }) => {
    const left = px(toPixels(frame, at, 0).x);
    return `<path class="${at === 0 ? 'axis' : 'grid'}" d="M${left} ${px(y)}v${px(height)}"/>
<text class="tick" x="${left}" y="${px(y + height + 20)}" text-anchor="middle">${label}</text>`;
  });
  const rows = ticks(yRange, height / 60).map(({ at, label }) => {
    const top = toPixels(frame, 0, at).y;
    return `<path class="${at === 0 ? 'axis' : 'grid'}" d="M${px(x)} ${px(top)}h${px(width)}"/>
<text class="tick" x="${px(x - 10)}" y="${px(top + 4.5)}" text-anchor="end">${label}</text>`;
  });
  // The axes last, over the lines that cross them.
  const isAxis = (line: string): boolean => line.includes('"axis"');
  const all = [...columns, ...rows];
  return [...all.filter((line) => !isAxis(line)), ...all.filter(isAxis)].join('\n');
}

function drawLine(points: readonly Point[], colour: number): string {
  let d = '';
  let command = 'M';
  for (const { x, y } of points) {
    if (Number.isFinite(y)) d += `${command}${px(x)} ${px(y)}`;
    command = Number.isFinite(y) ? 'L' : 'M';
  }
  return `<path class="line c${colour}" d="${d}"/>`;
}

/** About the width of a text: there is no font to measure it with. */
function textWidth(text: string): number {
  return [...text].length * FONT_SIZE * 0.6;
}

function holds(box: Box, { x, y }: Point, margin: number): boolean {
  const inX = x > box.x - margin && x < box.x + box.width + margin;
  return inX && y > box.y - margin && y < box.y + box.height + margin;
}

function overlap(a: Box, b: Box): boolean {
  const inX = a.x < b.x + b.width + 8 && b.x < a.x + a.width + 8;
  return inX && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** How bad a box is: out of the frame, on others, or on points. */
function penalty(box: Box, frame: Frame, taken: readonly Box[], points: readonly Point[]): number {
  const right = box.x + box.width;
  const inX = box.x >= frame.x && right <= frame.x + frame.width;
  const inside = inX && box.y >= frame.y && box.y + box.height <= frame.y + frame.height;
  const boxes = taken.filter((other) => overlap(box, other)).length;
  const hits = points.filter((point) => holds(box, point, 3)).length;
  return (inside ? 0 : 5000) + 1000 * boxes + 30 * hits;
}

function best(boxes: readonly Box[], cost: (box: Box, rank: number) => number): Box {
  const costs = boxes.map(cost);
  return boxes[costs.indexOf(Math.min(...costs))] as Box;
}

/** The places for a label around a point, nearest first. */
function placesAround({ x, y }: Point, label: string): Box[] {
  const width = textWidth(label);
  const height = LINE_HEIGHT - 2;
  return [12, 20, 32, 48, 68, 92, 120].flatMap((distance) =>
    Array.from({ length: 16 }, (_, i) => {
      const dx = Math.cos((i * Math.PI) / 8);
      const dy = Math.sin((i * Math.PI) / 8);
      const left = x + dx * (distance + width / 2) - width / 2;
      return { x: left, y: y + dy * (distance + height / 2) - height / 2, width, height };
    }),
  );
}

/** The legend's rows and the box that they fill, in the emptiest corner. */
function placeLegend(
  curves: readonly Curve[],
  frame: Frame,
  points: readonly Point[],
): [svg: string, box: Box] {
  const width = Math.max(0, ...curves.map(({ label }) => textWidth(label))) + 42;
  const height = curves.length * LINE_HEIGHT + 4;
  const lefts = [frame.x + 16, frame.x + frame.width - width - 16];
  const tops = [frame.y + 14, frame.y + frame.height - height - 14];
  const corners = tops.flatMap((y) => lefts.map((x) => ({ x, y, width, height })));
  const box = best(corners, (corner) => penalty(corner, frame, [], points));
  const rows = curves.map(({ label }, i) => {
    const y = box.y + (i + 0.5) * LINE_HEIGHT + 2;
    return `<path class="line c${i % COLOURS.length}" d="M${px(box.x)} ${px(y)}h26"/>
<text class="halo" x="${px(box.x + 36)}" y="${px(y + 5)}">${escapeText(label)}</text>`;
  });
  return [rows.join('\n'), box];
}

type Mark = { readonly at: Point; readonly label: string; readonly colour: number };

/** From a point to the nearest one of its label, where that is far enough to need a line. */
function leader(at: Point, box: Box): Point[] {
  const x = Math.min(Math.max(at.x, box.x), box.x + box.width);
  const y = Math.min(Math.max(at.y, box.y), box.y + box.height);
  const length = Math.hypot(x - at.x, y - at.y);
  if (length < 16) return [];
  return samples([9 / length, 1], 48).map((along) => {
    return { x: at.x + (x - at.x) * along, y: at.y + (y - at.y) * along };
  });
}

function drawLabel({ label, colour }: Mark, box: Box, line: readonly Point[]): string {
  const path = line.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`).join('');
  const text = escapeText(label);
  const middle = px(box.x + box.width / 2);
  const y = px(box.y + 15);
  return `<path class="leader" d="${path}"/>
<text class="halo c${colour}" x="${middle}" y="${y}" text-anchor="middle">${text}</text>`;
}

function drawMarks(marks: readonly Mark[], frame: Frame, legend: Box, points: Point[]): string {
  const dotBoxes = marks.map(({ at }) => ({ x: at.x - 7, y: at.y - 7, width: 14, height: 14 }));
  const taken: Box[] = [legend, ...dotBoxes];
  const met = [...points];
  const labels = marks.map((mark) => {
    const box = best(placesAround(mark.at, mark.label), (place, rank) => {
      const onLine = leader(mark.at, place).map((point) => ({ ...point, width: 0, height: 0 }));
      const crossed = onLine.filter((point) => taken.some((other) => holds(other, point, 0)));
      const touched = met.filter((point) => onLine.some((other) => holds(other, point, 3)));
      const cost = penalty(place, frame, taken, met) + rank;
      return cost + 200 * crossed.length + 10 * touched.length;
    });
    const line = leader(mark.at, box);
    taken.push(box);
    met.push(...line);
    return drawLabel(mark, box, line);
  });
  const dots = marks.map(({ at, colour }) => {
    return `<circle class="dot c${colour}" cx="${px(at.x)}" cy="${px(at.y)}" r="5.5"/>`;
  });
  return [...labels, ...dots].join('\n');
}

/** The SVG text of these curves. */
export function mishPlotSvg(curves: readonly Curve[], options: PlotOptions = {}): string {
  const { width = 900, height = 560, x: xRange = [-6, 4], title = 'Mish' } = options;
  const area = { x: 56, y: 24, width: width - 84, height: height - 68 };
  const xs = samples(xRange, area.width);
  const frame: Frame = { ...area, xRange, yRange: options.y ?? rangeOf(curves, xs) };
  const lines = curves.map(({ y }) => xs.map((x) => toPixels(frame, x, y(x))));
  const xAxis = xs.map((x) => toPixels(frame, x, 0));
  const yAxis = samples(frame.yRange, area.height).map((y) => toPixels(frame, 0, y));
  const points = [...lines.flat(), ...xAxis, ...yAxis];
  const marks = curves.flatMap((curve, i) =>
    (curve.marks ?? []).map(({ x, label }) => {
      return { at: toPixels(frame, x, curve.y(x)), label, colour: i % COLOURS.length };
    }),
  );
  const [legend, legendBox] = placeLegend(curves, frame, points);
  const names = curves.map(({ label }) => label).join(', ');
  return `<svg xmlns="http://www.w3.org/2000/svg" class="mish-plot" role="img"
width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"
aria-labelledby="mish-plot-title mish-plot-desc">
<title id="mish-plot-title">${escapeText(title)}</title>
<desc id="mish-plot-desc">${escapeText(options.description ?? `Curves of ${names}.`)}</desc>
${style()}
<clipPath id="mish-plot-area">
<path d="M${area.x} ${area.y}h${area.width}v${area.height}h${-area.width}z"/>
</clipPath>
<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>
${drawGrid(frame)}
<g clip-path="url(#mish-plot-area)">
${lines.map((line, i) => drawLine(line, i % COLOURS.length)).join('\n')}
</g>
${legend}
${drawMarks(marks, frame, legendBox, points)}
</svg>
`;
}
