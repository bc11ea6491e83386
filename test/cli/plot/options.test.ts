// The options of the plot: its size, panels side by side, labels and their digits; names at the ends of lines, markers
// that tell lines apart, and labels that no axis, guide or curve crosses.
import assert from 'node:assert/strict';
import {
  activationNames,
  type Box,
  boxOf,
  dotsOf,
  linesOf,
  meet,
  type Name,
  notesOf,
  panelsOf,
  plot,
  type Request,
  textsOf,
} from '../../support/cli/picture.ts';

const three: readonly Name[] = ['relu', 'silu', 'gelu'];

/** Markers of a pen, by the points that they are drawn around. */
function markersOf(svg: string, pen: string): number[][][] {
  const paths = [...svg.matchAll(new RegExp(`<path class="marker ${pen}" d="(M[^"]*)"`, 'g'))];
  return paths.map(([, d]) =>
    [...d!.matchAll(/M(\S+) (-?[\d.]+)m/g)].map(([, x, y]) => [Number(x), Number(y)]),
  );
}

describe('the size of the plot', () => {
  it('is what was asked for, and panels fill it', () => {
    for (const panels of ['rows', 'columns'] as const) {
      const svg = plot({ with: three, derivatives: 2, panels, size: { width: 1500, height: 900 } });
      assert.match(svg, /width="1500" height="900" viewBox="0 0 1500 900"/);
      const boxes = panelsOf(svg);
      assert.equal(boxes.length, 3);
      for (const { left, right, top, bottom } of boxes) {
        assert.ok(left >= 80 && right < 1500 && top > 60 && bottom < 900);
      }
    }
  });

  it('too small for its panels throws, with the least size, which is enough', () => {
    const request = { with: three, derivatives: 2, panels: 'columns' } as const;
    const draw = (width: number, height: number) => plot({ ...request, size: { width, height } });
    let least: number[] = [];
    assert.throws(
      () => draw(300, 300),
      ({ name, message }: Error) => {
        least = /^(\d+)x(\d+) or more/.exec(message)!.slice(1).map(Number);
        return name === 'RangeError';
      },
    );
    draw(least[0]!, least[1]!);
    assert.throws(() => draw(least[0]! - 2, least[1]!), RangeError);
  });

  it('has panels side by side in columns, each with its axes', () => {
    const boxes = panelsOf(plot({ with: three, derivatives: 1, panels: 'columns' }));
    assert.equal(boxes[0]!.top, boxes[1]!.top);
    assert.ok(boxes[0]!.right < boxes[1]!.left - 60, 'room for the ticks of the second');
    const xs = textsOf(plot({ with: three, derivatives: 1, panels: 'columns' }));
    assert.equal(xs.filter(({ words }) => words === 'x').length, 2);
  });
});

describe('the labels of the plot', () => {
  it('have the digits that are asked for', () => {
    assert.ok(notesOf(plot({ digits: 2 })).includes('minimum (\u22121.19, \u22120.31)'));
    assert.ok(notesOf(plot({ digits: 0 })).includes('minimum (\u22121, 0)'));
    assert.match(notesOf(plot({ digits: 12 })).join(), /\u22121\.192431\d{6}/);
    assert.match(plot({ digits: 2 }), /<desc[^>]*>[^<]*minimum \(\u22121\.19, \u22120\.31\)/);
  });

  it('are left out, with or without the points', () => {
    const [points, none] = [plot({ labels: 'points' }), plot({ labels: 'none' })];
    assert.deepEqual([notesOf(points), notesOf(none)], [[], []]);
    assert.ok(dotsOf(points, 'dot').length > 2);
    assert.equal(dotsOf(none, 'dot').length, 0);
    assert.deepEqual(linesOf(none, 'leader'), []);
  });

  /** Straight lines of axes and guides as thin boxes. */
  function thinLines(svg: string): Box[] {
    const axes = panelsOf(svg).flatMap(({ left, right, top, bottom, toPixel }) => {
      const [x, y] = toPixel(0, 0);
      return [
        { left: x, right: x, top, bottom },
        { left, right, top: y, bottom: y },
      ];
    });
    const drops = linesOf(svg, 'drop').map((ends) => {
      const [x, ys] = [ends[0]![0], ends.map(([, y]) => y)];
      return { left: x, right: x, top: Math.min(...ys), bottom: Math.max(...ys) };
    });
    return [...axes, ...drops];
  }

  const requests: Readonly<Record<string, Partial<Request>>> = {
    'of f': {},
    'of f, its derivatives': { derivatives: 2 },
    'beside others': { derivatives: 2, with: three },
    'side by side': {
      derivatives: 2,
      with: ['silu'],
      panels: 'columns',
      size: { width: 1800, height: 700 },
    },
    'of little digits': { derivatives: 2, digits: 2 },
  };
  for (const [name, request] of Object.entries(requests)) {
    it(`${name} are crossed by no axis and no guide`, () => {
      const svg = plot(request);
      const notes = textsOf(svg).filter(({ style }) => style.endsWith(' note'));
      assert.ok(notes.length > 0);
      for (const note of notes) {
        const box = boxOf(note, 0.9);
        const crossed = thinLines(svg).find((line) =>
          meet(box, { ...line, right: line.right + 0.1, bottom: line.bottom + 0.1 }),
        );
        assert.equal(crossed, undefined, note.words);
      }
    });
  }
});

describe('the lines of the plot', () => {
  it('have their names at their ends, in their colours, apart from one another', () => {
    const svg = plot({ with: activationNames, derivatives: 1 });
    const names = textsOf(svg).filter(({ style }) => style.endsWith(' name'));
    assert.equal(names.length, 2 * (activationNames.length + 1));
    for (const [i, name] of names.entries()) {
      const others = names.slice(i + 1);
      assert.ok(!others.some((other) => meet(boxOf(name), boxOf(other))), name.words);
    }
    for (const { right, top, bottom } of panelsOf(svg)) {
      const own = names.filter(({ y }) => y >= top && y <= bottom + 8);
      for (const { x } of own) assert.ok(x > right && x < right + 20);
    }
  });

  it('that leave the panel are named where they do', () => {
    const svg = plot({ derivatives: 2 });
    const [panel] = panelsOf(svg);
    const name = textsOf(svg).find(({ style }) => style === 'mish name')!;
    const [x] = panel!.toPixel(1.7, 0);
    assert.ok(name.x > x && name.x < x + 60, `${name.x}, not near ${x}`);
    assert.ok(name.y < panel!.top + 40);
  });

  it('are told apart by markers, ReLU on the axis too', () => {
    const svg = plot({ with: activationNames, derivatives: 1 });
    const shapes = new Set<string>();
    for (const name of activationNames) {
      const panels = markersOf(svg, name);
      assert.equal(panels.length, 2, name);
      for (const points of panels) assert.ok(points.length >= 6, name);
      const [, d] = new RegExp(`<path class="marker ${name}" d="M\\S+ -?[\\d.]+(m[^M]*)`).exec(
        svg,
      )!;
      shapes.add(d!);
    }
    assert.equal(shapes.size, activationNames.length, 'a shape each');
    const [panel] = panelsOf(svg);
    const [zeroX, zeroY] = panel!.toPixel(0, 0);
    const onAxis = markersOf(svg, 'relu')[0]!.filter(
      ([x, y]) => x! < zeroX && Math.abs(y! - zeroY) < 0.1,
    );
    assert.ok(onAxis.length >= 3, 'on the axis, where its line is not seen');
  });

  it('have a title that fits, however many they are', () => {
    const size = { width: 700, height: 500 };
    const title = textsOf(plot({ with: activationNames, size })).find(
      ({ style }) => style === 'title',
    )!;
    assert.equal(title.words, 'Mish compared with 9 activations');
  });
});
