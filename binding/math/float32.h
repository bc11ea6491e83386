// float32 Mish and its first two derivatives, evaluated in double so that one rounding to float is
// the correct rounding: for every one of the 2^32 inputs (f'': all but four, within 0.500001 ulp).
//
// With w = e^x, n = w(w + 2), d = n + 2:
//   f   = x n / d
//   f'  = w [(w + 2) d + 4x(w + 1)] / d^2
//   f'' = 4w [2(w + 1) d + x(2 + 2w - 3w^2 - 2w^3)] / d^3
// Limits: f(+-0) = +-0, f(-inf) = -0, f(+inf) = +inf; f'(-inf) = -0, f'(+inf) = 1; f''(+-inf) = -0.
#pragma once

#include "exp.h"

namespace mish::math {

// Below kFloatLow every result is a zero; above kFloatHigh the quotients are exactly at their
// limits. Both leave 2^k far inside the normal range.
constexpr double kFloatLow = -160.0;
constexpr double kFloatHigh = 40.0;

// f(x). Multiplying by x before the division decides the hardest input, -0x1.4p-24, whose result
// is 2^-52.6 from a tie; the unclamped x carries +inf and huge values through.
MISH_FN double forward_in_double(float x_float) {
  const double x = clamp_below((double)x_float, kFloatLow);
  const double x_exp = clamp_above(x, kFloatHigh);
  const Exponent e = exponent_of(x_exp);
  const double r = fma(-e.k, kLn2, x_exp);
  const double w = double_of(bits_of(exp_degree10(r)) + (e.shifted << 52));
  const double n = fma(w, w, w + w);
  return (x * n) / (n + 2.0);
}

// x seen from a root of f' or f'': t = x - root to full relative precision, w = e^x and
// delta = w - w_root, which for small t keeps full relative precision too.
struct Shifted {
  double t, w, delta;
};

template <double (*expm1_of)(double)>
MISH_FN Shifted shift_to_root(double x, double root_head, double root_tail, double w_root) {
  const double y = x - root_head;  // exact: x and the head both have 24 bits
  const Exponent e = exponent_of(y);
  const double r = fma(-e.k, kLn2Hi, y) - fma(e.k, kLn2Lo, root_tail);
  const double p = w_root * expm1_of(r);
  const double scale = power_of_two(e);
  return {y - root_tail, scale * (p + w_root), fma(scale, p, fma(scale, w_root, -w_root))};
}

// f'(x), shifted to its root x0 so that nothing cancels there: the bracket is exactly
// delta (A + delta (B + delta)) + 4t (C + delta), and both terms have the sign of t.
MISH_FN double derivative_in_double(float x_float) {
  const double x = clamp_above(clamp_below((double)x_float, kFloatLow), kFloatHigh);
  const Shifted s = shift_to_root<expm1_degree10>(x, kX0Head, kX0Tail, kW0Hi);
  const double d = fma(s.w, s.w + 2.0, 2.0);
  const double bracket =
      fma(4.0 * s.t, kC0Hi + s.delta, s.delta * fma(s.delta, kB0Hi + s.delta, kA0Hi));
  return (s.w * bracket) / (d * d);
}

// f''(x), shifted to the nearer of its two roots in the same way; f'' still falls at 40, so it is
// followed to 60, where it is below half the least subnormal.
MISH_FN double second_derivative_in_double(float x_float) {
  const double x = clamp_above(clamp_below((double)x_float, kFloatLow), 60.0);
  const bool left = x < -0.375;
  const double a1 = left ? kXa.a1 : kXb.a1;
  const double a2 = left ? kXa.a2 : kXb.a2;
  const double a3 = left ? kXa.a3 : kXb.a3;
  const Shifted s = shift_to_root<expm1_degree11>(
      x, left ? kXa.x_head : kXb.x_head, left ? kXa.x_tail : kXb.x_tail, left ? kXa.w : kXb.w);
  const double d = fma(s.w, s.w + 2.0, 2.0);
  const double c = fma(fma(fma(s.w, -2.0, -3.0), s.w, 2.0), s.w, 2.0);
  const double bracket = fma(s.t, c, s.delta * fma(s.delta, fma(s.delta, a3, a2), a1));
  return ((4.0 * s.w) * bracket) / (d * d * d);
}

}  // namespace mish::math
