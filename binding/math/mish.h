// Every operation of the library on one element of every dtype: forward, derivative, second
// derivative, backward (and accumulated), double backward. NaN results are the dtype's canonical
// NaN.
//
// | dtype             | f, f'               | f''            | backward                           |
// | float32           | correctly rounded   | 0.500001 ulp   | one rounding from double           |
// | float64           | 0.75 ulp            | 2 ulp          | 1.25 ulp                           |
// | float16, bfloat16 | correctly rounded   | same           | round(float32(f'(x)) * dy), once   |
// Proofs: test/kernels.test.ts against test/vectors; ../README.md says how to run them.
#pragma once

#include "float32.h"
#include "float64.h"
#include "half.h"

namespace mish::math {

// How a dtype meets double: `wide` lets an operand in (exactly), `round_to<T>` lets a result out
// with one rounding, and `factor_*` is what backward and double backward multiply by. For the half
// types that factor is the correctly rounded float32, so that the product with a half is exact in
// double and its one rounding has a single right answer on every device.
MISH_FN double wide(float x) { return (double)x; }
MISH_FN double wide(double x) { return x; }
MISH_FN double wide(float16 x) { return (double)widen(x); }
MISH_FN double wide(bfloat16 x) { return (double)widen(x); }

MISH_FN void round_to(double x, float& out) { out = canonical((float)x); }
MISH_FN void round_to(double x, double& out) { out = canonical(x); }
MISH_FN void round_to(double x, float16& out) { out = narrow_float16(x); }
MISH_FN void round_to(double x, bfloat16& out) { out = narrow_bfloat16(x); }

template <class T>
MISH_FN T rounded(double x) {
  T out;
  round_to(x, out);
  return out;
}

// The float that float32.h's kernels take for each dtype that they serve.
MISH_FN float argument(float x) { return x; }
MISH_FN double argument(double x) { return x; }
MISH_FN float argument(float16 x) { return widen(x); }
MISH_FN float argument(bfloat16 x) { return widen(x); }

MISH_FN double factor(double x, float) { return x; }
MISH_FN double factor(double x, double) { return x; }
MISH_FN double factor(double x, float16) { return (double)(float)x; }
MISH_FN double factor(double x, bfloat16) { return (double)(float)x; }

template <class T>
MISH_FN T forward(T x) {
  return rounded<T>(forward_in_double(argument(x)));
}

template <class T>
MISH_FN T derivative(T x) {
  return rounded<T>(derivative_in_double(argument(x)));
}

template <class T>
MISH_FN T second_derivative(T x) {
  return rounded<T>(second_derivative_in_double(argument(x)));
}

// dx = dy f'(x)
template <class T>
MISH_FN T backward(T x, T dy) {
  return rounded<T>(factor(derivative_in_double(argument(x)), x) * wide(dy));
}
MISH_FN double backward(double x, double dy) { return canonical(times_derivative(x, dy)); }

// dx += dy f'(x), rounded once.
template <class T>
MISH_FN T backward_accumulate(T x, T dy, T dx) {
  return rounded<T>(fma(factor(derivative_in_double(argument(x)), x), wide(dy), wide(dx)));
}

// The gradient of backward's dx with respect to x, with ddx the cotangent of dx; the one with
// respect to dy is backward(x, ddx).
template <class T>
MISH_FN T double_backward_x(T x, T dy, T ddx) {
  return rounded<T>((wide(ddx) * wide(dy)) * factor(second_derivative_in_double(argument(x)), x));
}

}  // namespace mish::math
