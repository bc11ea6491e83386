// float64 Mish and its first two derivatives: f and f' within 0.75 ulp (f' beside its root too; 1
// ulp where the result is subnormal, which rounds it twice), f'' within 2 ulp, and within 2^-50
// absolute beside its roots (npm run verify, "float64", random inputs). Formulas and limits as in
// float32.h.
#pragma once

#include "double_double.h"
#include "exp.h"

namespace mish::math {

// Below kDoubleLow every result is a zero, f' and f'' even after they were multiplied by the
// greatest double; from kDoubleHigh on f = x and f' = 1 to the last bit.
constexpr double kDoubleLow = -1470.0;
constexpr double kDoubleHigh = 45.0;

// e^x = 2^k * (hi + lo), hi + lo in [0.7, 1.42], relative error about 2^-56.
struct ScaledExp {
  DoubleDouble mantissa;
  int64_t k;
};

MISH_FN ScaledExp scaled_exp(double x) {
  const Exponent e = exponent_of(x);
  const double r_hi = fma(-e.k, kLn2Hi, x);
  const double r = fma(-e.k, kLn2Lo, r_hi);
  const double r_lo = fma(-e.k, kLn2Lo, r_hi - r);
  const double r2 = r * r;
  const double tail = fma(r2, exp_tail_degree13(r, r2), r_lo);
  const double hi = 1.0 + (r + tail);
  return {{hi, ((1.0 - hi) + r) + tail}, integer_of(e)};
}

// f(x) within 0.75 ulp, 1 where it is subnormal.
MISH_FN double forward_in_double(double x_double) {
  const double x = clamp_below(x_double, kDoubleLow), x_exp = clamp_above(x, kDoubleHigh);
  const ScaledExp e = scaled_exp(x_exp);
  const SplitScale s = split_power_of_two(e.k);
  const DoubleDouble w = scale(e.mantissa, s.main);
  const double twice_w = w.hi + w.hi, n_hi = fma(w.hi, w.hi, twice_w);
  const double n_lo = fma(w.lo, twice_w + 2.0, fma(w.hi, w.hi, twice_w - n_hi));
  const double d_hi = n_hi + 2.0, d_lo = ((2.0 - d_hi) + n_hi) + n_lo;
  const DoubleDouble q = div({n_hi, n_lo}, {d_hi, d_lo}, 1.0 / d_hi);
  const double y = fma(x, q.hi, x * q.lo) * s.rest;
  // f has the sign of x; at -0 the sum could be -0 + +0, which is +0. (A second select, on x == 0,
  // would do too, but with it gcc 12 left the loop scalar.)
  return x > kDoubleHigh ? x : copy_sign(y, x);
}

// A step of f', bounded with it. x - x0 from its three parts, w = e^x and delta = w - w0, each to
// about 100 bits of the root's neighbourhood: what shift_to_root of float32.h does in double. w is
// scaled: what is proportional to it is to be multiplied by scale.rest and scale.last.
struct ShiftedExactly {
  DoubleDouble t, w, delta;
  SplitScale scale;
};

MISH_FN ShiftedExactly shift_to_x0(double x) {
  const DoubleDouble y = two_sum(x, -kX0Hi);
  const double t_lo = (y.lo - kX0Mid) - kX0Lo;
  const Exponent e = exponent_of(y.hi);
  const SplitScale s = split_power_of_two(integer_of(e));
  const DoubleDouble r = two_sum(fma(-e.k, kLn2Hi, y.hi), fma(-e.k, kLn2Lo, t_lo));
  const DoubleDouble r2 = two_product(r.hi, r.hi), quadratic = fast_two_sum(r.hi, 0.5 * r2.hi);
  const double cubic = r2.hi * exp_cubic_tail_degree13(r.hi, r2.hi);
  const double rest = cubic + fma(0.5, r2.lo, r.lo);
  const DoubleDouble expm1 = fast_two_sum(quadratic.hi, quadratic.lo + rest);
  const DoubleDouble w0 = {kW0Hi, kW0Lo}, p = mul(w0, expm1);
  const DoubleDouble w = fast_two_sum(w0.hi, p.hi);
  const DoubleDouble delta = add(mul(s.main - 1.0, w0), scale(p, s.main));
  return {two_sum(y.hi, t_lo), scale({w.hi, w.lo + (p.lo + w0.lo)}, s.main), delta, s};
}

// A derivative before it is rounded: value * rest * last, the last two powers of two.
struct Factor {
  DoubleDouble value;
  double rest, last;
};

// dy and the powers of a factor, exactly; or rounded, where the product is below 2^-1900.
MISH_FN double scaled(double dy, Factor f) { return dy * f.rest * f.last; }

// f'(x) before it is rounded: rounded, within 0.75 ulp.
MISH_FN Factor derivative_factor(double x_double) {
  const double x = clamp_above(clamp_below(x_double, kDoubleLow), kDoubleHigh);
  const ShiftedExactly s = shift_to_x0(x);
  const DoubleDouble a0 = {kA0Hi, kA0Lo}, b0 = {kB0Hi, kB0Lo}, c0 = {kC0Hi, kC0Lo};
  const DoubleDouble d = add(2.0, add(mul(s.w, s.w), scale(s.w, 2.0)));
  const DoubleDouble cubic = mul(s.delta, add(a0, mul(s.delta, add(b0, s.delta))));
  const DoubleDouble bracket = add(cubic, mul(scale(s.t, 4.0), add(c0, s.delta)));
  const double reciprocal = 1.0 / d.hi;
  const DoubleDouble product = mul(div(bracket, d, reciprocal), div(s.w, d, reciprocal));
  const DoubleDouble value = fast_two_sum(product.hi, product.lo);
  const double hi = x > 25.0 ? 1.0 : value.hi, lo = x > 25.0 ? 0.0 : value.lo;
  const double factor = is_negative_infinity(x_double) ? -0.0 : hi;  // lo: 2^-900 at most there
  return {{factor, lo}, s.scale.rest, s.scale.last};
}

// f'(x) within 0.75 ulp, 1 where it is subnormal.
MISH_FN double derivative_in_double(double x) {
  const Factor f1 = derivative_factor(x);
  return scaled(f1.value.hi, f1);
}

// dy f'(x) within 1.25 ulp (verify, "float64 backward"), from the unrounded derivative: the rounded
// one would cost up to 1.4 ulp of the product.
MISH_FN double times_derivative(double x, double dy_double) {
  const Factor f1 = derivative_factor(x);
  const double dy = scaled(dy_double, f1), low = f1.value.lo * dy;
  const bool adds = low != 0.0 && low - low == 0.0;  // else it would spoil a zero's sign, or inf
  return adds ? fma(f1.value.hi, dy, low) : f1.value.hi * dy;
}

// dx + dy f'(x): 0.5000001 ulp, and what f' was rounded by (verify, "float64 backwardAccumulate").
MISH_FN double add_times_derivative(double x, double dy, double dx) {
  const Factor f1 = derivative_factor(x);
  return fma(f1.value.hi, scaled(dy, f1), dx);
}

// c0 + u (c1 + u (c2 + u c3)) with small integers: exact coefficients; six steps of
// double_double.h.
MISH_FN DoubleDouble cubic(DoubleDouble u, double c0, double c1, double c2, double c3) {
  const DoubleDouble inner = add(c1, mul(u, add(c2, mul(c3, u))));
  return add(c0, mul(u, inner));
}

// f''(x) within 2 ulp, before its last scaling. In u = e^-|x| <= 1, so that nothing overflows: for
// x > 0 numerator and denominator are divided by w^6, which reverses each polynomial and squares
// the leading factor:
//   x <= 0: 4u   [4 + 8u + 6u^2 + 2u^3 + x(2 + 2u - 3u^2 - 2u^3)] / (2 + 2u + u^2)^3
//   x >  0: 4u^2 [2 + 6u + 8u^2 + 4u^3 + x(-2 - 3u + 2u^2 + 2u^3)] / (1 + 2u + 2u^2)^3
MISH_FN Factor second_derivative_factor(double x_double) {
  const double x = clamp_above(clamp_below(x_double, kDoubleLow), -kDoubleLow / 2.0);
  const bool left = !(x > 0.0);
  const ScaledExp e = scaled_exp(left ? x : -x);
  const DoubleDouble u = scale(e.mantissa, split_power_of_two(e.k).main);
  const DoubleDouble even = cubic(u, left ? 4 : 2, left ? 8 : 6, left ? 6 : 8, left ? 2 : 4);
  const DoubleDouble odd = cubic(u, left ? 2 : -2, left ? 2 : -3, left ? -3 : 2, left ? -2 : 2);
  const DoubleDouble d = cubic(u, left ? 2 : 1, 2, left ? 1 : 2, 0);
  const DoubleDouble bracket = add(even, mul(x, odd));
  const DoubleDouble lead = left ? e.mantissa : mul(e.mantissa, e.mantissa);
  const DoubleDouble d3 = mul(d, mul(d, d));
  const DoubleDouble q = div(mul(lead, bracket), d3, 1.0 / d3.hi);
  const SplitScale s = split_power_of_two(left ? e.k : 2 * e.k);
  const double value = (4.0 * (q.hi + q.lo)) * s.main;
  return {{is_infinite(x_double) ? -0.0 : value, 0.0}, s.rest, s.last};
}

// f''(x) within 2 ulp; 2^-50 absolute within 1/100 of a root.
MISH_FN double second_derivative_in_double(double x) {
  const Factor f2 = second_derivative_factor(x);
  return scaled(f2.value.hi, f2);
}

// (ddx dy) f''(x) within 3 ulp, 1/100 from the roots of f'' (verify, "float64 doubleBackward, x").
MISH_FN double times_second_derivative(double x, double product) {
  const Factor f2 = second_derivative_factor(x);
  return f2.value.hi * scaled(product, f2);
}

}  // namespace mish::math
