// Every operation of the library on one element of every dtype: forward, derivative, second
// derivative, backward (and accumulated), double backward. NaN results are the dtype's canonical
// NaN.
//
// | dtype             | f, f'                       | f''    | backward                         |
// | float32           | correctly rounded           | same   | one rounding from double         |
// | float32_fast      | f 4 ulp, f' 8 ulp or 2^-22  | exact  | as f'                            |
// | float64           | 0.75 ulp                    | 2 ulp  | 1.25 ulp                         |
// | float16, bfloat16 | correctly rounded           | same   | round(float32(f'(x)) * dy), once |
// Every function here has the bound of its column. npm run verify proves each by name, for all
// inputs where it can; npm test checks samples and the hardest inputs.
#pragma once

#include "convert.h"
#include "float32.h"
#include "float32_fast.h"
#include "float64.h"
#include "half_forward.h"

namespace mish::math {

// f' and f'' as the nearest float32 (verify, "float16 backward" and after): what backward and
// double backward multiply halves by, so that the product with a half is exact in double, and its
// one rounding has a single right answer everywhere.
MISH_FN double derivative_factor(float16 x) {
  return (double)(float)derivative_in_double(widen(x));
}
MISH_FN double derivative_factor(bfloat16 x) {
  return (double)(float)derivative_in_double(widen(x));
}
MISH_FN double second_derivative_factor(float16 x) {
  return (double)(float)second_derivative_in_double(widen(x));
}
MISH_FN double second_derivative_factor(bfloat16 x) {
  return (double)(float)second_derivative_in_double(widen(x));
}

template <class T>
MISH_FN T forward(T x) {
  return rounded<T>(forward_in_double(argument(x)));
}

MISH_FN float16 forward(float16 x) { return forward_in_float(x); }
MISH_FN bfloat16 forward(bfloat16 x) { return forward_in_float(x); }

template <class T>
MISH_FN T derivative(T x) {
  return rounded<T>(derivative_in_double(argument(x)));
}

template <class T>
MISH_FN T second_derivative(T x) {
  return rounded<T>(second_derivative_in_double(argument(x)));
}

// What backward and double backward make of a factor, f'(x) or f''(x), wherever that comes from:
// halves also have it from the float32 kernels.
template <class T>
MISH_FN T times(double factor, T dy) {
  return rounded<T>(factor * wide(dy));
}
template <class T>
MISH_FN T times_added(double factor, T dy, T dx) {
  return rounded<T>(fma(factor, wide(dy), wide(dx)));
}
template <class T>
MISH_FN T times_both(double factor, T dy, T ddx) {
  return rounded<T>((wide(ddx) * wide(dy)) * factor);
}

// dx = dy f'(x)
template <class T>
MISH_FN T backward(T x, T dy) {
  return times(derivative_factor(x), dy);
}
MISH_FN double backward(double x, double dy) { return canonical(times_derivative(x, dy)); }

// dx += dy f'(x), rounded once.
template <class T>
MISH_FN T backward_accumulate(T x, T dy, T dx) {
  return times_added(derivative_factor(x), dy, dx);
}
MISH_FN double backward_accumulate(double x, double dy, double dx) {
  return canonical(add_times_derivative(x, dy, dx));
}

// The gradient of backward's dx with respect to x, with ddx the cotangent of dx; the one with
// respect to dy is backward(x, ddx).
template <class T>
MISH_FN T double_backward_x(T x, T dy, T ddx) {
  return times_both(second_derivative_factor(x), dy, ddx);
}
MISH_FN double double_backward_x(double x, double dy, double ddx) {
  return canonical(times_second_derivative(x, ddx * dy));
}

// ---- float32 in precision 'fast': the same operations in float; f'' is always exact.
MISH_FN float32_fast forward(float32_fast x) { return {canonical(forward_in_float(x.value))}; }
MISH_FN float32_fast derivative(float32_fast x) {
  const SplitDerivative f1 = derivative_in_float(x.value);
  return {canonical(f1.value * f1.rest)};
}
MISH_FN float32_fast second_derivative(float32_fast x) { return {second_derivative(x.value)}; }
MISH_FN float32_fast backward(float32_fast x, float32_fast dy) {
  const SplitDerivative f1 = derivative_factor(x);
  return {canonical(f1.value * dy.value * f1.rest)};
}
MISH_FN float32_fast backward_accumulate(float32_fast x, float32_fast dy, float32_fast dx) {
  const SplitDerivative f1 = derivative_factor(x);
  return {canonical(fma(f1.value * dy.value, f1.rest, dx.value))};
}
MISH_FN float32_fast double_backward_x(float32_fast x, float32_fast dy, float32_fast ddx) {
  return {double_backward_x(x.value, dy.value, ddx.value)};
}

}  // namespace mish::math
