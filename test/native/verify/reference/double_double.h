// Double-double arithmetic of the reference: a value as hi + lo, |lo| <= ulp(hi) / 2, every result
// of an operation normalised so. It shares no code with the kernels that it judges.
//
// Relative errors with u = 2^-53 (Joldes, Muller, Popescu, "Tight and rigorous error bounds for
// basic building blocks of double-word arithmetic", 2017): sums 3u^2 (with a double 2u^2), products
// 5u^2 (with a double 2u^2), quotients 15u^2; a sum that cancels keeps that error absolute.
#pragma once

#include <stdint.h>
#include <string.h>

// A call left in a loop would keep it from being vectorised, ten times slower.
#define VERIFY_INLINE static inline __attribute__((always_inline))

namespace verify {

struct DoubleDouble {
  double hi, lo;
};

VERIFY_INLINE uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
VERIFY_INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}
VERIFY_INLINE double double_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}
VERIFY_INLINE float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// 2^k for -1022 <= k <= 1023.
VERIFY_INLINE double power_of_two(int64_t k) { return double_of((uint64_t)(k + 1023) << 52); }

VERIFY_INLINE double absolute(double x) { return double_of(bits_of(x) & 0x7fffffffffffffffu); }
VERIFY_INLINE bool is_negative(double x) { return bits_of(x) >> 63; }

// a + b exactly.
VERIFY_INLINE DoubleDouble two_sum(double a, double b) {
  const double sum = a + b, a_part = sum - b, b_part = sum - a_part;
  return {sum, (a - a_part) + (b - b_part)};
}

// a + b exactly, for |a| >= |b| or a = 0.
VERIFY_INLINE DoubleDouble quick_two_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

VERIFY_INLINE DoubleDouble two_product(double a, double b) {
  const double product = a * b;
  return {product, __builtin_fma(a, b, -product)};
}

VERIFY_INLINE DoubleDouble add(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = two_sum(a.hi, b.hi), low = two_sum(a.lo, b.lo);
  const DoubleDouble sum = quick_two_sum(high.hi, high.lo + low.hi);
  return quick_two_sum(sum.hi, sum.lo + low.lo);
}

VERIFY_INLINE DoubleDouble add(DoubleDouble a, double b) {
  const DoubleDouble high = two_sum(a.hi, b);
  return quick_two_sum(high.hi, high.lo + a.lo);
}

// a + b for |a| > 2 |b|, where a shorter form is as good: error 9u^2.
VERIFY_INLINE DoubleDouble add_smaller(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble high = quick_two_sum(a.hi, b.hi);
  return quick_two_sum(high.hi, high.lo + (a.lo + b.lo));
}

VERIFY_INLINE DoubleDouble multiply(DoubleDouble a, DoubleDouble b) {
  const DoubleDouble p = two_product(a.hi, b.hi);
  return quick_two_sum(p.hi, p.lo + __builtin_fma(a.hi, b.lo, a.lo * b.hi));
}

VERIFY_INLINE DoubleDouble multiply(DoubleDouble a, double b) {
  const DoubleDouble p = two_product(a.hi, b);
  return quick_two_sum(p.hi, __builtin_fma(a.lo, b, p.lo));
}

VERIFY_INLINE DoubleDouble divide(DoubleDouble a, DoubleDouble b) {
  const double q = a.hi / b.hi;
  const DoubleDouble back = multiply(b, q);
  const double rest = (a.hi - back.hi) + (a.lo - back.lo);
  return quick_two_sum(q, rest / b.hi);
}

// Exact while nothing falls below the normal range.
VERIFY_INLINE DoubleDouble scale(DoubleDouble a, double power) {
  return {a.hi * power, a.lo * power};
}

// The polynomial with these coefficients, constant first.
VERIFY_INLINE DoubleDouble polynomial(DoubleDouble z, double c0, double c1, double c2) {
  return add(multiply(add(multiply(z, c2), c1), z), c0);
}
VERIFY_INLINE DoubleDouble polynomial(DoubleDouble z, double c0, double c1, double c2, double c3) {
  return add(multiply(polynomial(z, c1, c2, c3), z), c0);
}

}  // namespace verify
