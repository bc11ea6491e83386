// The constants of the JS kernels: the roots of f' and f'' and the polynomials shifted to them.
// Made by scripts/constants/generate-roots.mjs from 480-bit arithmetic; change it, not this file.

/** The root of f' in 24 bits, and the rest: a float32 minus the head is exact. */
export const x0Head: number = -1.1924312114715576;
export const x0Tail: number = -3.043937594950088e-9;
/** e^x0 */
export const w0: number = 0.3034825352815289;
/** 3 w0^2 + 8 w0 + 6 + 4 x0 */
export const a0: number = 3.934440371852964;
/** 3 w0 + 4 */
export const b0: number = 4.9104476058445865;
/** w0 + 1 */
export const c0: number = 1.303482535281529;

/** ln 2 in 37 bits, so that its product by any exponent is exact; and the rest. */
export const ln2Hi: number = 0.6931471805582987;
export const ln2Lo: number = 1.6465949582897082e-12;

/** A root of f'' and the polynomial shifted to it; binding/math/roots.h says which. */
export interface SecondRoot {
  readonly xHead: number;
  readonly xTail: number;
  readonly w: number;
  readonly a1: number;
  readonly a2: number;
  readonly a3: number;
}
export const xa: SecondRoot = {
  xHead: -2.2563765048980713,
  xTail: 1.0853727816905676e-7,
  w: 0.10472929546651437,
  a1: 6.37615103509164,
  a2: 14.815357223670295,
  a3: 6.512752792721586,
};
export const xb: SecondRoot = {
  xHead: 1.490571141242981,
  xTail: 3.824244750226317e-8,
  w: 4.439630620869173,
  a1: -33.464692625844556,
  a2: -11.539442519412779,
  a3: -0.9811423589708569,
};
