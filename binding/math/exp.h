// e^r on |r| <= ln2/2 and the reduction that leads there: x = k ln2 + r, k an integer.
//
// Coefficients come from scripts/exp-polynomials.sollya; each set belongs to the order of
// evaluation written here (Estrin's scheme), and is proven together with it: change the order,
// prove again.
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

MISH_FN Exponent exponent_of(double x) {
  const double shifted = fma(x, kLog2e, kRoundToInteger);
  return {shifted - kRoundToInteger, bits_of(shifted)};
}

// 2^k for k in [-1022, 1023].
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

// e^r, degree 10: float32's forward is correctly rounded with it for all 2^32 inputs, which npm run
// sweep shows; a degree less is not enough.
MISH_FN double exp_degree10(double r) {
  const double r2 = r * r, r4 = r2 * r2;
  const double c01 = fma(0x1.0000000000019p+0, r, 1.0);
  const double c23 = fma(0x1.555555554c5c9p-3, r, 0x1.ffffffffffe9p-2);
  const double c45 = fma(0x1.1111112c5c464p-7, r, 0x1.555555558bfd2p-5);
  const double c67 = fma(0x1.a0197c884f842p-13, r, 0x1.6c16c0cc308dp-10);
  const double c89 = fma(0x1.72f7ad59d6e5fp-19, r, 0x1.a01b5d41e1a05p-16);
  const double c8to10 = fma(0x1.272eda543b659p-22, r2, c89);
  const double c4to10 = fma(c8to10, r4, fma(c67, r2, c45));
  return fma(c4to10, r4, fma(c23, r2, c01));
}

// e^r - 1, degree 10: float32's derivative is correctly rounded with it for all 2^32 inputs.
MISH_FN double expm1_degree10(double r) {
  const double r2 = r * r, r4 = r2 * r2;
  const double c23 = fma(0x1.555555554c5cfp-3, r, 0x1.ffffffffffe91p-2);
  const double c45 = fma(0x1.1111112c5c464p-7, r, 0x1.555555558bfc1p-5);
  const double c67 = fma(0x1.a0197c884fd6bp-13, r, 0x1.6c16c0cc308bcp-10);
  const double c89 = fma(0x1.72f7ad59cf64cp-19, r, 0x1.a01b5d41ddc8ep-16);
  const double c8to10 = fma(0x1.272eda5446ff6p-22, r2, c89);
  const double c4to10 = fma(c8to10, r4, fma(c67, r2, c45));
  return fma(fma(c4to10, r2, c23), r2, 0x1.000000000001ap+0 * r);
}

// e^r - 1, degree 11: for float32's second derivative, whose hardest inputs lie closer to a tie.
MISH_FN double expm1_degree11(double r) {
  const double r2 = r * r, r4 = r2 * r2;
  const double c23 = fma(0x1.555555555551bp-3, r, 0x1.000000000000cp-1);
  const double c45 = fma(0x1.111111111fa21p-7, r, 0x1.555555554fe53p-5);
  const double c67 = fma(0x1.a01a015583072p-13, r, 0x1.6c16c185f087ap-10);
  const double c89 = fma(0x1.71dec6211e12fp-19, r, 0x1.a01995fc6cf9dp-16);
  const double c1011 = fma(0x1.ae149d4f8c064p-26, r, 0x1.28b0ba0951071p-22);
  const double c4to11 = fma(fma(c1011, r2, c89), r4, fma(c67, r2, c45));
  return fma(fma(c4to11, r2, c23), r2, r);
}

// e^r in float, degree 6: truncation below 2^-28, for float32's precision 'fast'.
MISH_FN float exp_degree6(float r) {
  const float r2 = r * r;
  const float c23 = fma(0x1.555492p-3f, r, 0x1.fffffap-2f);
  const float c45 = fma(0x1.12398ep-7f, r, 0x1.555a28p-5f);
  const float c2to6 = fma(fma(0x1.694ac4p-10f, r2, c45), r2, c23);
  return 1.0f + fma(c2to6, r2, r);
}

// C of e^r = 1 + r + r^2 (1/2 + C(r)), degree 13 in all: truncation below 2^-64, for float64.
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

// Q of e^r = 1 + r + r^2 Q(r).
MISH_FN double exp_tail_degree13(double r, double r2) {
  return 0.5 + exp_cubic_tail_degree13(r, r2);
}

}  // namespace mish::math
