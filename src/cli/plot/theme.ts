// Pens, and the stylesheet of the picture: light, dark, or what the reader's system prefers.
import type { ActivationName } from './activations.ts';
import { FONT_SIZE, FONTS, SMALL_SIZE, TITLE_SIZE } from './text.ts';

/** 'auto' follows the reader's system, where the viewer knows it; else it is light. */
export type Theme = 'auto' | 'light' | 'dark';

/** What draws a curve: Mish, its derivatives beside it, or another activation. */
export type PenName = 'mish' | 'mish-1' | 'mish-2' | ActivationName;

export interface Pen {
  readonly light: string;
  readonly dark: string;
  /** Told apart in grey print too. */
  readonly dash?: string;
  /** What its line is marked with: also on an axis or another line it is seen. */
  readonly marker?: keyof typeof markers;
}

// After Okabe and Ito, told apart by colour-blind readers; darkened until text of them has 4.5:1 on
// white, lightened for the dark.
const pens: Readonly<Record<PenName, Pen>> = {
  mish: { light: '#0067a5', dark: '#56b4e9' },
  'mish-1': { light: '#c04a00', dark: '#ff9248', dash: '11 4' },
  'mish-2': { light: '#007a56', dark: '#2fd1a2', dash: '3 4' },
  relu: { light: '#59636e', dark: '#b1bac4', dash: '9 4', marker: 'square' },
  'leaky-relu': { light: '#8a6500', dark: '#f0e442', dash: '9 3 2 3', marker: 'diamond' },
  swish: { light: '#c04a00', dark: '#ff9248', dash: '2 3', marker: 'circle' },
  silu: { light: '#b35900', dark: '#ffb077', dash: '2 2 7 2', marker: 'cross' },
  gelu: { light: '#007a56', dark: '#2fd1a2', dash: '15 4', marker: 'up' },
  softplus: { light: '#a63d84', dark: '#e396c8', dash: '6 3 2 3 2 3', marker: 'down' },
  elu: { light: '#6f4fc0', dark: '#b9a3f5', dash: '5 3', marker: 'plus' },
  tanh: { light: '#a8323e', dark: '#ff9aa2', dash: '12 3 3 3', marker: 'left' },
  sigmoid: { light: '#3f6f00', dark: '#a9d65c', dash: '4 2', marker: 'right' },
};

/** The shape of a marker, within 5 pixels of its middle, as a path; filled or not, it is told from the others. */
const markers = {
  square: 'm-4-4h8v8h-8z',
  diamond: 'm0-5.5l5.5 5.5-5.5 5.5-5.5-5.5z',
  circle: 'm-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  up: 'm0-5l5 9h-10z',
  down: 'm0 5l-5-9h10z',
  left: 'm-5 0l9-5v10z',
  right: 'm5 0l-9-5v10z',
  plus: 'm-5 0h10m-5-5v10',
  cross: 'm-4-4l8 8m-8 0l8-8',
} as const;

/** The path of a pen's marker around the point where it begins; undefined for Mish, whose lines are bold. */
export function markerPath(pen: PenName): string | undefined {
  const { marker } = pens[pen];
  return marker && markers[marker];
}

/** The pens of a picture by their names, which are classes in it. */
export type Pens = Readonly<Record<string, Pen>>;

/** The class of a line drawn by a pen: bold for Mish. */
export function lineClass(pen: string): string {
  return `line ${pen}${pen.startsWith('mish') ? ' bold' : ''}`;
}

interface Palette {
  readonly text: string;
  readonly muted: string;
  readonly card: string;
  readonly border: string;
  readonly grid: string;
  readonly axis: string;
  readonly leader: string;
}

const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    text: '#1f2328',
    muted: '#59636e',
    card: '#ffffff',
    border: '#d1d9e0',
    grid: '#e8ebef',
    axis: '#7d8590',
    leader: '#8b949e',
  },
  dark: {
    text: '#e6edf3',
    muted: '#9ea7b3',
    card: '#0d1117',
    border: '#3d444d',
    grid: '#21262d',
    axis: '#7d8590',
    leader: '#7d8590',
  },
};

/** Selectors, parted by commas, and what they say. */
type Rule = readonly [selectors: string, declarations: string];

const shapes: readonly Rule[] = [
  ['text', `font-family: ${FONTS}; font-size: ${FONT_SIZE}px; fill: currentColor;`],
  ['.title', `font-size: ${TITLE_SIZE}px; font-weight: 600;`],
  ['.tick', `font-size: ${SMALL_SIZE}px;`],
  ['.note', 'stroke-width: 4; stroke-linejoin: round; paint-order: stroke;'],
  ['.line', 'fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round;'],
  ['.bold', 'stroke-width: 3.5;'],
  ['.grid, .axis, .leader, .drop, .end', 'fill: none;'],
  ['.end', 'stroke: currentColor; stroke-width: 1;'],
  ['.axis', 'stroke-width: 1.25;'],
  ['.drop', 'stroke-width: 1.25; stroke-dasharray: 1 3;'],
  ['.marker', 'stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round;'],
  ['.dot', 'fill: currentColor; stroke-width: 2;'],
  ['.taken', 'fill: currentColor; stroke: currentColor; stroke-width: 1.5;'],
  ['.limit', 'stroke: currentColor; stroke-width: 1.5;'],
];

function dashes(of: Pens): Rule[] {
  return Object.entries(of).flatMap(([name, { dash }]): Rule[] =>
    dash ? [[`.line.${name}`, `stroke-dasharray: ${dash};`]] : [],
  );
}

function colours(of: Pens, mode: 'light' | 'dark'): Rule[] {
  const { text, muted, card, border, grid, axis, leader } = palettes[mode];
  return [
    ['text', `color: ${text};`],
    ['.muted, .tick', `color: ${muted};`],
    ['.card', `fill: ${card}; stroke: ${border};`],
    ['.grid', `stroke: ${grid};`],
    ['.axis', `stroke: ${axis};`],
    ['.leader, .drop', `stroke: ${leader};`],
    ['.dot, .note', `stroke: ${card};`],
    ['.limit, .marker', `fill: ${card};`],
    ...Object.entries(of).map(([name, pen]): Rule => [`.${name}`, `color: ${pen[mode]};`]),
  ];
}

/** The stylesheet of what is inside the class `scope`, and of no other picture on the page. */
export function styleSheet(scope: string, theme: Theme, of: Pens = pens): string {
  const write = ([selectors, declarations]: Rule): string => {
    const scoped = selectors.split(', ').map((selector) => `.${scope} ${selector}`);
    return `${scoped.join(', ')} { ${declarations} }\n`;
  };
  const first = colours(of, theme === 'dark' ? 'dark' : 'light');
  const sheet = [...shapes, ...dashes(of), ...first].map(write).join('');
  const inDark = colours(of, 'dark').map(write).join('');
  const media = theme === 'auto' ? `@media (prefers-color-scheme: dark) {\n${inDark}}\n` : '';
  return `<style>\n${sheet}${media}</style>`;
}
