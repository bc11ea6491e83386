// A map of what is drawn, in coarse cells: how much of it a label would cover, or a leader cross.
import type { Box, Point } from './axes.ts';

/** The side of a cell, in pixels. */
const CELL = 3;

/** Lines already drawn, each with how bad it is to cover. */
export interface Ink {
  /** Draws a line; where lines meet, the worst counts. */
  readonly draw: (points: readonly Point[], weight: number) => void;
  /** The sum of weights under a box. */
  readonly under: (box: Box) => number;
  /** The sum of weights along a line, a sixth as bad as under a text. */
  readonly along: (line: readonly [Point, Point]) => number;
}

/** An area without ink. */
export function blank(area: Box): Ink {
  const columns = Math.ceil(area.width / CELL);
  const rows = Math.ceil(area.height / CELL);
  const cells = new Uint8Array(columns * rows);
  const column = (x: number): number => Math.floor((x - area.x) / CELL);
  const row = (y: number): number => Math.floor((y - area.y) / CELL);
  const indexOf = (x: number, y: number): number => {
    const [i, j] = [column(x), row(y)];
    return i >= 0 && i < columns && j >= 0 && j < rows ? j * columns + i : -1;
  };
  /** Calls back with each cell that a line is in: once, as a straight line does not come back. */
  const follow = (from: Point, to: Point, visit: (index: number) => void): void => {
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const count = Math.ceil(Math.hypot(dx, dy) / (CELL / 2)) + 1;
    let last = -1;
    for (let i = 0; i <= count; i++) {
      const index = indexOf(from.x + (dx * i) / count, from.y + (dy * i) / count);
      if (index >= 0 && index !== last) visit(index);
      last = index;
    }
  };
  // Far outside a line is not followed: it would take long, and nothing is there.
  const near = ({ x, y }: Point): Point => {
    return { x, y: Math.min(Math.max(y, area.y - 9), area.y + area.height + 9) };
  };
  return {
    draw(points, weight) {
      for (const [i, to] of points.entries()) {
        follow(near(points[Math.max(0, i - 1)]!), near(to), (index) => {
          cells[index] = Math.max(cells[index]!, weight);
        });
      }
    },
    under(box) {
      let sum = 0;
      for (let j = Math.max(0, row(box.y)); j <= Math.min(rows - 1, row(box.y + box.height)); j++) {
        const right = Math.min(columns - 1, column(box.x + box.width));
        for (let i = Math.max(0, column(box.x)); i <= right; i++) sum += cells[j * columns + i]!;
      }
      return sum;
    },
    along([from, to]) {
      let sum = 0;
      follow(from, to, (index) => {
        sum += cells[index]!;
      });
      return sum / 6;
    },
  };
}
