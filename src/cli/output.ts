// Output of the command line: text without control characters from files, colour where a terminal shows
// it, tables, figures for people.
import type { WriteStream } from 'node:tty';

/** Where a command prints. */
export interface Output {
  /** A line of stdout. */
  print(line?: string): void;
  /** A line of stderr. */
  warn(line: string): void;
  /** On a terminal that has colours, in this one. */
  paint(colour: keyof typeof colours, text: string): string;
}

const colours = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

/** Node's own judgement: a terminal, and neither NO_COLOR nor TERM=dumb. */
function hasColours(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (stream as WriteStream).hasColors();
}

export function processOutput(): Output {
  const coloured = hasColours(process.stdout);
  return {
    print: (line = '') => void process.stdout.write(`${line}\n`),
    warn: (line) => {
      const lines = process.stderr.isTTY ? wrap(line) : [line]; // a program wants one
      process.stderr.write(`${lines.join('\n')}\n`);
    },
    paint: (colour, text) => (coloured ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text),
  };
}

/** What could steer a terminal: control and format characters, and the ends of lines. */
const steering = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A line that may come from a file or a path: what could steer a terminal is shown, not sent. */
export function printable(line: string): string {
  return line.replace(steering, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Colours, which take no column. */
const painted = new RegExp(`${'\x1b'}\\[\\d+m`, 'g');
const widthOf = (text: string) => text.replace(painted, '').length;

/** JSON in which nothing steers a terminal either; it reads back as the same value. */
export function json(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(steering, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  );
}

const columns = 80;

/** Lines of at most 80 columns, broken at spaces where there are any; those after the first are indented. */
export function wrap(text: string, indent = '', first = 0): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.match(/^ *\S*|\S+/g) ?? []) {
    const room = columns - (lines.length === 0 ? first : indent.length);
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map((each, i) => (i === 0 ? each : indent + each));
}

/** Columns as wide as their widest cell; the last one is wrapped. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => widthOf(row[i]!))));
  return rows.flatMap((row) => {
    const left = row
      .slice(0, -1)
      .map((cell, i) => `${cell}${' '.repeat(widths[i]! - widthOf(cell))}  `);
    const head = indent + left.join('');
    const [first, ...more] = wrap(row.at(-1)!, ' '.repeat(widthOf(head)), widthOf(head));
    return [(head + first).trimEnd(), ...more];
  });
}

/** 1,234,567 */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

export function seconds(s: number): string {
  if (s < 1) return `${(1000 * s).toFixed(s < 0.01 ? 1 : 0)} ms`;
  if (s < 100) return `${s.toFixed(1)} s`;
  return s < 6000 ? `${Math.round(s / 60)} min` : `${count(Math.round(s / 3600))} h`;
}
