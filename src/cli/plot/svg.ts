// plotSvg: the picture of a request as one standalone SVG, the same for the same request; no script,
// no font or file from outside.
import { drawGrid, type Panel, type Point, toPixels } from './axes.ts';
import { inPixels, jumpsOf, pathOf } from './curves.ts';
import type { Feature } from './features.ts';
import { blank, type Ink } from './ink.ts';
import { DOT_RADIUS, type Line, placeLabels } from './labels.ts';
import { type Layout, LEFT_EDGE, layOutPanels } from './layout.ts';
import { type DrawnLine, drawMarkers, drawNames, insideNames } from './line-ends.ts';
import { orderLabels, type PanelContent, type PlotRequest, panelsOf } from './panels.ts';
import { decimals, drawText, escapeText, px, signed, TITLE_SIZE, textWidth } from './text.ts';
import { lineClass, type PenName, styleSheet } from './theme.ts';

export type { PlotRequest } from './panels.ts';

/** From a panel up to the line of texts above it. */
const ABOVE = 14;

const FORMULA = 'f(x) = x \u00b7 tanh(ln(1 + e\u02e3))';

const LABEL_HEIGHT = 20;
/** From the top of a label to the line its letters stand on. */
const BASELINE = 15;

// How bad it is, for each 3 pixels of them, to cover lines with a text.
const CURVE_INK = 120;
const THIN_INK = 200;

/** A panel with its content, its curves in pixels. */
interface Drawn {
  readonly panel: Panel;
  readonly content: PanelContent;
  readonly lines: readonly DrawnLine[];
}

function draw(contents: readonly PanelContent[], { boxes }: Layout, request: PlotRequest): Drawn[] {
  return contents.map((content, i) => {
    const panel = { ...boxes[i]!, xRange: request.range, yRange: content.yRange };
    const lines = content.curves.map(({ pen, label, pieces }) => ({
      ...{ pen, label, pieces: inPixels(panel, pieces) },
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
${[...paths, drawMarkers(panel, topmostLast), ...jumps].join('\n')}
</g>`;
}

/** "root 0", "minimum (−1.192431, −0.308843)". */
function wordsOf({ kind, x, y }: Feature, { digits = 6 }: PlotRequest): string {
  if (kind === 'root') return `root ${decimals(x, digits)}`;
  return `${kind} (${decimals(x, digits)}, ${decimals(y, digits)})`;
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
  for (const name of insideNames(panel, lines)) ink.draw(name.line, CURVE_INK);
  return ink;
}

function drawMarks(drawn: Drawn, drops: readonly Line[], request: PlotRequest): string {
  const { panel, content } = drawn;
  const { marks } = content;
  if (request.labels === 'none') return '';
  const dots = marks.map((mark) => {
    const { x, y } = toPixels(panel, mark);
    return `<circle class="${mark.pen} dot" cx="${px(x)}" cy="${px(y)}" r="${DOT_RADIUS - 1}"/>`;
  });
  if (request.labels === 'points') return dots.join('\n');
  const labels = marks.map((mark) => ({
    ...{ at: toPixels(panel, mark), width: textWidth(wordsOf(mark, request)) },
    height: LABEL_HEIGHT,
  }));
  const placed = placeLabels(labels, panel, inkOf(drawn, drops));
  const leaders = placed.flatMap(({ leader }) => (leader ? [leader] : []));
  const texts = marks.map((mark, i) => {
    const { x, y, width } = placed[i]!.box;
    const at = { x: x + width / 2, y: y + BASELINE };
    return drawText(`${mark.pen} note`, at, wordsOf(mark, request), 'middle');
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

const namesOf = ([drawn]: readonly Drawn[]): string[] =>
  drawn ? drawn.content.curves.map(({ label }) => label) : [];

const derivativeWords = ['', ' and its derivative', ' and its first two derivatives'] as const;

function titleOf(request: PlotRequest, names: readonly string[], width: number): string {
  if (request.with.length === 0) return `Mish${derivativeWords[request.derivatives]}`;
  const others = names.slice(1);
  const last = others.pop();
  const title = `Mish compared with ${others.length > 0 ? `${others.join(', ')} and ` : ''}${last}`;
  const isLong = textWidth(title, TITLE_SIZE) > width - 2 * LEFT_EDGE;
  return isLong ? `Mish compared with ${others.length + 1} activations` : title;
}

/** What one who cannot see the picture is told: the curves, and the points marked on Mish. */
function describe(all: readonly Drawn[], request: PlotRequest): string {
  const [from, to] = request.range.map((end) => signed(String(end)));
  const marks = all.flatMap(({ content }) => content.marks);
  const marked = orderLabels.flatMap((label, order) => {
    const words = marks
      .filter((mark) => mark.order === order)
      .map((mark) => wordsOf(mark, request));
    return words.length > 0 ? [`; on ${label} of Mish: ${words.join(', ')}`] : [];
  });
  return `${namesOf(all).join(', ')} for x from ${from} to ${to}${marked.join('')}.`;
}

/** An id that no other picture on a page has, by what is drawn. */
function idOf({ derivatives, with: others, range, theme, ...rest }: PlotRequest): string {
  const { size, digits, labels, panels } = rest;
  const more = [size?.width, size?.height, digits, labels, panels].map((each) => each ?? '');
  const parts = [derivatives, ...others, ...range, theme, ...more.filter((each) => each !== '')];
  return `mish-plot-${parts.join('-').replace(/[^\w-]/g, '_')}`;
}

/**
 * The picture of a request, as the text of an SVG file.
 * @throws RangeError when its size leaves too little room for its panels; the message says the least
 */
export function plotSvg(request: PlotRequest): string {
  const contents = panelsOf(request);
  const names = contents[0]!.curves.map(({ label }) => label);
  const layout = layOutPanels(contents.length, names, request);
  const all = draw(contents, layout, request);
  const isStacked = request.panels !== 'columns';
  const drops = isStacked && request.labels !== 'none' ? dropsOf(all) : [];
  const { width, height } = layout;
  const id = idOf(request);
  const scope = `mish-plot-${request.theme}`;
  const title = titleOf(request, namesOf(all), width);
  const panels = all.map((drawn, i) => {
    const at = { x: drawn.panel.x, y: drawn.panel.y - ABOVE };
    const label = drawText('muted', at, drawn.content.label);
    const curves = drawCurves(drawn, `${id}-${i}`);
    const ends = drawn.lines.length > 1 ? drawNames(drawn.panel, drawn.lines) : '';
    return [label, curves, ends, drawMarks(drawn, drops, request)].join('\n');
  });
  const xAxes = isStacked ? [all.at(-1)!] : all;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="${scope}" role="img"
width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"
aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${escapeText(title)}</title>
<desc id="${id}-desc">${escapeText(describe(all, request))}</desc>
${styleSheet(scope, request.theme)}
<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10"/>
${drawText('title', { x: LEFT_EDGE, y: 36 }, title)}
${drawText('muted', { x: LEFT_EDGE, y: 59 }, FORMULA)}
${all.map((drawn) => drawGrid(drawn.panel, xAxes.includes(drawn))).join('\n')}
${drawLines('drop', drops)}
${panels.join('\n')}
${xAxes.map(({ panel }) => drawText('muted', { x: panel.x + panel.width / 2, y: height - 14 }, 'x', 'middle')).join('\n')}
</svg>
`;
}
