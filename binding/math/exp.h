// e^r on |r| <= ln2/2 and the reduction that leads there: x = k ln2 + r, k an integer.
//
// Coefficients come from scripts/constants/exp-polynomials.sollya; each set belongs to the order of
// evaluation written here, and is proven together with it: change the order, prove again.
#pragma once

#include "bits.h"
#include "roots.h"

namespace mish::math {

// Adding 1.5 * 2^52 rounds to an integer and leaves it in the low bits of the sum.
constexpr double kRoundToInteger = 0x1.8p52;
constexpr float kRoundFloatToInteger = 0x1.8p23f;

// k = round(x / ln2): as a double, and `shifted`, whose low bits hold k in two's complement.
struct Exponent {
  double k;
  uint64_t shifted;
};

// k is exact, and nearest to x / ln2 as rounded once.
MISH_FN Exponent exponent_of(double x) {
  const double shifted = fma(x, kLog2e, kRoundToInteger);
  return {shifted - kRoundToInteger, bits_of(shifted)};
}

// 2^k exactly, for k in [-1022, 1023].
MISH_FN double power_of_two(Exponent e) {
  return double_of((e.shifted << 52) + 0x3ff0000000000000u);
}

// 2^k as a product of powers, for k down to -2900 and to what no double holds: `main` never below
// 2^-900, so that what it scales keeps all its bits, and 1 in `rest` and `last` wherever that will
// do. Scaling by those last is the only rounding into the subnormal range.
struct SplitScale {
  double main, rest, last;
};

MISH_FN SplitScale split_power_of_two(int64_t k) {
  const int64_t main = k < -900 ? -900 : k;
  const int64_t rest = k - main < -1000 ? -1000 : k - main;
  return {double_of((uint64_t)(main + 1023) << 52), double_of((uint64_t)(rest + 1023) << 52),
          double_of((uint64_t)(k - main - rest + 1023) << 52)};
}

MISH_FN int64_t integer_of(Exponent e) { return (int64_t)(e.shifted - bits_of(kRoundToInteger)); }

// Q of e^r = 1 + r + r^2 Q(r), degree 10 in all: with it float32's f, f' and f'' are correctly
// rounded for all 2^32 inputs (npm run verify:exhaustive); a degree less is not enough. Even and
// odd powers apart need no r^4, and 1 + r no multiplication: two fewer of f's sixteen than by
// Estrin's scheme, and multiplying is what f waits for (Zen 4, AVX-512, clang 19: 0.76 to 0.72 ns
// an element).
MISH_FN double exp_tail_degree10(double r, double r2) {
  const double c8 = fma(0x1.2707ac2d2831ep-22, r2, 0x1.a01b7cc2d6177p-16);
  const double c7 = fma(0x1.72e95f29f09efp-19, r2, 0x1.a0198d1cebff5p-13);
  const double c4 = fma(fma(c8, r2, 0x1.6c16c0c7d5f1p-10), r2, 0x1.555555558934ap-5);
  const double c3 = fma(fma(c7, r2, 0x1.11111125c3b6dp-7), r2, 0x1.5555555550776p-3);
  return fma(c3, r, fma(c4, r2, 0x1.ffffffffffed1p-2));
}

// e^r and e^r - 1: their bounds are those of float32.h's functions, with which all inputs prove
// them.
MISH_FN double exp_degree10(double r) {
  const double r2 = r * r;
  return fma(exp_tail_degree10(r, r2), r2, r + 1.0);
}

MISH_FN double expm1_degree10(double r) {
  const double r2 = r * r;
  return fma(exp_tail_degree10(r, r2), r2, r);
}

// e^r in float, degree 6: truncation below 2^-28 (exp-polynomials.sollya), for float32's precision
// 'fast'; with all roundings as float32_fast.h says.
MISH_FN float exp_degree6(float r) {
  const float r2 = r * r;
  const float c23 = fma(0x1.555492p-3f, r, 0x1.fffffap-2f);
  const float c45 = fma(0x1.12398ep-7f, r, 0x1.555a28p-5f);
  const float c2to6 = fma(fma(0x1.694ac4p-10f, r2, c45), r2, c23);
  return 1.0f + fma(c2to6, r2, r);
}

// C of e^r = 1 + r + r^2 (1/2 + C(r)), degree 13 in all: truncation below 2^-64
// (exp-polynomials.sollya), for float64.
MISH_FN double exp_cubic_tail_degree13(double r, double r2) {
  const double r4 = r2 * r2;
  const double c45 = fma(0x1.11111111112bep-7, r, 0x1.5555555555558p-5);
  const double c67 = fma(0x1.a01a019f544f1p-13, r, 0x1.6c16c16c15015p-10);
  const double c89 = fma(0x1.71de3d012d934p-19, r, 0x1.a01a01ad71a3p-16);
  const double c1011 = fma(0x1.ae5b83e2dae79p-26, r, 0x1.27e4cc35d76d3p-22);
  const double c1213 = fma(0x1.6c984d86dbb36p-33, r, 0x1.1f8b9af4e6b15p-29);
  const double c6to13 = fma(fma(c1213, r2, c1011), r4, fma(c89, r2, c67));
  return fma(c6to13, r4, fma(c45, r2, 0x1.5555555555555p-3 * r));
}

// Q of e^r = 1 + r + r^2 Q(r): the same truncation, and one rounding more.
MISH_FN double exp_tail_degree13(double r, double r2) {
  return 0.5 + exp_cubic_tail_degree13(r, r2);
}

}  // namespace mish::math
