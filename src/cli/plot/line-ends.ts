// The names of curves at the right ends of their lines, and markers along them.
import type { Panel, Point } from './axes.ts';
import { drawText, px, textWidth } from './text.ts';
import { markerPath, type PenName } from './theme.ts';

/** A curve in pixels. */
export interface DrawnLine {
  readonly pen: PenName;
  readonly label: string;
  readonly pieces: readonly (readonly Point[])[];
}

/** From one name to the next below it. */
const LINE_HEIGHT = 18;
/** From the panel's edge to the name, and to where its leader bends. */
const GAP = 12;
/** From a text's middle to the line that its letters stand on. */
const BASELINE = 5;

/** Whether the line leaves the panel above or below before its right end. */
const isCut = ({ y, height }: Panel, line: DrawnLine): boolean => {
  const end = line.pieces.at(-1)!.at(-1)!.y;
  return end < y - 1 || end > y + height + 1;
};

/** Names of lines that leave the panel, beside where they do, as straight lines of the texts' widths. */
export function insideNames(
  panel: Panel,
  lines: readonly DrawnLine[],
): readonly { readonly name: DrawnLine; readonly line: readonly [Point, Point] }[] {
  if (lines.length === 1) return [];
  return lines
    .filter((line) => isCut(panel, line))
    .map((name) => {
      const inside = name.pieces
        .flat()
        .filter(({ y }) => y >= panel.y && y <= panel.y + panel.height);
      const { x, y } = inside.at(-1) ?? { x: panel.x, y: panel.y };
      const isAbove = y < panel.y + panel.height / 2;
      const middle = isAbove ? panel.y + LINE_HEIGHT : panel.y + panel.height - LINE_HEIGHT;
      const begin = { x: x + GAP, y: middle };
      return { name, line: [begin, { x: begin.x + textWidth(name.label), y: middle }] };
    });
}

/** Each name at the height of its line's end, moved where two would meet, with a leader to the end. */
export function drawNames(panel: Panel, lines: readonly DrawnLine[]): string {
  const right = panel.x + panel.width;
  const beside = lines.filter((line) => !isCut(panel, line));
  const ends = beside.map(({ pieces }) => pieces.at(-1)!.at(-1)!.y);
  const middles = spread(ends, panel.y + 6, panel.y + panel.height - 6);
  const names = beside.map(({ pen, label }, i) => {
    const leader = `M${px(right + 1)} ${px(ends[i]!)}L${px(right + GAP - 3)} ${px(middles[i]!)}`;
    const at = { x: right + GAP, y: middles[i]! + BASELINE };
    return `<path class="${pen} end" d="${leader}"/>\n${drawText(`${pen} name`, at, label)}`;
  });
  const inside = insideNames(panel, lines).map(({ name: { pen, label }, line: [{ x, y }] }) =>
    drawText(`${pen} name`, { x, y: y + BASELINE }, label),
  );
  return [...names, ...inside].join('\n');
}

/** Heights at least a line apart, in the order of the ends, as near to them as there is room. */
function spread(ends: readonly number[], top: number, bottom: number): number[] {
  if (ends.length === 0) return [];
  const order = ends.map((_, i) => i).sort((a, b) => ends[a]! - ends[b]! || a - b);
  const step = Math.min(LINE_HEIGHT, (bottom - top) / Math.max(1, ends.length - 1));
  const at = order.map((i) => Math.min(Math.max(ends[i]!, top), bottom));
  // Down from the first, then up from the last: each move keeps what the one before has made.
  for (let k = 1; k < at.length; k++) at[k] = Math.max(at[k]!, at[k - 1]! + step);
  at[at.length - 1] = Math.min(at.at(-1)!, bottom);
  for (let k = at.length - 2; k >= 0; k--) at[k] = Math.min(at[k]!, at[k + 1]! - step);
  const middles: number[] = [];
  order.forEach((i, k) => {
    middles[i] = at[k]!;
  });
  return middles;
}

/** Between two markers of a curve. */
const MARKER_STEP = 96;

/** Markers along a curve, those of each curve elsewhere than those of the others. */
export function drawMarkers(panel: Panel, lines: readonly DrawnLine[]): string {
  return lines
    .flatMap(({ pen, pieces }, i) => {
      const path = markerPath(pen);
      if (!path) return [];
      const first = panel.x + (MARKER_STEP * (i + 0.5)) / lines.length;
      const count = Math.floor((panel.x + panel.width - first) / MARKER_STEP) + 1;
      const marks = Array.from({ length: count }, (_, k) => first + k * MARKER_STEP)
        .map((x) => pointAt(pieces, x))
        .filter((point) => point !== undefined)
        .map(({ x, y }) => `M${px(x)} ${px(y)}${path}`);
      return [`<path class="marker ${pen}" d="${marks.join('')}"/>`];
    })
    .join('\n');
}

/** Where the curve is at that x. */
function pointAt(pieces: readonly (readonly Point[])[], x: number): Point | undefined {
  for (const piece of pieces) {
    const i = piece.findIndex((point, k) => k > 0 && point.x >= x && piece[k - 1]!.x <= x);
    if (i < 0) continue;
    const [from, to] = [piece[i - 1]!, piece[i]!];
    const y = from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x || 1);
    return { x, y };
  }
  return undefined;
}
