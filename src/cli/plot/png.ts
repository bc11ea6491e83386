// svgToPng: an SVG as PNG bytes, by the optional package @resvg/resvg-js; text is never left out
// silently.
import { mishError } from '../../base/errors.ts';
import { FONTS } from './text.ts';

/** Pixels for each pixel of the SVG: sharp on a slide. */
const SCALE = 2;

const PROBE = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">
<text x="2" y="16" font-size="14" font-family='${FONTS}'>f</text></svg>`;

/**
 * The picture as a PNG, twice as large as the SVG says; theme 'auto' comes out light.
 * @throws ERR_MISH_UNSUPPORTED when @resvg/resvg-js cannot be loaded, or there is no font
 */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js').catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ERR_MODULE_NOT_FOUND';
    throw mishError(
      'ERR_MISH_UNSUPPORTED',
      `png: expected the optional package @resvg/resvg-js, which draws it; ${missing ? 'it is not installed' : `got '${cause.message}'`}. Run npm install @resvg/resvg-js, or write SVG.`,
      { cause },
    );
  });
  // Without a font the renderer draws everything but the texts, and says nothing.
  if (!new Resvg(PROBE).render().pixels.some((byte) => byte !== 0)) {
    throw mishError(
      'ERR_MISH_UNSUPPORTED',
      'png: expected a font on this machine, for the texts of the picture; got none. Install one (Debian, Ubuntu: apt-get install fonts-dejavu-core; Alpine: apk add font-dejavu), or write SVG.',
    );
  }
  return new Resvg(svg, { fitTo: { mode: 'zoom', value: SCALE } }).render().asPng();
}
