// node-mish plot: the picture that was asked for in the format that the name says, or a sentence and no file.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, failure } from '../../support/cli/command-line.ts';
import { noFont, plotSvg } from '../../support/cli/picture.ts';
import { scratchDirectory } from '../../support/repository.ts';

type Request = Parameters<typeof plotSvg>[0];
const usual: Request = { derivatives: 2, with: [], range: [-6, 4], theme: 'auto' };

// [flags, what they ask for]
const requests: readonly (readonly [string, Partial<Request>])[] = [
  ['', {}],
  ['--derivatives 0', { derivatives: 0 }],
  ['--derivatives 1 --with relu', { derivatives: 1, with: ['relu'] }],
  ['--with gelu,swish,gelu', { with: ['gelu', 'swish'] }],
  ['--range -3,3', { range: [-3, 3] }],
  ['--range -.5,.5', { range: [-0.5, 0.5] }],
  ['--range=-3.5,-1e-1', { range: [-3.5, -0.1] }],
  ['--range 0,1000 --theme dark', { range: [0, 1000], theme: 'dark' }],
  ['--theme light', { theme: 'light' }],
  ['--size 1200x600', { size: { width: 1200, height: 600 } }],
  ['--digits 0', { digits: 0 }],
  ['--digits 15', { digits: 15 }],
  ['--labels none', { labels: 'none' }],
  ['--labels points', { labels: 'points' }],
  [
    '--with silu,tanh,sigmoid --panels columns',
    { with: ['silu', 'tanh', 'sigmoid'], panels: 'columns' },
  ],
];

// [flags, how it is told]
const refused: readonly (readonly [string, RegExp])[] = [
  ['', /^2 ERR_MISH_ARGUMENT expected -o/],
  [
    '-o a.pdf',
    /^2 ERR_MISH_ARGUMENT -o: expected a name that ends with \.svg or \.png; got 'a\.pdf'/,
  ],
  ['-o a.svg extra', /^2 ERR_MISH_ARGUMENT expected flags only; got 'extra'/],
  ['-o a.svg --derivatives 3', /^2 ERR_MISH_ARGUMENT --derivatives: expected 0, 1, 2; got '3'/],
  [
    '-o a.svg --with tan',
    /^2 ERR_MISH_ARGUMENT --with: expected some of relu, .*got 'tan'\. Did you mean 'tanh'\?/,
  ],
  ['-o a.svg --with relu,', /^2 ERR_MISH_ARGUMENT --with: .*got ''/],
  ['-o a.svg --theme blue', /^2 ERR_MISH_ARGUMENT --theme: expected auto, light, dark; got 'blue'/],
  ...['4,-6', '1', '1,2,3', 'a,b', '1,', ',1', '0,0', '-1e9,1', '0,Infinity'].map(
    (range) => [`-o a.svg --range ${range}`, /^2 ERR_MISH_ARGUMENT --range: expected two/] as const,
  ),
  ...['1200', '1200x', 'x600', '1200 600', '1e3x600', '-1x600', '199x600', '600x8001', '0x0'].map(
    (size) => [`-o a.svg --size=${size}`, /^2 ERR_MISH_ARGUMENT (--size|expected flags)/] as const,
  ),
  ['-o a.svg --with relu --size 300x300', /^2 .* --size: expected \d+x\d+ or more .*got 300x300/],
  ...['-1', '16', '1.5', 'six'].map(
    (digits) =>
      [`-o a.svg --digits=${digits}`, /^2 ERR_MISH_ARGUMENT --digits: .* 0 to 15/] as const,
  ),
  ['-o a.svg --labels all', /^2 ERR_MISH_ARGUMENT --labels: expected none, points, values/],
  ['-o a.svg --panels column', /^2 ERR_MISH_ARGUMENT --panels: .* Did you mean 'columns'\?/],
  ['-o no/such/a.svg', /^1 ENOENT .*no such file or folder/],
];

describe('node-mish plot', () => {
  const directory = scratchDirectory();
  const split = (line: string) => line.split(' ').filter((word) => word !== '');

  for (const [flags, request] of requests) {
    it(`draws ${flags || 'what is usual'}`, () => {
      const { exit, stdout, stderr } = cli(['plot', ...split(flags), '-o', 'a.svg'], {
        cwd: directory,
      });
      assert.deepEqual([exit, stderr], [0, '']);
      assert.match(stdout, /^a\.svg: \d+ kB\n$/);
      const svg = readFileSync(join(directory, 'a.svg'), 'utf8');
      assert.equal(svg, plotSvg({ ...usual, ...request }));
    });
  }

  it(`writes PNG where the name says so${noFont}`, function () {
    if (noFont) this.skip();
    const args = ['plot', '--derivatives', '1', '--with', 'relu', '-o', 'A.PNG'];
    assert.equal(cli(args, { cwd: directory }).exit, 0);
    const bytes = readFileSync(join(directory, 'A.PNG'));
    assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
  });

  for (const [flags, message] of refused) {
    it(`refuses ${flags || 'to guess where to write'}`, () => {
      const before = readdirSync(directory);
      assert.match(failure(cli(['plot', ...split(flags)], { cwd: directory })), message);
      assert.deepEqual(readdirSync(directory), before);
    });
  }
});
