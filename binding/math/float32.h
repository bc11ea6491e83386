// float32 Mish and its first two derivatives, evaluated in double so that one rounding to float is
// the correct rounding, for every one of the 2^32 inputs: npm run verify:exhaustive proves it of
// "float32 f", "float32 f'" and "float32 f''". Other functions here are steps of these three, and
// bounded with them.
//
// With w = e^x, n = w(w + 2), d = n + 2:
//   f   = x n / d
//   f'  = w [(w + 2) d + 4x(w + 1)] / d^2
//   f'' = 4w [2(w + 1) d + x(2 + 2w - 3w^2 - 2w^3)] / d^3
// Limits: f(+-0) = +-0, f(-inf) = -0, f(+inf) = +inf; f'(-inf) = -0, f'(+inf) = 1; f''(+-inf) = -0.
#pragma once

#include "exp.h"

namespace mish::math {

// Arguments are clamped where nothing changes any more, which leaves 2^k far inside the normal
// range. Below kLow, f and f'' are zero as floats, and f' even after it was multiplied by the
// greatest float; above kHigh, n / d is 1 and f' is 1.
constexpr float kLow = -210.0f;
constexpr float kHigh = 40.0f;

// A correctly rounded quotient. The float32 formulas take it as a parameter, because GPUs have a
// cheaper quotient that gives the same floats (cuda/device/device_functions.h).
using Divide = double (*)(double, double);
MISH_FN double divide(double a, double d) { return a / d; }

// f(x): rounded to float, the nearest float. Multiplying by x before the division decides the
// hardest input, -0x1.4p-24, whose result is 2^-52.6 from a tie; the unclamped x carries +inf and
// huge values through.
template <Divide quotient = divide>
MISH_FN double forward_in_double(float x_float) {
  const double x = (double)clamp_below(x_float, kLow);
  const double x_exp = clamp_above(x, (double)kHigh);
  const Exponent e = exponent_of(x_exp);
  const double r = fma(-e.k, kLn2, x_exp);
  const double w = double_of(bits_of(exp_degree10(r)) + (e.shifted << 52));
  const double n = fma(w, w, w + w);
  return quotient(x * n, n + 2.0);
}

// x seen from a root of f' or f'': t = x - root to full relative precision (a few ulp of double), w
// = e^x and delta = w - w_root, which for small t keeps full relative precision too.
struct Shifted {
  double t, w, delta;
};

MISH_FN Shifted shift_to_root(double x, double root_head, double root_tail, double w_root) {
  const double y = x - root_head;  // exact: x and the head both have 24 bits
  const Exponent e = exponent_of(y);
  const double r = fma(-e.k, kLn2Hi, y) - fma(e.k, kLn2Lo, root_tail);
  const double p = w_root * expm1_degree10(r);
  const double scale = power_of_two(e);
  return {y - root_tail, scale * (p + w_root), fma(scale, p, fma(scale, w_root, -w_root))};
}

// f'(x): rounded to float, the nearest float. Shifted to its root x0, so that nothing cancels
// there: the bracket is exactly delta (A + delta (B + delta)) + 4t (C + delta), and both terms have
// the sign of t.
template <Divide quotient = divide>
MISH_FN double derivative_in_double(float x_float) {
  const double x = (double)clamp_above(clamp_below(x_float, kLow), kHigh);
  const Shifted s = shift_to_root(x, kX0Head, kX0Tail, kW0Hi);
  const double d = fma(s.w, s.w + 2.0, 2.0);
  const double bracket =
      fma(4.0 * s.t, kC0Hi + s.delta, s.delta * fma(s.delta, kB0Hi + s.delta, kA0Hi));
  return quotient(s.w * bracket, d * d);
}

// f''(x) as quotient(numerator, d), numerator / d^3, shifted to the nearer of its two roots in the
// same way.
template <Divide quotient>
MISH_FN double second_derivative_from(double x) {
  const bool left = x < -0.375;
  const double a1 = left ? kXa.a1 : kXb.a1;
  const double a2 = left ? kXa.a2 : kXb.a2;
  const double a3 = left ? kXa.a3 : kXb.a3;
  const Shifted s = shift_to_root(x, left ? kXa.x_head : kXb.x_head, left ? kXa.x_tail : kXb.x_tail,
                                  left ? kXa.w : kXb.w);
  const double d = fma(s.w, s.w + 2.0, 2.0);
  const double c = fma(fma(fma(s.w, -2.0, -3.0), s.w, 2.0), s.w, 2.0);
  const double bracket = fma(s.t, c, s.delta * fma(s.delta, fma(s.delta, a3, a2), a1));
  return quotient((4.0 * s.w) * bracket, d);
}

template <Divide quotient>
MISH_FN double over_cube(double numerator, double d) {
  return quotient(numerator, d * d * d);
}
MISH_FN double over_square_and_once(double numerator, double d) { return numerator / (d * d) / d; }

// f''(x): rounded to float, the nearest float. It still falls at kHigh, so it is followed to 60,
// where it is below half the least subnormal.
template <Divide quotient = divide>
MISH_FN double second_derivative_in_double(float x_float) {
  const double x = (double)clamp_above(clamp_below(x_float, kLow), 60.0f);
  return second_derivative_from<over_cube<quotient>>(x);
}

// What multiplies in backward and double backward: f' and f'' before they are rounded to float; the
// product, rounded, is within 0.5000001 ulp for f' and 0.500001 for f'' (verify, "float32 backward"
// and "float32 doubleBackward, x"). They go on to where even the product with two of the greatest
// floats is zero, and are -0 at infinity, which times infinity is NaN.
MISH_FN double derivative_factor(float x) {
  const double factor = derivative_in_double(x);
  return is_negative_infinity(x) ? -0.0 : factor;
}

MISH_FN double second_derivative_factor(float x_float) {
  const double x = (double)clamp_above(clamp_below(x_float, -300.0f), 150.0f);
  const double factor = second_derivative_from<over_square_and_once>(x);  // d^3 would overflow
  return is_infinite(x_float) ? -0.0 : factor;
}

}  // namespace mish::math
