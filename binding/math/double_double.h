// Double-double arithmetic: a value as hi + lo, about 100 bits, for float64 kernels whose result is
// to be within a fraction of an ulp. Sums and products are exact transformations (Knuth, Dekker)
// plus the low-order terms; relative error of each operation below 2^-100 unless its sum cancels.
#pragma once

#include "bits.h"

namespace mish::math {

struct DoubleDouble {
  double hi, lo;
};

// a + b exactly.
MISH_FN DoubleDouble two_sum(double a, double b) {
  const double sum = a + b, b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// a + b exactly, for |a| >= |b|.
MISH_FN DoubleDouble fast_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, (a - sum) + b};
}

// a * b exactly, while no part of it is subnormal.
MISH_FN DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  return {product, fma(a, b, -product)};
}

// Below 2^-100 of the result, unless it cancels: then of the operands.
MISH_FN DoubleDouble add(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble s = two_sum(a.hi, b.hi);
  return fast_two_sum(s.hi, s.lo + (a.lo + b.lo));
}

// The same bound.
MISH_FN DoubleDouble add(double a, DoubleDouble b) {
  const DoubleDouble s = two_sum(a, b.hi);
  return {s.hi, s.lo + b.lo};
}

// Below 2^-100 of the result.
MISH_FN DoubleDouble mul(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble p = two_product(a.hi, b.hi);
  return {p.hi, p.lo + fma(a.hi, b.lo, a.lo * b.hi)};
}

// Below 2^-100 of the result.
MISH_FN DoubleDouble mul(double a, DoubleDouble b) {
  const DoubleDouble p = two_product(a, b.hi);
  return {p.hi, fma(a, b.lo, p.lo)};
}

// Exact for a power of two, while no part of the result is subnormal.
MISH_FN DoubleDouble scale(DoubleDouble a, double power) { return {a.hi * power, a.lo * power}; }

// a / b by a reciprocal and one correction, below 2^-100 of the result; `reciprocal` is 1 / b.hi.
MISH_FN DoubleDouble div(DoubleDouble a, DoubleDouble b, double reciprocal) {
  const double q = a.hi * reciprocal;
  const double rest = fma(-q, b.hi, a.hi) + fma(-q, b.lo, a.lo);
  return {q, rest * reciprocal};
}

}  // namespace mish::math
