// node-mish bench: what it prints, its JSON, its chart, and the arithmetic under them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { backend } from 'node-mish';
import { cli, failure } from '../support/cli/command-line.ts';
import { boxOf, meet, textsOf } from '../support/cli/picture.ts';
import { root, scratchDirectory } from '../support/repository.ts';

const load = (name: string) => import(`${root}build/src/cli/bench/${name}.js`);
const { spreadOf, scaled }: typeof import('../../build/src/cli/bench/statistics.js') =
  await load('statistics');
const { timeByTurns }: typeof import('../../build/src/cli/bench/timing.js') = await load('timing');
const operations: typeof import('../../build/src/cli/bench/operations.js') =
  await load('operations');
const { sizeName, byteName, digits }: typeof import('../../build/src/cli/bench/report.js') =
  await load('report');
const { chartSvg }: typeof import('../../build/src/cli/bench/chart.js') = await load('chart');
type Report = Parameters<typeof chartSvg>[0];
type Point = Report['points'][number];

const native = backend.name === 'native';
const isa = backend.isa ?? 'js';

describe('statistics of a benchmark', () => {
  it('are quartiles, between samples where they fall between', () => {
    assert.deepEqual(spreadOf([5]), { q1: 5, median: 5, q3: 5 });
    assert.deepEqual(spreadOf([3, 1, 2, 5, 4]), { q1: 2, median: 3, q3: 4 });
    assert.deepEqual(spreadOf([4, 1, 3, 2]), { q1: 1.75, median: 2.5, q3: 3.25 });
    assert.deepEqual(scaled({ q1: 1, median: 2, q3: 3 }, 2), { q1: 2, median: 4, q3: 6 });
  });

  it('come of calls that take turns', () => {
    const order: string[] = [];
    const clock = process.hrtime.bigint;
    let time = 0n; // a machine that stalls would make calls too long for the caches
    const slow = (name: string) => () => {
      order.push(name);
      time += 300_000n;
    };
    process.hrtime.bigint = () => time;
    const effort = { milliseconds: 0, leastRounds: 3 };
    let timed: ReturnType<typeof timeByTurns>;
    try {
      timed = timeByTurns([slow('a'), slow('b')], effort);
    } finally {
      process.hrtime.bigint = clock;
    }
    const { rounds, calls } = timed;
    assert.equal(rounds, 3);
    // Each batch is of one such call, after the one that does not count.
    assert.equal(order.slice(-12).join(''), 'aabbaabbaabb');
    for (const spread of calls) {
      assert.deepEqual(spread, { q1: 300_000, median: 300_000, q3: 300_000 });
    }
  });

  it('have readable names', () => {
    assert.deepEqual([1, 1000, 1024, 65536, 2 ** 20, 2 ** 24].map(sizeName), [
      ...['1', '1000', '1 Ki', '64 Ki', '1 Mi', '16 Mi'],
    ]);
    assert.deepEqual([49152, 2 ** 21, 2 ** 30].map(byteName), ['48 KiB', '2 MiB', '1 GiB']);
    assert.deepEqual([0.0421, 1.5, 12.345, 123.4].map(digits), ['0.042', '1.50', '12.3', '123']);
  });
});

describe('the work of a benchmark', () => {
  it('is the operation, in memory as large as what it moves', () => {
    const { benchOps, bytesPerElement, fillMemory, operationOf, halvesOf } = operations;
    for (const op of benchOps) {
      for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
        const work = { op, dtype, precision: 'exact', size: 100 } as const;
        const memory = fillMemory([op], dtype, 100);
        assert.equal(memory.byteLength, 100 * bytesPerElement(op, dtype));
        const before = memory.slice();
        operationOf(work, memory)();
        const changed = memory.findIndex((bits, i) => bits !== before[i]);
        const inputs = { forward: 1, derivative: 1, derivative2: 1, backward: 2, accumulate: 2 };
        const first = (inputs as Record<string, number>)[op] ?? 3;
        assert.equal(Math.floor(changed / 100), first, `${op} ${dtype}: its inputs are kept`);
        const [source, target] = halvesOf(work, memory);
        assert.equal(source.byteLength + target.byteLength, memory.byteLength);
      }
    }
  });
});

describe('node-mish bench', () => {
  const directory = scratchDirectory();
  const quick = ['bench', '--quick', '--size', '1Ki,2Ki', '--threads', '1'];

  it('prints a table, and writes JSON and a chart', () => {
    const args = [...quick, '--op', 'backward', '--save', 'b.json', '--chart', 'b.svg'];
    const { exit, stdout, stderr } = cli(args, { cwd: directory });
    assert.deepEqual([exit, stderr], [0, '']);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(stdout, new RegExp(`^backward, float32 exact, ${isa}, 1 thread$`, 'm'));
    assert.match(stdout, /^ +elements +ns\/element +quartiles +x memcpy +x streaming +GB\/s$/m);
    assert.equal(stdout.match(/^ +2 Ki( +[\d.-]+){5}$/gm)?.length, 2, 'exact and fast');
    assert.match(stdout, /^ +1 +\d+ +\d+-\d+ +mish\(1\)$/m);
    if (!native) assert.match(stdout, /^memcpy +TypedArray\.set/m);
    const report = JSON.parse(readFileSync(join(directory, 'b.json'), 'utf8')) as Report;
    checkReport(report);
    assert.equal(readFileSync(join(directory, 'b.svg'), 'utf8'), chartSvg(report));
  });

  it('tells a program the same', () => {
    const { exit, stdout, stderr } = cli([...quick, '--op', 'forward,backward', '--json']);
    assert.deepEqual([exit, stderr], [0, '']);
    const report = JSON.parse(stdout) as Report;
    checkReport(report);
    assert.deepEqual([...new Set(report.points.map(({ op }) => op))], ['forward', 'backward']);
  });

  const oneLevel = isa.startsWith('x86-64-v4') ? '' : ' (needs a CPU with x86-64-v4)';
  it(`measures every level of kernels${oneLevel}`, function () {
    if (oneLevel) this.skip();
    const args = [...quick, '--op', 'forward', '--isa', 'all', '--json'];
    const { points } = JSON.parse(cli(args).stdout) as Report;
    const levels = [...new Set(points.map((point) => point.isa))];
    assert.deepEqual(levels, ['x86-64-v4', 'x86-64-v3']);
  });

  function checkReport({ date, program, machine, baseline, points, calls }: Report): void {
    assert.ok(!Number.isNaN(Date.parse(date)));
    assert.deepEqual([program.version, program.node], [backend.version, process.versions.node]);
    assert.equal(baseline, native ? 'memcpy' : 'TypedArray.set');
    assert.ok(machine.cores >= 1 && machine.memoryBytes > 0);
    if (existsSync('/sys/devices/system/cpu/cpu0/cache/index0')) {
      assert.match(machine.caches[0]!.name, /^L\d/);
    }
    for (const { size, ns, memcpy, streaming, bytes, op, rounds } of points) {
      assert.ok(size === 1024 || size === 2048);
      assert.equal(bytes, size * (op === 'forward' ? 8 : 12));
      assert.equal(streaming !== undefined, native);
      for (const spread of streaming ? [ns, memcpy, streaming] : [ns, memcpy]) {
        assert.ok(0 < spread.q1 && spread.q1 <= spread.median && spread.median <= spread.q3);
      }
      assert.ok(rounds >= 3);
    }
    assert.equal(calls.length, 11);
    assert.ok(calls.every(({ ns }) => ns.median > 1));
  }

  const refused: readonly (readonly [string, RegExp])[] = [
    ['now', /expected flags only; got 'now'/],
    ['--op forward,sideways', /--op: expected some of forward, .*; got 'sideways'/],
    ['--dtype int8', /--dtype: expected some of float32, .*; got 'int8'/],
    ['--precision best', /--precision: expected some of exact, fast; got 'best'/],
    ['--size 0', /--size: expected 1 to 1024Mi elements, .*; got '0'/],
    ['--size 1Ki,2000Mi', /--size: .*; got '2000Mi'/],
    ['--size=', /--size: .*; got ''/],
    ['--threads 0', /--threads: expected (?:an integer from 1|1).*; got '0'/],
    ['--threads 1,many', /--threads: expected (?:an integer from 1|1).*; got 'many'/],
    ['--isa sse2', /--isa: expected some of all, .*; got 'sse2'/],
    ['--chart a.png', /--chart: expected a name that ends with \.svg; got 'a\.png'/],
    ['--save=', /--save: expected a file to write; got none/],
  ];
  for (const [flags, message] of refused) {
    it(`refuses ${flags}`, () => {
      const told = failure(cli(['bench', ...flags.split(' ')]));
      assert.match(told, /^2 ERR_MISH_ARGUMENT /);
      assert.match(told, message);
    });
  }
});

describe('a benchmark whose report has nowhere to go', () => {
  it('is refused before it begins', () => {
    for (const flag of ['--save', '--chart']) {
      const told = failure(cli(['bench', flag, 'no/such/folder.svg']));
      assert.match(told, /^1 ENOENT .*no\/such: no such file or folder/);
    }
  });
});

describe('the chart of a benchmark', () => {
  const spread = (median: number) => ({ q1: median, median, q3: median });
  const sizes = [1, 64, 1024, 16384].map((count) => 1024 * count);
  const point = (op: 'forward' | 'backward', dtype: Point['dtype'], size: number): Point => ({
    ...{ op, dtype, size, precision: 'exact', isa: 'x86-64-v3', threads: 1, rounds: 9 },
    ...{ bytes: 12 * size, ns: spread(1), memcpy: spread(0.1), streaming: spread(0.2) },
  });
  const report = {
    machine: {
      cpu: 'A <CPU> & more',
      caches: [
        { name: 'L1d', bytes: 2 ** 15 },
        { name: 'L2', bytes: 2 ** 20 },
        { name: 'L3', bytes: 2 ** 40 },
      ],
    },
    baseline: 'memcpy',
    points: (['forward', 'backward'] as const).flatMap((op) =>
      (['float32', 'float64', 'float16', 'bfloat16'] as const).flatMap((dtype) =>
        sizes.map((size) => point(op, dtype, size)),
      ),
    ),
  } as unknown as Report;

  it('has a panel for each operation, a line for each dtype and copy', () => {
    const svg = chartSvg(report);
    const lines = [...svg.matchAll(/<path class="line ([\w-]+)" d="M[^"]*L/g)].map((m) => m[1]);
    const each = ['streaming', 'memcpy', 'bfloat16', 'float16', 'float64', 'float32'];
    assert.deepEqual(lines, [...each, ...each]);
    assert.ok(!/NaN|undefined|Infinity/.test(svg));
    assert.ok(svg.includes('A &#60;CPU&#62; &#38; more'));
  });

  it('marks the caches that are in its range, at their bytes', () => {
    const texts = textsOf(chartSvg(report));
    const at = (words: string) => texts.filter((text) => text.words === words).map(({ x }) => x);
    assert.deepEqual(at('L3'), []);
    const [kibi64, mebi1] = ['64 KiB', '1 MiB'].map((tick) => at(tick)[0]!);
    const power = (mebi1! - kibi64!) / 4;
    assert.equal(at('L2').length, 2);
    for (const x of at('L2')) assert.ok(Math.abs(x - 5 - mebi1!) < 0.02);
    for (const x of at('L1d')) assert.ok(Math.abs(x - 5 - (kibi64! - power)) < 0.02);
  });

  it('has texts inside the picture that do not overlap', () => {
    const svg = chartSvg(report);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    const boxes = textsOf(svg).map((text) => ({ ...boxOf(text), words: text.words }));
    for (const [i, box] of boxes.entries()) {
      assert.ok(
        box.left > 0 && box.right < width! && box.top > 0 && box.bottom < height!,
        box.words,
      );
      const other = boxes.slice(i + 1).find((next) => meet(box, next));
      assert.ok(!other, `'${box.words}' meets '${other?.words}'`);
    }
  });
});
