// chartSvg: nanoseconds per element over the bytes that a call goes over, both by powers, with the sizes of
// the caches; a panel for each operation. One standalone SVG.
import { type Panel, type Point as Pixel, toPixels } from '../plot/axes.ts';
import { pathOf } from '../plot/curves.ts';
import { drawText, escapeText, px } from '../plot/text.ts';
import { lineClass, type Pens, styleSheet } from '../plot/theme.ts';
import type { Point, Series } from './measure.ts';
import { byteName, type Report } from './report.ts';

const WIDTH = 960;
const LEFT = 80;
/** Room for the names of the lines. */
const RIGHT = 230;
const HEAD = 104;
const FOOT = 58;
const PANEL = 300;
const BETWEEN = 40;

/** The colours are those of the plot of curves. */
const pens: Pens = {
  float32: { light: '#0067a5', dark: '#56b4e9' },
  'float32-fast': { light: '#0067a5', dark: '#56b4e9', dash: '9 4' },
  float64: { light: '#c04a00', dark: '#ff9248', dash: '15 4' },
  float16: { light: '#007a56', dark: '#2fd1a2', dash: '6 3 2 3' },
  bfloat16: { light: '#a63d84', dark: '#e396c8', dash: '3 4' },
  memcpy: { light: '#59636e', dark: '#b1bac4' },
  streaming: { light: '#59636e', dark: '#b1bac4', dash: '2 3' },
};

interface Line {
  readonly pen: string;
  readonly label: string;
  /** Bytes and nanoseconds per element. */
  readonly points: readonly Pixel[];
}

interface Chart {
  readonly op: string;
  readonly lines: readonly Line[];
}

const penOf = ({ dtype, precision }: Series) => (precision === 'fast' ? `${dtype}-fast` : dtype);

/** The lines of an operation: one for each dtype and precision, and the copies beside the first. */
function linesOf(points: readonly Point[], baseline: string): Line[] {
  const lines = [...new Set(points.map(penOf))].map((pen): Line => {
    const own = points.filter((point) => penOf(point) === pen);
    const label = pen.replace('-', ' ');
    return { pen, label, points: own.map(({ bytes, ns }) => ({ x: bytes, y: ns.median })) };
  });
  const first = points.filter((point) => penOf(point) === penOf(points[0]!));
  const copied = `, ${first[0]!.dtype}`;
  const memcpy = first.map(({ bytes, memcpy: { median } }) => ({ x: bytes, y: median }));
  lines.push({ pen: 'memcpy', label: `${baseline}${copied}`, points: memcpy });
  const streamed = first.flatMap(({ bytes, streaming }) =>
    streaming ? [{ x: bytes, y: streaming.median }] : [],
  );
  if (streamed.length === 0) return lines;
  return [...lines, { pen: 'streaming', label: `streaming copy${copied}`, points: streamed }];
}

/** The points of the first ISA level and number of threads: one chart shows one of each. */
function chartsOf({ points, baseline }: Report): Chart[] {
  const [first] = points;
  const alike = points.filter((p) => p.isa === first?.isa && p.threads === first.threads);
  return [...new Set(alike.map(({ op }) => op))].map((op) => {
    const own = alike.filter((point) => point.op === op);
    return { op, lines: linesOf(own, baseline) };
  });
}

/** The panels of the charts, one above the other, with the same bytes across. */
function panelsOf(charts: readonly Chart[]): Panel[] {
  const pointsOf = ({ lines }: Chart) => lines.flatMap((line) => line.points);
  const xs = charts.flatMap(pointsOf).map(({ x }) => Math.log2(x));
  return charts.map((chart, i) => {
    const ys = pointsOf(chart).map(({ y }) => Math.log10(y));
    return {
      x: LEFT,
      y: HEAD + i * (PANEL + BETWEEN),
      width: WIDTH - LEFT - RIGHT,
      height: PANEL,
      xRange: [Math.min(...xs) - 0.3, Math.max(...xs) + 0.3],
      yRange: [Math.min(...ys) - 0.1, Math.max(...ys) + 0.25],
    };
  });
}

const place = (panel: Panel, { x, y }: Pixel): Pixel =>
  toPixels(panel, { x: Math.log2(x), y: Math.log10(y) });

/** Powers of 4 across, their texts where asked for; 1, 2 and 5 times powers of 10 up. */
function drawGrid(panel: Panel, withXTexts: boolean): string {
  const { x, y, width, height, xRange, yRange } = panel;
  const texts: string[] = [];
  let grid = '';
  const step = Math.max(2, 2 * Math.ceil((xRange[1] - xRange[0]) / 20));
  for (let power = Math.ceil(xRange[0]); power <= xRange[1]; power++) {
    if (power % step !== 0) continue;
    const left = place(panel, { x: 2 ** power, y: 1 }).x;
    grid += `M${px(left)} ${px(y)}v${px(height)}`;
    const at = { x: left, y: y + height + 20 };
    if (withXTexts) texts.push(drawText('tick', at, byteName(2 ** power), 'middle'));
  }
  for (let power = Math.floor(yRange[0]); power <= yRange[1]; power++) {
    for (const lead of [1, 2, 5]) {
      const value = Number(`${lead}e${power}`);
      const top = place(panel, { x: 1, y: value }).y;
      if (top < y || top > y + height) continue;
      grid += `M${px(x)} ${px(top)}h${px(width)}`;
      texts.push(drawText('tick', { x: x - 10, y: top + 4.5 }, String(value), 'end'));
    }
  }
  return [`<path class="grid" d="${grid}"/>`, ...texts].join('\n');
}

function drawCaches(panel: Panel, { machine }: Report): string {
  const { x, y, width, height } = panel;
  const marks = machine.caches
    .map(({ name, bytes }) => ({ name, left: place(panel, { x: bytes, y: 1 }).x }))
    .filter(({ left }) => left > x && left < x + width);
  const lines = marks.map(({ left }) => `M${px(left)} ${px(y)}v${px(height)}`);
  const names = marks.map(({ name, left }) => drawText('muted', { x: left + 5, y: y + 16 }, name));
  return [`<path class="drop" d="${lines.join('')}"/>`, ...names].join('\n');
}

/** The lines of a panel, and their names at its right. */
function drawLines(panel: Panel, { lines }: Chart): string {
  const drawn = lines.map(({ pen, points }) => {
    const pixels = points.map((point) => place(panel, point));
    return `<path class="${lineClass(pen)}" d="${pathOf([pixels])}"/>`;
  });
  const right = panel.x + panel.width;
  const names = lines.map(({ pen, label }, i) => {
    const y = panel.y + 16 + 22 * i;
    const sample = `<path class="${lineClass(pen)}" d="M${right + 10} ${px(y - 5)}h24"/>`;
    return `${sample}\n${drawText('name', { x: right + 40, y }, label)}`;
  });
  return [...drawn.toReversed(), ...names].join('\n');
}

/** The chart of a report, as the text of an SVG file. */
export function chartSvg(report: Report): string {
  const charts = chartsOf(report);
  const { isa, threads } = report.points[0]!;
  const height = HEAD + charts.length * (PANEL + BETWEEN) - BETWEEN + FOOT;
  const title = 'node-mish: nanoseconds per element';
  const on = `${report.machine.cpu}, ${isa}, ${threads} thread${threads === 1 ? '' : 's'}`;
  const panels = panelsOf(charts).map((panel, i) => {
    const chart = charts[i]!;
    return [
      drawText('muted', { x: LEFT, y: panel.y - 14 }, chart.op),
      drawGrid(panel, i === charts.length - 1),
      drawCaches(panel, report),
      drawLines(panel, chart),
    ].join('\n');
  });
  const middle = LEFT + (WIDTH - LEFT - RIGHT) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="mish-bench" role="img"
width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"
aria-labelledby="mish-bench-title">
<title id="mish-bench-title">${escapeText(`${title}; ${on}`)}</title>
${styleSheet('mish-bench', 'auto', pens)}
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>
${drawText('title', { x: LEFT, y: 36 }, title)}
${drawText('muted', { x: LEFT, y: 59 }, on)}
${panels.join('\n')}
${drawText('muted', { x: middle, y: height - 14 }, 'bytes read and written by a call', 'middle')}
</svg>
`;
}
