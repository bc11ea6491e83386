// Text in the picture: escaped, its width estimated, numbers as people write them.

/** In pixels; nothing is smaller than SMALL_SIZE, so that it can be read on a slide. */
export const FONT_SIZE = 14;
export const SMALL_SIZE = 13;
export const TITLE_SIZE = 19;

/** A font of every system; without quotes, which resvg reads around the first name only. */
export const FONTS =
  'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, DejaVu Sans, Noto Sans, Liberation Sans, sans-serif';

/** Text as XML holds it. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** About the width in pixels: there is no font to measure, so by the wide ones, as DejaVu Sans. */
export function textWidth(text: string, size: number = FONT_SIZE): number {
  const ems = [...text].map((character) => {
    if (/[mMwW]/.test(character)) return 0.95;
    return /[ijlIft.,:()′″ ]/.test(character) ? 0.37 : 0.63;
  });
  return size * ems.reduce((sum, em) => sum + em, 0);
}

/** A coordinate in pixels, short. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A number with a true minus sign. */
export function signed(digits: string): string {
  return digits.replace(/^-/, '\u2212');
}

/** A value to so many decimals, and 0 as that. */
export function decimals(value: number, count: number): string {
  const digits = value.toFixed(count);
  return Number(digits) === 0 ? '0' : signed(digits);
}

/** A text standing on the line y; which end of it is at x, its anchor says. */
export function drawText(
  style: 'title' | 'muted' | 'name' | 'tick' | `${string} name` | `${string} note`,
  { x, y }: { readonly x: number; readonly y: number },
  content: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const side = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text class="${style}" x="${px(x)}" y="${px(y)}"${side}>${escapeText(content)}</text>`;
}
