// The reference over blocks of floats and at single doubles: what reference.h promises.
#include "reference.h"

namespace verify {
namespace {

VERIFY_INLINE double clamp(double x, double low, double high) {
  return x < low ? low : x > high ? high : x;
}

template <Function kFunction, bool kPositive>
void evaluate_floats(const float* __restrict x, DoubleDouble* __restrict values, int count) {
#pragma GCC ivdep
  for (int i = 0; i < count; ++i) {
    const Scaled y = evaluate<kFunction, kPositive>(clamp(x[i], -400.0, 200.0), x[i]);
    values[i] = scale(y.value, power_of_two(y.k));
  }
}

template <Function kFunction>
void evaluate_floats_of(const float* x, DoubleDouble* values, int count) {
  const bool positive = !is_negative(x[0]);
  positive ? evaluate_floats<kFunction, true>(x, values, count)
           : evaluate_floats<kFunction, false>(x, values, count);
}

// f' = w N / d^2 within 0.3 of its root x0, where with t = x - x0, w0 = e^x0, delta = w - w0,
//   N = delta (A + delta (B + delta)) + 4t (C + delta)
// exactly, A = 3 w0^2 + 8 w0 + 6 + 4 x0, B = 3 w0 + 4, C = w0 + 1: both terms have the sign of t,
// so nothing cancels but x - x0, and x0 has 160 bits.
constexpr double kRoot[] = {-0x1.31432c0d12d84p+0, -0x1.bf319154da21p-55, -0x1.3b82ea8c1efc4p-109};

Scaled derivative_beside_root(double x) {
  const DoubleDouble w0 = {0x1.36c4202fc3eccp-2, 0x1.6d73a02f8d922p-56};
  const DoubleDouble t = add(add(two_sum(x, -kRoot[0]), -kRoot[1]), -kRoot[2]);
  const DoubleDouble delta = multiply(w0, expm1(t)), w = add(w0, delta);
  const DoubleDouble a = add(polynomial(w0, 6, 8, 3), scale({kRoot[0], kRoot[1]}, 4.0));
  const DoubleDouble b = polynomial(w0, 4, 3, 0), c = add(w0, 1.0);
  const DoubleDouble cubic = multiply(delta, add(a, multiply(delta, add(b, delta))));
  const DoubleDouble n = add(cubic, multiply(scale(t, 4.0), add(c, delta)));
  return {divide(multiply(w, n), square(polynomial(w, 2, 2, 1))), 0};
}

template <Function kFunction>
Scaled evaluate_double(double x) {
  if (x > 800.0 && kFunction == Function::f) return {{x, 0.0}, 0};  // to 2^-1000
  const double near = clamp(x, -1500.0, 800.0);
  // The products of a tiny x would lose their low parts below the normal range.
  const bool tiny = absolute(x) < 0x1p-500;
  const double factor = tiny ? x * 0x1p600 : near;
  Scaled y = is_negative(x) ? evaluate<kFunction, false>(near, factor)
                            : evaluate<kFunction, true>(near, factor);
  if (tiny && kFunction == Function::f) y.k -= 600;
  return y;
}

}  // namespace

Scaled reference(Function function, double x) {
  if (function == Function::f) return evaluate_double<Function::f>(x);
  if (function == Function::f2) return evaluate_double<Function::f2>(x);
  return absolute(x - kRoot[0]) < 0.3 ? derivative_beside_root(x)
                                      : evaluate_double<Function::f1>(x);
}

void reference_of_floats(Function function, const float* x, DoubleDouble* values, int count) {
  switch (function) {
    case Function::f:
      return evaluate_floats_of<Function::f>(x, values, count);
    case Function::f1:
      return evaluate_floats_of<Function::f1>(x, values, count);
    case Function::f2:
      return evaluate_floats_of<Function::f2>(x, values, count);
  }
}

}  // namespace verify
