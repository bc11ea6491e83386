// The SVG of the demo: well-formed, self-contained, the same every time, and honest about its curves.
import assert from 'node:assert/strict';
import { mishPlotSvg } from '../bench/plot.ts';

const line = { label: 'a < b & "c"', y: (x: number) => 0.1 * x };
const square = { label: 'x squared', y: (x: number) => x * x, marks: [{ x: 0, label: 'least' }] };

describe('the plot', () => {
  const svg = mishPlotSvg([line, square], { x: [-1, 1], y: [-1, 1] });

  it('has balanced elements and escapes text', () => {
    const open: string[] = [];
    for (const [, slash, name, self] of svg.matchAll(/<(\/?)(\w+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
      if (slash) assert.equal(open.pop(), name);
      else if (!self) open.push(name!);
    }
    assert.deepEqual(open, []);
    assert.ok(svg.includes('a &#60; b &#38; &#34;c&#34;'));
  });

  it('asks for nothing from outside, and is the same every time', () => {
    assert.doesNotMatch(
      svg.replace('http://www.w3.org/2000/svg', ''),
      /https?:|href|<script|@import/,
    );
    assert.match(svg, /prefers-color-scheme: dark/);
    assert.equal(mishPlotSvg([line, square], { x: [-1, 1], y: [-1, 1] }), svg);
  });

  it('draws each curve through its values', () => {
    const paths = [...svg.matchAll(/<path class="line c\d" d="(M[^"]*L[^"]*)"/g)].map((m) => m[1]!);
    assert.equal(paths.length, 2);
    const points = paths.map((d) =>
      d
        .slice(1)
        .split('L')
        .map((pair) => pair.split(' ').map(Number) as [number, number]),
    );
    const [straight, parabola] = points as [[number, number][], [number, number][]];
    const [left, right] = [straight.at(0)!, straight.at(-1)!];
    const middle = parabola[parabola.length >> 1]!;
    assert.ok(left[0] < right[0] && left[1] > right[1], 'rises to the right');
    // y = 0 is where the line crosses x = 0, and where the parabola has its least value.
    assert.ok(Math.abs(middle[1] - (left[1] + right[1]) / 2) < 0.02);
    assert.ok(Math.abs((left[1] - right[1]) * 5 - (middle[1] - parabola[0]![1])) < 0.1);
  });

  it('breaks a line where its function is not finite', () => {
    const broken = mishPlotSvg([{ label: '1/x', y: (x) => (Math.abs(x) < 0.1 ? NaN : 1) }]);
    const [, d] = /<path class="line c0" d="(M[^"]*L[^"]*)"/.exec(broken)!;
    assert.equal(d!.match(/M/g)?.length, 2);
  });
});
