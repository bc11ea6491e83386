// node-mish plot: f, f' and f'' with their minimum, roots and inflection points, and other activations beside
// them, as SVG or PNG.
import { extname } from 'node:path';
import { suggestion } from '../base/did-you-mean.ts';
import { writeWhole } from '../files/output-file.ts';
import {
  type Command,
  checkNoOperands,
  choice,
  type Flags,
  outputFlag,
  usageError,
} from './command.ts';
import { type Output, printable } from './output.ts';
import { type ActivationName, activationNames } from './plot/activations.ts';
import { svgToPng } from './plot/png.ts';
import { type PlotRequest, plotSvg } from './plot/svg.ts';

const help = `node-mish plot: f, f' and f'' as a picture

Usage: node-mish plot [flags] -o <out.svg|out.png>

Mish and its derivatives with their minimum, roots and inflection points marked
by their values. SVG needs nothing and follows the reader's light or dark theme;
PNG needs npm install @resvg/resvg-js.

Flags:
  --derivatives <n>  0: f; 1: f and f'; 2 (default): f, f' and f''
  --with <names>     other activations beside it, separated by commas:
                     ${activationNames.slice(0, 5).join(', ')},
                     ${activationNames.slice(5).join(', ')}
  --range <a,b>      from where to where; default -6,4
  --labels <what>    values (default), points without values, or none
  --digits <n>       decimals of the values, 0 to 15; default 6
  --panels <how>     rows (default), or columns: side by side
  --size <WxH>       of the picture in pixels, as 1200x600
  --theme <theme>    auto (default; light in PNG), light, dark
  -o, --output <out> where to write; the ending says what

Examples:
  node-mish plot -o mish.svg
  node-mish plot --derivatives 1 --with relu,swish,gelu -o compared.png
  node-mish plot --derivatives 0 --range -3,3 --theme dark -o slide.svg
  node-mish plot --with silu,tanh --panels columns --size 1600x500 -o wide.svg
`;

function rangeOf(flags: Flags): readonly [number, number] {
  const text = (flags['range'] as string | undefined) ?? '-6,4';
  const [from, to, ...more] = text.split(',').map((part) => (part.trim() === '' ? NaN : +part));
  const inside = (x: number | undefined): x is number => Math.abs(x ?? NaN) <= 1000;
  if (inside(from) && inside(to) && to - from >= 0.001 && more.length === 0) return [from, to];
  const expected = 'expected two numbers from -1000 to 1000, the second greater by 0.001 or more';
  throw usageError(`--range: ${expected}, as -6,4; got '${text}'.`);
}

function activationsOf(flags: Flags): readonly ActivationName[] {
  const text = flags['with'] as string | undefined;
  const names = text === undefined ? [] : text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !activationNames.includes(name as ActivationName));
  if (wrong === undefined) return [...new Set(names)] as ActivationName[];
  const meant = suggestion(wrong, activationNames);
  throw usageError(
    `--with: expected some of ${activationNames.join(', ')}; got '${wrong}'.${meant}`,
  );
}

/** Sides of a picture: less shows nothing, more is for a poster, not for a file. */
const [leastSide, mostSide] = [200, 8000];

function sizeOf(flags: Flags): PlotRequest['size'] {
  const text = flags['size'] as string | undefined;
  if (text === undefined) return undefined;
  const [width = Number.NaN, height = Number.NaN] =
    /^(\d{1,5})x(\d{1,5})$/.exec(text)?.slice(1).map(Number) ?? [];
  const isSide = (side: number) => side >= leastSide && side <= mostSide;
  if (isSide(width) && isSide(height)) return { width, height };
  const expected = `expected a width and a height from ${leastSide} to ${mostSide}, as 1200x600`;
  throw usageError(`--size: ${expected}; got '${text}'.`);
}

function digitsOf(flags: Flags): number | undefined {
  const text = flags['digits'] as string | undefined;
  if (text === undefined) return undefined;
  if (/^\d{1,2}$/.test(text) && Number(text) <= 15) return Number(text);
  throw usageError(`--digits: expected an integer from 0 to 15; got '${text}'.`);
}

/** An option of the picture, where its flag was given. */
const given = <K extends keyof PlotRequest>(name: K, value: PlotRequest[K] | undefined) =>
  (value === undefined ? {} : { [name]: value }) as Partial<Pick<PlotRequest, K>>;

/** The picture. @throws a usage error when the size is too small for the panels */
function draw(request: PlotRequest): string {
  try {
    return plotSvg(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const { width, height } = request.size!;
    throw usageError(`--size: expected ${error.message}; got ${width}x${height}.`);
  }
}

async function run(operands: readonly string[], flags: Flags, output: Output): Promise<number> {
  checkNoOperands(operands);
  const path = outputFlag(flags);
  const format = extname(path).toLowerCase();
  if (format !== '.svg' && format !== '.png') {
    throw usageError(`-o: expected a name that ends with .svg or .png; got '${path}'.`);
  }
  const svg = draw({
    derivatives: Number(choice(flags, 'derivatives', ['0', '1', '2']) ?? 2) as 0 | 1 | 2,
    with: activationsOf(flags),
    range: rangeOf(flags),
    theme: choice(flags, 'theme', ['auto', 'light', 'dark']) ?? 'auto',
    ...given('size', sizeOf(flags)),
    ...given('digits', digitsOf(flags)),
    ...given('labels', choice(flags, 'labels', ['none', 'points', 'values'] as const)),
    ...given('panels', choice(flags, 'panels', ['rows', 'columns'] as const)),
  });
  const bytes = format === '.svg' ? Buffer.from(svg) : await svgToPng(svg);
  await writeWhole(path, (write) => write(bytes), { name: '-o' });
  output.print(printable(`${path}: ${Math.ceil(bytes.length / 1000)} kB`));
  return 0;
}

export const plot: Command = {
  name: 'plot',
  summary: "f, f' and f'' as a picture, other activations beside them",
  help,
  flags: {
    derivatives: { type: 'string' },
    with: { type: 'string' },
    range: { type: 'string' },
    theme: { type: 'string' },
    labels: { type: 'string' },
    digits: { type: 'string' },
    panels: { type: 'string' },
    size: { type: 'string' },
    output: { type: 'string', short: 'o' },
  },
  run,
};
