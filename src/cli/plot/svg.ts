// plotSvg: the picture of a request as one standalone SVG, the same for the same request; no script,
// no font or file from outside.
import { type Box, drawGrid, type Panel, type Point, toPixels } from './axes.ts';
import { inPixels, jumpsOf, pathOf } from './curves.ts';
import type { Feature } from './features.ts';
import { blank, type Ink } from './ink.ts';
import { DOT_RADIUS, type Line, placeLabels } from './labels.ts';
import { orderLabels, type PanelContent, type PlotRequest, panelsOf } from './panels.ts';
import { decimals, drawText, escapeText, px, signed, textWidth } from './text.ts';
import { lineClass, type PenName, styleSheet } from './theme.ts';

export type { PlotRequest } from './panels.ts';

const WIDTH = 960;
const LEFT = 80;
const RIGHT = 26;
const HEAD = 104;
const FOOT = 58;
/** The height of a panel alone, and of one above another. */
const ALONE = 480;
const STACKED = 290;
const BETWEEN = 40;

/** From a panel up to the line of texts above it. */
const ABOVE = 14;

const FORMULA = 'f(x) = x \u00b7 tanh(ln(1 + e\u02e3))';

const LABEL_HEIGHT = 20;
/** From the top of a label to the line its letters stand on. */
const BASELINE = 15;

// How bad it is, for each 3 pixels of them, to cover lines with a text.
const CURVE_INK = 120;
const THIN_INK = 8;

/** A panel with its content, its curves in pixels. */
interface Drawn {
  readonly panel: Panel;
  readonly content: PanelContent;
  readonly lines: readonly { readonly pen: PenName; readonly pieces: Point[][] }[];
}

function layOut(contents: readonly PanelContent[], request: PlotRequest): Drawn[] {
  const height = contents.length === 1 ? ALONE : STACKED;
  return contents.map((content, i) => {
    const box: Box = {
      x: LEFT,
      y: HEAD + i * (height + BETWEEN),
      width: WIDTH - LEFT - RIGHT,
      height,
    };
    const panel = { ...box, xRange: request.range, yRange: content.yRange };
    const lines = content.curves.map(({ pen, pieces }) => ({
      pen,
      pieces: inPixels(panel, pieces),
    }));
    return { panel, content, lines };
  });
}

function drawCurves({ panel, lines }: Drawn, clip: string): string {
  const topmostLast = lines.toReversed();
  const paths = topmostLast.map(
    ({ pen, pieces }) => `<path class="${lineClass(pen)}" d="${pathOf(pieces)}"/>`,
  );
  const circle = (name: string, pen: PenName, { x, y }: Point): string =>
    `<circle class="${pen} ${name}" cx="${px(x)}" cy="${px(y)}" r="3"/>`;
  const jumps = topmostLast.flatMap(({ pen, pieces }) =>
    jumpsOf(pieces).map(
      ({ taken, limit }) => circle('taken', pen, taken) + circle('limit', pen, limit),
    ),
  );
  const { x, y, width, height } = panel;
  return `<clipPath id="${clip}"><path d="M${x} ${y}h${width}v${height}h${-width}z"/></clipPath>
<g clip-path="url(#${clip})">
${[...paths, ...jumps].join('\n')}
</g>`;
}

/** "root 0", "minimum (−1.192431, −0.308843)". */
function wordsOf({ kind, x, y }: Feature): string {
  if (kind === 'root') return `root ${decimals(x)}`;
  return `${kind} (${decimals(x)}, ${decimals(y)})`;
}

function inkOf({ panel, lines }: Drawn, drops: readonly Line[]): Ink {
  const ink = blank(panel);
  const zero = toPixels(panel, { x: 0, y: 0 });
  const axes: Line[] = [
    [
      { x: panel.x, y: zero.y },
      { x: panel.x + panel.width, y: zero.y },
    ],
    [
      { x: zero.x, y: panel.y },
      { x: zero.x, y: panel.y + panel.height },
    ],
  ];
  for (const axis of axes) ink.draw(axis, THIN_INK);
  for (const drop of drops) ink.draw(drop, THIN_INK);
  for (const piece of lines.flatMap(({ pieces }) => pieces)) ink.draw(piece, CURVE_INK);
  return ink;
}

function drawMarks(drawn: Drawn, drops: readonly Line[]): string {
  const { panel, content } = drawn;
  const { marks } = content;
  const labels = marks.map((mark) => {
    return { at: toPixels(panel, mark), width: textWidth(wordsOf(mark)), height: LABEL_HEIGHT };
  });
  const placed = placeLabels(labels, panel, inkOf(drawn, drops));
  const leaders = placed.flatMap(({ leader }) => (leader ? [leader] : []));
  const dots = marks.map(({ pen }, i) => {
    const { x, y } = labels[i]!.at;
    return `<circle class="${pen} dot" cx="${px(x)}" cy="${px(y)}" r="${DOT_RADIUS - 1}"/>`;
  });
  const texts = marks.map((mark, i) => {
    const { x, y, width } = placed[i]!.box;
    const at = { x: x + width / 2, y: y + BASELINE };
    return drawText(`${mark.pen} note`, at, wordsOf(mark), 'middle');
  });
  return [drawLines('leader', leaders), ...dots, ...texts].join('\n');
}

/** Thin lines through the marks of one x: where f turns, f' is 0. */
function dropsOf(all: readonly Drawn[]): Line[] {
  const marks = all.flatMap(({ panel, content }) =>
    content.marks.map((mark) => ({ value: mark.x, at: toPixels(panel, mark) })),
  );
  return [...new Set(marks.map(({ value }) => value))].flatMap((value): Line[] => {
    const [first, ...more] = marks.filter((mark) => mark.value === value).map(({ at }) => at);
    const lowest = more.at(-1);
    return first && lowest ? [[first, lowest]] : [];
  });
}

/** Straight lines, as one path. */
function drawLines(name: string, lines: readonly Line[]): string {
  const ends = lines.map((line) => `M${line.map(({ x, y }) => `${px(x)} ${px(y)}`).join('L')}`);
  return `<path class="${name}" d="${ends.join('')}"/>`;
}

/** The names of the curves, Mish first, at the right above the first panel. */
function drawLegend({ panel, content }: Drawn): string {
  if (content.curves.length === 1) return '';
  let right = panel.x + panel.width;
  const fromTheRight = content.curves.toReversed();
  const entries = fromTheRight.map(({ pen, label }) => {
    const left = right - textWidth(label);
    right = left - 62;
    const y = panel.y - ABOVE;
    return `<path class="${lineClass(pen)}" d="M${px(left - 40)} ${px(y - 5)}h32"/>
${drawText('name', { x: left, y }, label)}`;
  });
  return entries.join('\n');
}

const namesOf = ([drawn]: readonly Drawn[]): string[] =>
  drawn ? drawn.content.curves.map(({ label }) => label) : [];

const derivativeWords = ['', ' and its derivative', ' and its first two derivatives'] as const;

function titleOf(request: PlotRequest, names: readonly string[]): string {
  if (request.with.length === 0) return `Mish${derivativeWords[request.derivatives]}`;
  const others = names.slice(1);
  const last = others.pop();
  return `Mish compared with ${others.length > 0 ? `${others.join(', ')} and ` : ''}${last}`;
}

/** What one who cannot see the picture is told: the curves, and the points marked on Mish. */
function describe(all: readonly Drawn[], { range }: PlotRequest): string {
  const [from, to] = range.map((end) => signed(String(end)));
  const marks = all.flatMap(({ content }) => content.marks);
  const marked = orderLabels.flatMap((label, order) => {
    const words = marks.filter((mark) => mark.order === order).map(wordsOf);
    return words.length > 0 ? [`; on ${label} of Mish: ${words.join(', ')}`] : [];
  });
  return `${namesOf(all).join(', ')} for x from ${from} to ${to}${marked.join('')}.`;
}

/** The picture of a request, as the text of an SVG file. */
export function plotSvg(request: PlotRequest): string {
  const all = layOut(panelsOf(request), request);
  const drops = dropsOf(all);
  const last = all.at(-1)!.panel;
  const height = last.y + last.height + FOOT;
  const parts = [request.derivatives, ...request.with, ...request.range, request.theme];
  const id = `mish-plot-${parts.join('-').replace(/[^\w-]/g, '_')}`;
  const scope = `mish-plot-${request.theme}`;
  const title = titleOf(request, namesOf(all));
  const panels = all.map((drawn, i) => {
    const label = drawText('muted', { x: LEFT, y: drawn.panel.y - ABOVE }, drawn.content.label);
    return [label, drawCurves(drawn, `${id}-${i}`), drawMarks(drawn, drops)].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" class="${scope}" role="img"
width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"
aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escapeText(title)}</title>
<desc id="${id}-desc">${escapeText(describe(all, request))}</desc>
${styleSheet(scope, request.theme)}
<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>
${drawText('title', { x: LEFT, y: 36 }, title)}
${drawText('muted', { x: LEFT, y: 59 }, FORMULA)}
${all.map(({ panel }) => drawGrid(panel, panel === last)).join('\n')}
${drawLines('drop', drops)}
${drawLegend(all[0]!)}
${panels.join('\n')}
${drawText('muted', { x: LEFT + last.width / 2, y: height - 14 }, 'x', 'middle')}
</svg>
`;
}
