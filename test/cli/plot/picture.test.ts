// The picture: its curves go through their values, its marks are where and what they say, and its texts
// can be read.
import assert from 'node:assert/strict';
import {
  activationNames,
  activations,
  type Box,
  boxOf,
  dotsOf,
  drawn,
  features,
  heightAt,
  linesOf,
  meet,
  mishActivation,
  type Name,
  nameOf,
  notesOf,
  type Point,
  panelsOf,
  plot,
  textsOf,
  type Untinted,
} from '../../support/cli/picture.ts';

describe('the curves of the plot', () => {
  /** Whose values each panel's pen draws. */
  function functionOf(request: Untinted, panel: number, pen: string) {
    if (request.with.length === 0) {
      return mishActivation.orders[['mish', 'mish-1', 'mish-2'].indexOf(pen) as 0 | 1 | 2];
    }
    const { orders } = pen === 'mish' ? mishActivation : activations[pen as Name];
    return orders[panel as 0 | 1 | 2];
  }

  const inside = ({ left, top, right, bottom }: Box, x: number, y: number) =>
    x > left + 1 && x < right - 1 && y > top && y < bottom;

  it('go through their values in every panel', () => {
    let compared = 0;
    for (const [request, svg] of drawn()) {
      const [from, to] = request.range;
      for (const [i, panel] of panelsOf(svg).entries()) {
        for (const [pen, pieces] of panel.curves) {
          const f = functionOf(request, i, pen);
          for (let step = 0; step <= 37; step++) {
            const x = from + ((to - from) * step) / 37;
            const [across, down] = panel.toPixel(x, f(x));
            if (!inside(panel, across, down)) continue;
            const piece = pieces.find((p) => p[0]![0] < across && p.at(-1)![0] >= across)!;
            const error = heightAt(piece, across) - down;
            assert.ok(Math.abs(error) < 0.35, `${nameOf(request)} ${pen} at ${x}: ${error} px`);
            compared++;
          }
        }
      }
    }
    assert.ok(compared > 15000, String(compared));
  });

  it("leave f' and f'' their height, and are cut only where half of f is still seen", () => {
    const top = (range: [number, number]) => {
      const [panel] = panelsOf(plot({ derivatives: 2, range }));
      return heightAt(panel!.curves.get('mish')![0]!, panel!.right) - panel!.top;
    };
    assert.ok(top([-6, 4]) < -300 && top([-1000, 1000]) < -300, 'f leaves the picture');
    assert.ok(top([-1, 1]) > 0 && top([0, 8]) > 0 && top([5, 10]) > 0, 'f stays in it');
  });

  it('has a panel for each order beside other activations, else one, and each the names of its curves', () => {
    for (const [request, svg] of drawn()) {
      const orders = request.derivatives + 1;
      const alone = request.with.length === 0;
      const panels = panelsOf(svg);
      assert.equal(panels.length, alone ? 1 : orders);
      for (const { curves } of panels)
        assert.equal(curves.size, alone ? orders : request.with.length + 1);
      const names = textsOf(svg).filter(({ style }) => style.endsWith(' name')).length;
      assert.equal(names, alone ? (orders === 1 ? 0 : orders) : orders * (request.with.length + 1));
    }
  });

  it('tells the activations apart without colour', () => {
    const dashes = [...plot().matchAll(/\.line\.([\w-]+) \{ stroke-dasharray: ([^;]+);/g)];
    const patterns = new Map(dashes.map(([, pen, dash]) => [pen!, dash!]));
    for (const names of [activationNames, ['mish-1', 'mish-2']]) {
      const own = names.map((name) => patterns.get(name));
      assert.equal(new Set(own).size, names.length);
      assert.ok(!own.includes(undefined));
    }
  });

  it('draws a jump as a jump, its ends marked', () => {
    const svg = plot({ derivatives: 2, with: activationNames });
    const panels = panelsOf(svg);
    const jumps: [Name, number, number, number][] = [
      ...([
        ['relu', 1, 0, 1],
        ['leaky-relu', 1, 0.01, 1],
        ['elu', 2, 1, 0],
      ] as const),
    ].map((jump) => [...jump]);
    for (const [name, order, before, after] of jumps) {
      const { curves, toPixel } = panels[order]!;
      const ends = curves.get(name)!.map((piece) => [piece[0]!, piece.at(-1)!] as const);
      assert.equal(ends.length, 2, name);
      const near = (a: readonly number[], b: readonly number[]) =>
        Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!) < 0.05;
      const [taken, limit] = [toPixel(0, before), toPixel(0, after)];
      assert.ok(near(ends[0]![1], taken) && near(ends[1]![0], limit), name);
      const marked = (style: 'taken' | 'limit') =>
        dotsOf(svg, style).filter((d) => d.style === name);
      assert.ok(near(marked('taken')[0]!.at, taken) && near(marked('limit')[0]!.at, limit), name);
    }
    const pieces = panels.flatMap(({ curves }) => [...curves.values()]).map(({ length }) => length);
    assert.equal(pieces.filter((count) => count > 1).length, jumps.length, 'all else is unbroken');
  });
});

describe('the marks of the plot', () => {
  const expected = [
    'root 0',
    'minimum (\u22121.192431, \u22120.308843)',
    'inflection (\u22122.256376, \u22120.223996)',
    'inflection (1.490571, 1.393115)',
    'root \u22121.192431',
    'minimum (\u22122.256376, \u22120.112526)',
    'maximum (1.490571, 1.088498)',
    'root \u22122.256376',
    'root 1.490571',
    'minimum (\u22123.267338, \u22120.041732)',
    'maximum (\u22120.087934, 0.644205)',
    'minimum (2.114843, \u22120.059033)',
  ];

  it('say what is there, to six decimals', () => {
    assert.deepEqual(notesOf(plot({ derivatives: 2 })), expected);
    assert.deepEqual(notesOf(plot({ derivatives: 1 })), expected.slice(0, 7));
    assert.deepEqual(notesOf(plot()), expected.slice(0, 4));
    assert.deepEqual(notesOf(plot({ derivatives: 2, with: ['elu'] })), expected);
  });

  it('are left out where they are outside', () => {
    const marks = (...range: [number, number]) => notesOf(plot({ derivatives: 2, range }));
    assert.deepEqual(marks(-1, 1), [expected[0], expected[10]]);
    assert.deepEqual(marks(0, 1.4), [expected[0]]);
    assert.deepEqual(marks(5, 10), []);
  });

  it('are dots at their points', () => {
    for (const [request, svg] of drawn()) {
      const panels = panelsOf(svg);
      const dots = dotsOf(svg, 'dot');
      const marks = features(request.derivatives, request.range);
      assert.equal(dots.length, marks.length, nameOf(request));
      for (const [i, { order, x, y }] of marks.entries()) {
        const [across, down] = panels[request.with.length === 0 ? 0 : order]!.toPixel(x, y);
        const [dotX, dotY] = dots[i]!.at;
        assert.ok(Math.hypot(dotX - across, dotY - down) < 0.05, `${nameOf(request)} ${i}`);
      }
    }
  });
});

describe('the lines between marks and texts', () => {
  const distance = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1]);

  it('lead from each dot to its text where it is far, and past other dots', () => {
    for (const [request, svg] of drawn()) {
      const notes = textsOf(svg).filter(({ style }) => style.endsWith(' note'));
      const dots = dotsOf(svg, 'dot').map(({ at }) => at);
      const leaders = linesOf(svg, 'leader');
      for (const [i, at] of dots.entries()) {
        const { left, top, right, bottom } = boxOf(notes[i]!);
        const [dx, dy] = [
          Math.max(left - at[0], at[0] - right),
          Math.max(top - at[1], at[1] - bottom),
        ];
        const own = leaders.filter(([start]) => Math.abs(distance(start!, at) - 7.5) < 0.02);
        const needed = Math.max(dx, dy) > 21;
        assert.ok(!needed || own.length > 0, `${nameOf(request)}: ${notes[i]!.words}`);
      }
      if (request.range[1] - request.range[0] > 500) continue;
      for (const [start, end] of leaders as [Point, Point][]) {
        for (let along = 0; along <= 1; along += 0.02) {
          const [x, y] = [0, 1].map((k) => start[k]! + (end[k]! - start[k]!) * along);
          const touched = dots.some((dot) => distance(dot, [x!, y!]) < 6);
          assert.ok(!touched, `${nameOf(request)}: ${start}`);
        }
      }
    }
  });

  it("drop from where f turns or bends to f' and f''", () => {
    for (const names of [[], ['relu']] as const) {
      const svg = plot({ derivatives: 2, with: names });
      const dots = dotsOf(svg, 'dot').map(({ at }) => at);
      const pairs = [
        [1, 4],
        [2, 7],
        [3, 8],
      ].map((ends) => ends.map((i) => dots[i]!));
      assert.deepEqual(linesOf(svg, 'drop'), pairs);
    }
    assert.deepEqual(linesOf(plot(), 'drop'), []);
  });
});

describe('the texts of the plot', () => {
  it('are inside the picture and do not overlap', () => {
    for (const [request, svg] of drawn()) {
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
      const texts = textsOf(svg);
      for (const [i, text] of texts.entries()) {
        const box = boxOf(text);
        const inside = box.left > 0 && box.right < width! && box.top > 0 && box.bottom < height!;
        assert.ok(inside, `${nameOf(request)}: '${text.words}' is cut off`);
        const other = texts.slice(i + 1).find((next) => meet(box, boxOf(next)));
        assert.ok(!other, `${nameOf(request)}: '${text.words}' meets '${other?.words}'`);
      }
    }
  });

  it('are not on dots, nor on curves where there is room', () => {
    for (const [request, svg] of drawn()) {
      const notes = textsOf(svg).filter(({ style }) => style.endsWith(' note'));
      const crowded = request.range[1] - request.range[0] > 500;
      for (const note of crowded ? [] : notes) {
        const box = boxOf(note, 0.97);
        const holds = (x: number, y: number, radius = 0) =>
          meet(box, { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
        assert.ok(!dotsOf(svg, 'dot').some(({ at }) => holds(...at, 5)), nameOf(request));
        if (request.with.length > 1) continue;
        for (const { curves } of panelsOf(svg)) {
          for (const line of [...curves.values()].flat()) {
            for (let x = box.left; x < box.right; x += 1) {
              if (x <= line[0]![0] || x >= line.at(-1)![0]) continue;
              assert.ok(!holds(x, heightAt(line, x)), `${nameOf(request)}: ${note.words}`);
            }
          }
        }
      }
    }
  });

  it('name the axes', () => {
    const labels = (svg: string) =>
      textsOf(svg)
        .filter(({ style }) => style === 'muted')
        .slice(1);
    const words = (svg: string) => labels(svg).map((label) => label.words);
    assert.deepEqual(words(plot({ derivatives: 2 })), ['f(x), f\u2032(x), f\u2033(x)', 'x']);
    const panels = plot({ derivatives: 2, with: ['relu'] });
    assert.deepEqual(words(panels), ['f(x)', 'f\u2032(x)', 'f\u2033(x)', 'x']);
  });
});
