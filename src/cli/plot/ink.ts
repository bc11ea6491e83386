// What is drawn where, in coarse cells: how much of it a label would cover, or a leader cross.
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
  const indexOf = ({ x, y }: Point): number => {
    const [i, j] = [column(x), row(y)];
    return i >= 0 && i < columns && j >= 0 && j < rows ? j * columns + i : -1;
  };
  // Far outside a line is not followed: it would take long, and nothing is there.
  const near = ({ x, y }: Point): Point => {
    return { x, y: Math.min(Math.max(y, area.y - 9), area.y + area.height + 9) };
  };
  return {
    draw(points, weight) {
      for (const [i, to] of points.entries()) {
        for (const point of steps(near(points[Math.max(0, i - 1)]!), near(to))) {
          const index = indexOf(point);
          if (index >= 0) cells[index] = Math.max(cells[index]!, weight);
        }
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
      const indices = new Set(steps(from, to).map(indexOf));
      indices.delete(-1);
      return [...indices].reduce((sum, index) => sum + cells[index]!, 0) / 6;
    },
  };
}

/** Points from one to another, closer than the side of a cell. */
function steps(from: Point, to: Point): Point[] {
  const count = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / (CELL / 2)) + 1;
  return Array.from({ length: count + 1 }, (_, i) => {
    return { x: from.x + ((to.x - from.x) * i) / count, y: from.y + ((to.y - from.y) * i) / count };
  });
}
