// Places labels: near their points, off the lines, off one another, with a leader where far.
import type { Box, Point } from './axes.ts';
import type { Ink } from './ink.ts';

/** A text of this size to be put near a point. */
export interface Label {
  readonly at: Point;
  readonly width: number;
  readonly height: number;
}

/** A straight line, by its ends. */
export type Line = readonly [Point, Point];

/** The place of a label, and the line from its point where it is not beside it. */
export interface Placed {
  readonly box: Box;
  readonly leader?: Line;
}

/** The radius of a dot with its rim. */
export const DOT_RADIUS = 6.5;

/** Up to here a label is beside its point and needs no leader. */
const BESIDE = 16;

/** Clear space kept between two labels, the halo of each included. */
const GAP_X = 18;
const GAP_Y = 2;

// What is bad, in pixels of distance that one would go to avoid it.
const OUTSIDE = 9000;
const ON_LABEL = 3000;
const ON_DOT = 1500;
const LEADERS_CROSS = 700;
const LEADER = 20;

/** From this distance on a step more counts double and more, for the sake of short leaders. */
const LONG = 100;

/** All labels are placed again in each round, given the others, which count more and more. */
const WEIGHTS = [0.02, 0.05, 0.1, 0.3, 1, 1];

/** Orders to begin in, of which the best result is taken; 100 found it for every picture tried. */
const TRIES = 200;

function nearest(box: Box, { x, y }: Point): Point {
  return {
    x: Math.min(Math.max(x, box.x), box.x + box.width),
    y: Math.min(Math.max(y, box.y), box.y + box.height),
  };
}

function grown(box: Box, dx: number, dy: number): Box {
  return { x: box.x - dx, y: box.y - dy, width: box.width + 2 * dx, height: box.height + 2 * dy };
}

function overlap(a: Box, b: Box): boolean {
  const inX = a.x < b.x + b.width && b.x < a.x + a.width;
  return inX && a.y < b.y + b.height && b.y < a.y + a.height;
}

function holds(box: Box, { x, y }: Point): boolean {
  return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
}

function inside(outer: Box, { x, y, width, height }: Box): boolean {
  const inX = x >= outer.x && x + width <= outer.x + outer.width;
  return inX && y >= outer.y && y + height <= outer.y + outer.height;
}

/** On which side of the line from a to b a point is. */
function side(a: Point, b: Point, point: Point): number {
  return Math.sign((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x));
}

function cross([a, b]: Line, [c, d]: Line): boolean {
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Whether a line passes through a box: it crosses one of its diagonals, or ends in it. */
function passes(line: Line, box: Box): boolean {
  const { x, y, width, height } = box;
  const [right, bottom] = [x + width, y + height];
  const falling: Line = [
    { x, y },
    { x: right, y: bottom },
  ];
  const rising: Line = [
    { x, y: bottom },
    { x: right, y },
  ];
  const ends = holds(box, line[0]) || holds(box, line[1]);
  return ends || cross(line, falling) || cross(line, rising);
}

/** What labels are put on. */
interface Ground {
  readonly area: Box;
  readonly ink: Ink;
  readonly dots: readonly Box[];
}

/** The places for a label: around its point at every distance, then anywhere in the area. */
function places({ at, width, height }: Label, area: Box): Placed[] {
  const around = [8, 11, 16, 24, 36, 52, 72, 100, 140].flatMap((gap) => {
    const [dx, dy] = [gap + width / 2, gap + height / 2];
    const slides = [0, -0.25, 0.25, -0.5, 0.5, -0.75, 0.75, -1, 1];
    return slides.flatMap((slide) => [
      { x: at.x + slide * dx, y: at.y - dy },
      { x: at.x + slide * dx, y: at.y + dy },
      { x: at.x - dx, y: at.y + slide * dy },
      { x: at.x + dx, y: at.y + slide * dy },
    ]);
  });
  const anywhere: Point[] = [];
  for (let y = area.y + height; y < area.y + area.height; y += height + 4) {
    for (let x = area.x + width / 2 + 6; x < area.x + area.width; x += 32) anywhere.push({ x, y });
  }
  return [...around, ...anywhere].map((middle) => {
    const box = { x: middle.x - width / 2, y: middle.y - height / 2, width, height };
    const end = nearest(box, at);
    const length = Math.hypot(end.x - at.x, end.y - at.y);
    if (length < BESIDE) return { box };
    const along = (DOT_RADIUS + 1) / length;
    const start = { x: at.x + (end.x - at.x) * along, y: at.y + (end.y - at.y) * along };
    return { box, leader: [start, end] };
  });
}

/** How bad a place is by itself. */
function costAlone({ box, leader }: Placed, at: Point, ground: Ground): number {
  const { area, ink, dots } = ground;
  const end = nearest(box, at);
  const length = Math.hypot(end.x - at.x, end.y - at.y);
  let sum = length + length ** 2 / LONG + ink.under(grown(box, 2, 0));
  if (!inside(area, box)) sum += OUTSIDE;
  sum += ON_DOT * dots.filter((dot) => overlap(dot, box)).length;
  if (!leader) return sum;
  return (
    sum + LEADER + ink.along(leader) + ON_DOT * dots.filter((dot) => passes(leader, dot)).length
  );
}

/** How bad a place is beside other labels; from `limit` on nobody asks how much. */
function costBeside({ box, leader }: Placed, others: readonly Placed[], limit: number): number {
  const clear = grown(box, GAP_X, GAP_Y);
  let sum = 0;
  for (const other of others) {
    if (sum >= limit) return sum;
    if (overlap(clear, other.box)) sum += ON_LABEL;
    if (other.leader && passes(other.leader, box)) sum += ON_LABEL;
    if (leader && passes(leader, other.box)) sum += ON_LABEL;
    if (leader && other.leader && cross(leader, other.leader)) sum += LEADERS_CROSS;
  }
  return sum;
}

interface Costed {
  readonly cost: number;
  readonly place: Placed;
}

interface Settled {
  readonly cost: number;
  readonly placed: Placed[];
}

/** The places of a label, the best by itself first. */
type Ranked = readonly Costed[];

/** The best place beside the others; those that follow are worse by themselves, and not looked at. */
function best(ranked: Ranked, others: readonly Placed[], weight: number): Costed {
  let found: Costed = { cost: Infinity, place: ranked[0]!.place };
  for (const { cost: alone, place } of ranked) {
    if (alone >= found.cost) break;
    const cost = alone + weight * costBeside(place, others, (found.cost - alone) / weight);
    if (cost < found.cost) found = { cost, place };
  }
  return found;
}

/** Places the labels in this order, and again given the others. */
function settle(ranked: readonly Ranked[], order: readonly number[]): Settled {
  const placed = new Map<number, Placed>();
  let cost = 0;
  for (const weight of WEIGHTS) {
    cost = 0;
    for (const label of order) {
      placed.delete(label);
      const found = best(ranked[label]!, [...placed.values()], weight);
      placed.set(label, found.place);
      cost += found.cost;
    }
  }
  return { cost, placed: ranked.map((_, label) => placed.get(label)!) };
}

/** Orders of so many labels as if by chance, but always the same: by Lehmer's generator. */
function orders(count: number): number[][] {
  let state = 1;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state;
  };
  return Array.from({ length: TRIES }, () => {
    const drawn = Array.from({ length: count }, (_, label) => ({ label, key: next() }));
    return drawn.sort((a, b) => a.key - b.key).map(({ label }) => label);
  });
}

/** A place in the area for each label; the same for the same input. */
export function placeLabels(labels: readonly Label[], area: Box, ink: Ink): Placed[] {
  const dots = labels.map(({ at }) =>
    grown({ ...at, width: 0, height: 0 }, DOT_RADIUS, DOT_RADIUS),
  );
  const ground = { area, ink, dots };
  const ranked = labels.map((label) =>
    places(label, area)
      .map((place) => ({ cost: costAlone(place, label.at, ground), place }))
      .sort((a, b) => a.cost - b.cost),
  );
  const settled = orders(labels.length).map((order) => settle(ranked, order));
  return settled.sort((a, b) => a.cost - b.cost)[0]!.placed;
}
