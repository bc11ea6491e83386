// The picture as an SVG file: well-formed, self-contained, the same every time, light and dark.
import assert from 'node:assert/strict';
import { drawn, escapeText, nameOf, plot } from '../../support/cli/picture.ts';

describe('the plot as a file', () => {
  it('is well-formed XML, its texts escaped', () => {
    for (const [request, svg] of drawn()) {
      const open: string[] = [];
      const tag = /<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<&]*")*)\s*(\/?)>/g;
      for (const [, slash, name, attributes, self] of svg.matchAll(tag)) {
        const names = [...attributes!.matchAll(/([\w:-]+)="/g)].map((m) => m[1]);
        assert.equal(new Set(names).size, names.length, nameOf(request));
        if (slash) assert.equal(open.pop(), name, nameOf(request));
        else if (!self) open.push(name!);
      }
      assert.deepEqual(open, []);
      assert.doesNotMatch(svg.replace(tag, '').replaceAll(/&#\d+;/g, ''), /[<&>]/, nameOf(request));
    }
    assert.equal(escapeText(`<a b="c" d='e'>&`), '&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;');
  });

  it('has ids of its own, so that pictures can share a page', () => {
    const themes = (['light', 'dark'] as const).map((theme) => plot({ theme }));
    const ids = [...drawn().values(), ...themes].flatMap((svg) => [
      ...svg.matchAll(/ id="([^"]*)"/g),
    ]);
    assert.equal(new Set(ids.map((m) => m[1])).size, ids.length);
  });

  it('says to those who cannot see it what it shows', () => {
    const svg = plot({ derivatives: 1 });
    const named = /aria-labelledby="(\S+) (\S+)"/.exec(svg)!;
    assert.ok(svg.includes(`<title id="${named[1]}">Mish and its derivative</title>`));
    const description = [
      'f(x), f\u2032(x) for x from \u22126 to 4',
      'on f(x) of Mish: root 0, minimum (\u22121.192431, \u22120.308843), inflection (\u22122.256376, \u22120.223996), inflection (1.490571, 1.393115)',
      'on f\u2032(x) of Mish: root \u22121.192431, minimum (\u22122.256376, \u22120.112526), maximum (1.490571, 1.088498)',
    ];
    assert.ok(svg.includes(`<desc id="${named[2]}">${description.join('; ')}.</desc>`));
  });

  it('asks for nothing from outside, has no number that is none, and is the same every time', () => {
    for (const [request, svg] of drawn()) {
      const own = svg.replace('http://www.w3.org/2000/svg', '').replaceAll(/url\(#[\w-]+\)/g, '');
      assert.doesNotMatch(own, /https?:|href|url\(|<script|@import|NaN|Infinity|undefined/);
      assert.equal(plot(request), svg, nameOf(request));
    }
  });

  it('is light, dark, or both by media query', () => {
    const [auto, light, dark] = (['auto', 'light', 'dark'] as const).map((theme) =>
      plot({ theme }),
    );
    const card = (svg = '') => [...svg.matchAll(/ \.card \{ fill: (#\w+);/g)].map((m) => m[1]);
    assert.deepEqual(card(light), ['#ffffff']);
    assert.equal(card(dark).length, 1);
    assert.deepEqual(card(auto), [...card(light), ...card(dark)]);
    assert.match(auto!, /@media \(prefers-color-scheme: dark\) \{/);
    assert.doesNotMatch(`${light}${dark}`, /@media/);
  });

  /** The contrast of two colours by WCAG 2. */
  function contrast(...colours: readonly [string, string]): number {
    const [a, b] = colours.map((colour) => {
      const channels = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255);
      const linear = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]! + 0.05;
    }) as [number, number];
    return Math.max(a / b, b / a);
  }

  for (const theme of ['light', 'dark'] as const) {
    it(`can be read, by colours with a contrast of 4.5 in ${theme}`, () => {
      const svg = plot({ theme });
      const card = / \.card \{ fill: (#\w+);/.exec(svg)![1]!;
      const colours = [...svg.matchAll(/\{ color: (#\w+); \}/g)].map((m) => m[1]!);
      assert.equal(colours.length, 14);
      for (const colour of colours) assert.ok(contrast(colour, card) >= 4.5, colour);
    });
  }
});
