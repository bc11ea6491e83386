// Where the panels of a plot are, in a picture of the size that is asked for or that suits them.
import type { Box } from './axes.ts';
import type { PlotRequest } from './panels.ts';
import { textWidth } from './text.ts';

const WIDTH = 960;
const LEFT = 80;
const HEAD = 104;
const FOOT = 58;
/** The height of a panel alone, and of one above another. */
const ALONE = 480;
const STACKED = 290;
/** Between panels above one another, and side by side: there the texts of the next one's y axis stand. */
const BETWEEN = 40;
const BESIDE = 66;
/** Right of a panel, beside the names of its curves. */
const MARGIN = 26;

/** Smaller panels have no room for what they show. */
const LEAST_PANEL = { width: 160, height: 100 };

/** The width of a picture and its height; where its panels are. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
}

/** The left edge of the first panel, and of the texts above it. */
export const LEFT_EDGE: number = LEFT;

/** The room at the right of each panel for the names of curves. */
export function namesWidth(names: readonly string[]): number {
  return Math.max(...names.map((name) => textWidth(name))) + MARGIN;
}

/**
 * @param names - of the curves in every panel, that stand at its right
 * @throws RangeError when the size leaves too little for the panels; its message says the least size
 */
export function layOutPanels(
  count: number,
  names: readonly string[],
  { size, panels = 'rows' }: Pick<PlotRequest, 'size' | 'panels'>,
): Layout {
  const columns = panels === 'columns' ? count : 1;
  const rows = panels === 'columns' ? 1 : count;
  const right = namesWidth(names);
  const suits = rows === 1 ? ALONE : rows * STACKED + (rows - 1) * BETWEEN;
  const width = size?.width ?? (columns === 1 ? WIDTH : LEFT + columns * 420);
  const height = size?.height ?? HEAD + suits + FOOT;
  const inner = {
    width: (width - LEFT - (columns - 1) * BESIDE - columns * right) / columns,
    height: (height - HEAD - FOOT - (rows - 1) * BETWEEN) / rows,
  };
  checkRoom(inner, { columns, rows, right });
  const boxes = Array.from({ length: count }, (_, i) => ({
    x: LEFT + (columns === 1 ? 0 : i * (inner.width + right + BESIDE)),
    y: HEAD + (rows === 1 ? 0 : i * (inner.height + BETWEEN)),
    ...inner,
  }));
  return { width, height, boxes };
}

function checkRoom(
  inner: { readonly width: number; readonly height: number },
  { columns, rows, right }: { columns: number; rows: number; right: number },
): void {
  if (inner.width >= LEAST_PANEL.width && inner.height >= LEAST_PANEL.height) return;
  const width = LEFT + (columns - 1) * BESIDE + columns * (right + LEAST_PANEL.width);
  const height = HEAD + FOOT + (rows - 1) * BETWEEN + rows * LEAST_PANEL.height;
  throw new RangeError(`${Math.ceil(width)}x${Math.ceil(height)} or more for these panels`);
}
