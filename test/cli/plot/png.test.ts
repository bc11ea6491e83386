// The picture as a PNG: drawn to its last text, or an error that says what is missing.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activationNames, noFont, plot, svgToPng } from '../../support/cli/picture.ts';
import { root, runToEnd, scratchDirectory } from '../../support/repository.ts';

describe('the plot as a PNG', () => {
  it(`is one, twice the size of the SVG${noFont}`, async function () {
    if (noFont) this.skip();
    for (const svg of [plot(), plot({ derivatives: 2, with: activationNames })]) {
      const png = Buffer.from(await svgToPng(svg));
      assert.equal(png.toString('latin1', 0, 8), '\x89PNG\r\n\x1a\n');
      const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number);
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * width!, 2 * height!]);
    }
  });

  it(`has every text${noFont}`, async function () {
    if (noFont) this.skip();
    const svg = plot({ derivatives: 1, with: ['relu'] });
    const png = Buffer.from(await svgToPng(svg));
    const texts = svg.match(/<text[^<]*<\/text>/g)!;
    assert.ok(texts.length > 20);
    for (const text of texts) {
      assert.ok(!png.equals(await svgToPng(svg.replace(text, ''))), `${text} is not drawn`);
    }
  });

  it(`is light, unless dark is asked for${noFont}`, async function () {
    if (noFont) this.skip();
    const [auto, light, dark] = await Promise.all(
      (['auto', 'light', 'dark'] as const).map((theme) => svgToPng(plot({ theme }))),
    );
    assert.deepEqual(auto, light);
    assert.notDeepEqual(dark, light);
  });
});

describe('the plot as a PNG where something is missing', () => {
  const directory = scratchDirectory();
  const program = `
    import { svgToPng } from './build/src/cli/plot/png.js';
    const error = await svgToPng('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
      .then(() => ({}), (error) => error);
    console.log(JSON.stringify({ code: error.code, message: error.message, cause: !!error.cause }));
  `;
  const fail = () => {
    const { exit, stdout, stderr } = runToEnd(process.execPath, ['main.mjs'], { cwd: directory });
    assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  before(() => {
    cpSync(`${root}build/src`, join(directory, 'build/src'), { recursive: true });
    cpSync(`${root}package.json`, join(directory, 'package.json'));
    writeFileSync(join(directory, 'main.mjs'), program);
  });

  it('says how to install the renderer, or to do without', () => {
    const { code, message, cause } = fail();
    assert.deepEqual({ code, cause }, { code: 'ERR_MISH_UNSUPPORTED', cause: true });
    assert.match(
      message,
      /^png: expected the optional package @resvg\/resvg-js.*; it is not installed\. /,
    );
    assert.match(message, /npm install @resvg\/resvg-js, or write SVG\.$/);
  });

  it('says how to install a font, rather than leave the texts out', () => {
    const place = join(directory, 'node_modules/@resvg/resvg-js');
    mkdirSync(place, { recursive: true });
    const real = JSON.stringify(`${root}node_modules/@resvg/resvg-js`);
    writeFileSync(
      join(place, 'index.js'),
      `const real = require(${real});
      exports.Resvg = function (svg, options) {
        return new real.Resvg(svg, { ...options, font: { loadSystemFonts: false } });
      };`,
    );
    const { code, message } = fail();
    assert.equal(code, 'ERR_MISH_UNSUPPORTED');
    assert.match(
      message,
      /^png: expected a font on this machine.*; got none\. Install one .*SVG\.$/,
    );
  });
});
