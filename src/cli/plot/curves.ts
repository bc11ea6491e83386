// A function as line pieces: sampled where it bends, cut where it jumps, drawn with few points.
import { type Panel, type Point, type Range, toPixels } from './axes.ts';
import { px } from './text.ts';

/** All that bends does so between these, however wide the range is, and is sampled this finely. */
const CORE: Range = [-8, 8];
const CORE_STEPS = 400;
const STEPS = 320;

/** Between left and right values of a jump; a function that is continuous moves less at 5e-324. */
const JUMP = 1e-6;

/** How far, in pixels, a drawn line may be from the sampled one. */
const TOLERANCE = 0.04;

function even([from, to]: Range, steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => from + ((to - from) * i) / steps);
}

/** Where to sample, rising: evenly over the range, and finely in the core. */
export function sampleAt(range: Range): number[] {
  const inside = even(CORE, CORE_STEPS).filter((x) => x > range[0] && x < range[1]);
  return [...new Set([...even(range, STEPS), ...inside])].sort((a, b) => a - b);
}

/** The samples of a function in pieces; every activation of two pieces has its joint at 0. */
export function trace(f: (x: number) => number, xs: readonly number[]): Point[][] {
  const pieces: Point[][] = [[]];
  for (const x of xs) {
    const y = f(x);
    pieces.at(-1)?.push({ x, y });
    if (x !== 0 || x === xs.at(-1)) continue;
    const after = f(Number.MIN_VALUE);
    if (Math.abs(after - y) > JUMP) pieces.push([{ x, y: after }]);
  }
  return pieces;
}

/** How far `point` is from the line through a and b. */
function distance(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  return Math.abs((point.x - a.x) * dy - (point.y - a.y) * dx) / (Math.hypot(dx, dy) || 1);
}

/** The fewest of these points that keep the line (Douglas and Peucker). */
function thin(points: readonly Point[]): Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || points.length < 3) return [...points];
  const distances = points.map((point) => distance(point, first, last));
  const far = distances.indexOf(Math.max(...distances));
  if (distances[far]! <= TOLERANCE) return [first, last];
  return [...thin(points.slice(0, far + 1)), ...thin(points.slice(far)).slice(1)];
}

/** The path of pieces given in pixels. */
export function pathOf(pieces: readonly (readonly Point[])[]): string {
  const draw = (points: readonly Point[]): string =>
    `M${points.map(({ x, y }) => `${px(x)} ${px(y)}`).join('L')}`;
  return pieces.map((piece) => draw(thin(piece))).join('');
}

/** The ends at each jump: the value taken, and the limit from the right, which is not. */
export function jumpsOf(pieces: readonly (readonly Point[])[]): { taken: Point; limit: Point }[] {
  return pieces.slice(1).map((piece, i) => ({ taken: pieces[i]!.at(-1)!, limit: piece[0]! }));
}

/** The pieces in pixels of a panel. */
export function inPixels(panel: Panel, pieces: readonly (readonly Point[])[]): Point[][] {
  return pieces.map((piece) => piece.map((point) => toPixels(panel, point)));
}
