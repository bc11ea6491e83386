// The reference: Mish, f' and f'' in double-double, for every double, from the formulas alone. It
// shares no code and no constants with the kernels that it judges.
//
// With w = e^x, n = w(w + 2), d = n + 2 for x < 0; with u = e^-x, D = 1 + 2u + 2u^2 for x >= 0:
//   f   = x n / d                                    = x - 2x u^2 / D
//   f'  = w [(w + 2) d + 4x(w + 1)] / d^2            = [(1 + 2u) D + 4x u^2 (1 + u)] / D^2
//   f'' = 4w [2(w + 1) d + x(2 + 2w - 3w^2 - 2w^3)] / d^3
//       = 4u^2 [2(1 + u) D + x(-2 - 3u + 2u^2 + 2u^3)] / D^3
//
// Error: e^x is good to 2^-101 (its argument to 2^-104, a Horner step adds at most 16u^2, which the
// next ones shrink by |r| < 0.35), a polynomial to 2^-99, and at most three of those and a quotient
// of 2^-102 make 2^-97 relative. Beside the roots of f' and f'' the bracket cancels, terms below 8
// in magnitude: there 2^-95 is absolute, which for floats, none nearer to a root than 2^-26, still
// is 2^-66 relative. For doubles beside the root of f' there is derivative_beside_root. Measured
// against MPFR: check_reference.cc.
#pragma once

#include "double_double.h"

namespace verify {

enum class Function { f, f1, f2 };

// value * 2^k: tails far below the least double keep all their bits.
struct Scaled {
  DoubleDouble value;
  int64_t k;
};

// 1/n!
constexpr DoubleDouble kInverseFactorials[] = {
    {1.0, 0.0},
    {1.0, 0.0},
    {0.5, 0.0},
    {0x1.5555555555555p-3, 0x1.5555555555555p-57},
    {0x1.5555555555555p-5, 0x1.5555555555555p-59},
    {0x1.1111111111111p-7, 0x1.1111111111111p-63},
    {0x1.6c16c16c16c17p-10, -0x1.f49f49f49f49fp-65},
    {0x1.a01a01a01a01ap-13, 0x1.a01a01a01a01ap-73},
    {0x1.a01a01a01a01ap-16, 0x1.a01a01a01a01ap-76},
    {0x1.71de3a556c734p-19, -0x1.c154f8ddc6c00p-73},
    {0x1.27e4fb7789f5cp-22, 0x1.cbbc05b4fa99ap-76},
    {0x1.ae64567f544e4p-26, -0x1.c062e06d1f209p-80},
    {0x1.1eed8eff8d898p-29, -0x1.2aec959e14c06p-83},
    {0x1.6124613a86d09p-33, 0x1.f28e0cc748ebep-87},
};
// 1/14! ... 1/24!: what they add is below 2^-53 of the sum. What is left out is below 2^-118.
constexpr double kMoreInverseFactorials[] = {
    0x1.93974a8c07c9dp-37, 0x1.ae7f3e733b81fp-41, 0x1.ae7f3e733b81fp-45, 0x1.952c77030ad4ap-49,
    0x1.6827863b97d97p-53, 0x1.2f49b46814157p-57, 0x1.e542ba4020225p-62, 0x1.71b8ef6dcf572p-66,
    0x1.0ce396db7f853p-70, 0x1.761b41316381ap-75, 0x1.f2cf01972f578p-80,
};

// e^r - 1 for |r| < 0.35, by Taylor's series, to full relative precision.
VERIFY_INLINE DoubleDouble expm1(DoubleDouble r) {
  double tail = kMoreInverseFactorials[10];
#pragma GCC unroll 10
  for (int i = 9; i >= 0; --i) tail = __builtin_fma(tail, r.hi, kMoreInverseFactorials[i]);
  DoubleDouble sum = {tail, 0.0};
#pragma GCC unroll 13
  for (int n = 13; n >= 1; --n) sum = add_smaller(kInverseFactorials[n], multiply(sum, r));
  return multiply(sum, r);
}

// e^x = mantissa * 2^k; `value` is the same, or about 2^-300 where it is smaller: there it is only
// added to 1 or more.
struct Exponential {
  DoubleDouble mantissa, value;
  int64_t k;
};

// For -1500 <= x <= 0, so that k has 12 bits: the first two parts of ln 2 have 42 and 41 bits, and
// their products with k are exact.
VERIFY_INLINE Exponential exponential(double x) {
  constexpr double kLn2[] = {0x1.62e42fefa38p-1, 0x1.ef35793c76p-45, 0x1.cc01f97b57a08p-87};
  constexpr double kLog2e = 0x1.71547652b82fep+0, kRoundToInteger = 0x1.8p52;
  const double rounded = x * kLog2e + kRoundToInteger, k = rounded - kRoundToInteger;
  const DoubleDouble near = add(two_sum(x, -k * kLn2[0]), -k * kLn2[1]);
  const DoubleDouble mantissa = add(expm1(add(near, -k * kLn2[2])), 1.0);
  const int64_t exponent = (int64_t)(bits_of(rounded) - bits_of(kRoundToInteger));
  const int64_t clamped = exponent < -300 ? -300 : exponent;
  return {mantissa, scale(mantissa, power_of_two(clamped)), exponent};
}

VERIFY_INLINE DoubleDouble square(DoubleDouble a) { return multiply(a, a); }

// f at x < 0 or x >= 0, x in [-1500, 800]; `factor` is x as it is to be multiplied by: unclamped.
template <bool kPositive>
VERIFY_INLINE Scaled forward(double x, double factor) {
  const Exponential e = exponential(kPositive ? -x : x);
  const DoubleDouble z = e.value;
  if (kPositive) {
    const DoubleDouble loss = divide(square(z), polynomial(z, 1, 2, 2));
    return {add(multiply(loss, -2.0 * factor), factor), 0};
  }
  const DoubleDouble n_over_w = add(z, 2.0), d = polynomial(z, 2, 2, 1);
  const DoubleDouble y = divide(multiply(multiply(e.mantissa, n_over_w), factor), d);
  return {{-absolute(y.hi), y.lo}, e.k};  // f(-0) = -0
}

template <bool kPositive>
VERIFY_INLINE Scaled first_derivative(double x) {
  const Exponential e = exponential(kPositive ? -x : x);
  const DoubleDouble z = e.value, z_plus_1 = add(z, 1.0);
  if (kPositive) {
    const DoubleDouble d = polynomial(z, 1, 2, 2);
    const DoubleDouble first = multiply(polynomial(z, 1, 2, 0), d);
    const DoubleDouble second = multiply(multiply(square(z), z_plus_1), 4.0 * x);
    return {divide(add(first, second), square(d)), 0};
  }
  const DoubleDouble d = polynomial(z, 2, 2, 1);
  const DoubleDouble bracket = add(multiply(add(z, 2.0), d), multiply(z_plus_1, 4.0 * x));
  return {divide(multiply(e.mantissa, bracket), square(d)), e.k};
}

// 4 lead [2(z + 1) d + x c] / d^3
VERIFY_INLINE DoubleDouble second_from(DoubleDouble lead, DoubleDouble z, DoubleDouble d,
                                       DoubleDouble c, double x) {
  const DoubleDouble bracket = add(multiply(scale(add(z, 1.0), 2.0), d), multiply(c, x));
  return divide(multiply(scale(lead, 4.0), bracket), multiply(square(d), d));
}

template <bool kPositive>
VERIFY_INLINE Scaled second_derivative(double x) {
  const Exponential e = exponential(kPositive ? -x : x);
  const DoubleDouble z = e.value;
  if constexpr (kPositive) {
    const DoubleDouble c = polynomial(z, -2, -3, 2, 2);
    return {second_from(square(e.mantissa), z, polynomial(z, 1, 2, 2), c, x), 2 * e.k};
  } else {
    const DoubleDouble c = polynomial(z, 2, 2, -3, -2);
    return {second_from(e.mantissa, z, polynomial(z, 2, 2, 1), c, x), e.k};
  }
}

template <Function kFunction, bool kPositive>
VERIFY_INLINE Scaled evaluate(double x, double factor) {
  if (kFunction == Function::f) return forward<kPositive>(x, factor);
  if (kFunction == Function::f1) return first_derivative<kPositive>(x);
  return second_derivative<kPositive>(x);
}

// For every finite double.
Scaled reference(Function function, double x);

// For `count` finite floats of one sign. 2^-580 is the least magnitude that arises: what is smaller
// is replaced by it, which for floats, and their products with two more, is as good.
void reference_of_floats(Function function, const float* x, DoubleDouble* values, int count);

}  // namespace verify
